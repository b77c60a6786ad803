"""The targets of the repository that `local_runtime` makes."""

load("@bazel_skylib//lib:selects.bzl", "selects")
load(":par_runtime.bzl", "par_runtime")

def local_runtime_targets(*, extra_libraries, libraries, linker, machine, program, version, version_setting, **kwargs):
    """Makes `:runtime` and `:toolchain`.

    Args:
      extra_libraries: list of strings: SONAMEs that only `stdlib = "full"` needs.
      libraries: list of strings: SONAMEs that every par needs.
      linker: string: base name of ld.so.
      machine: string: as uname(2) and `@platforms//cpu` both have it.
      program: string: base name of the interpreter or libpython.
      version: string: the version of Python.
      version_setting: string or None: the build setting that has the version of Python that targets are built for.
      **kwargs: further attributes of par_runtime.
    """
    par_runtime(
        name = "runtime",
        extra_libraries = ["library/" + name for name in extra_libraries],
        glibc = native.glob(["glibc/*"]),
        libraries = ["library/" + name for name in libraries],
        linker = "linker/" + linker,
        machine = machine,
        program = "program/" + program,
        stdlib = native.glob(["stdlib/**"]),
        version = version,
        **kwargs
    )
    constraints = [Label("@platforms//os:linux"), Label("@platforms//cpu:" + machine)]
    native.toolchain(
        name = "toolchain",
        # The interpreter is one of this machine.
        exec_compatible_with = constraints,
        target_compatible_with = constraints,
        target_settings = _version_settings(version, version_setting),
        toolchain = ":runtime",
        toolchain_type = Label("//python/toolchain:type"),
    )

def _version_settings(version, version_setting):
    if not version_setting:
        return []

    # Empty: nobody has chosen a version, and the Python toolchain has the one it has.
    for name, value in [("is_version", version), ("is_any_version", "")]:
        native.config_setting(
            name = name,
            flag_values = {version_setting: value},
        )
    selects.config_setting_group(
        name = "version_fits",
        match_any = [
            ":is_version",
            ":is_any_version",
        ],
    )
    return [":version_fits"]
