"""What a par carries of Python: `mode`."""

_MODULE = """\
write in MODULE.bazel, or name an interpreter that fits in place of python3:

    runtime = use_extension("@rules_par//python:extensions.bzl", "runtime")
    runtime.local(name = "python_runtime", interpreter = "python3")
    use_repo(runtime, "python_runtime")

    register_toolchains("@python_runtime//:toolchain")
"""

def toolchain_version(py_runtime):
    """The version of Python that a program is built for.

    Args:
      py_runtime: PyRuntimeInfo.

    Returns:
      string, `3.14`, or None: a toolchain that takes what is on the machine does not know.
    """

    # Bazel 7's own PyRuntimeInfo does not have it.
    info = getattr(py_runtime, "interpreter_version_info", None)
    major, minor = getattr(info, "major", None), getattr(info, "minor", None)
    return "{}.{}".format(major, minor) if major and minor else None

def resolve_mode(label, *, mode, setting, interpreter, runtime, version):
    """Decides what a par carries. Refuses what cannot be had, and was asked for.

    Args:
      label: Label of the par, for messages.
      mode: string: the attribute, empty if not given; `auto` if the setting is not to count.
      setting: string: the build setting, `auto` if not given.
      interpreter: string: the attribute, empty if not given.
      runtime: ParRuntimeInfo or None.
      version: string or None: the version of Python that the program is built for.

    Returns:
      string: `system`, `embedded` or `full`.
    """
    wanted = mode or setting
    by_whom = "mode = " + repr(wanted) if mode else "--@rules_par//python/settings:mode=" + wanted
    if wanted == "system":
        return wanted
    if interpreter:
        if wanted != "auto":
            fail("{}: interpreter = {}: a par with {} carries its own Python: leave out `interpreter`, or say mode = \"system\"".format(
                label,
                repr(interpreter),
                by_whom,
            ))
        return "system"
    if not runtime:
        if wanted != "auto":
            fail("{}: {}: no Python runtime for this platform{} is registered: {}".format(
                label,
                by_whom,
                " and Python " + version if version else "",
                _MODULE,
            ))
        return "system"
    if version and version != runtime.version:
        if wanted != "auto":
            fail("{}: {}: the program is built for Python {}, but the first runtime that fits has Python {}: {}".format(
                label,
                by_whom,
                version,
                runtime.version,
                _MODULE,
            ))
        return "system"
    if wanted == "full" and not runtime.linker:
        fail("{}: {}: the Python runtime has no libc: say mode = \"embedded\", or give its par_runtime `glibc` and `linker`".format(
            label,
            by_whom,
        ))
    if wanted != "auto":
        return wanted
    return "full" if runtime.linker else "embedded"
