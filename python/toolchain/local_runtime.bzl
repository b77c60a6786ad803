"""A Python of the build machine, for pars to carry."""

load("//python/private/pip:helpers.bzl", "run_helper")
load(":linker_paths.bzl", "LINKER_PATHS")
load(":standard_library.bzl", "is_standard")

LOCAL_RUNTIME_ATTRS = {
    "interpreter": attr.string(
        default = "python3",
        doc = "The Python: a name looked up on PATH, or an absolute path. A virtual environment stands for the Python it was made of.",
    ),
    "interpreter_target": attr.label(
        allow_single_file = True,
        doc = "An interpreter in a repository, in place of `interpreter`.",
    ),
}

_BUILD = """\
load("{macro}", "local_runtime_targets")

package(default_visibility = ["//visibility:public"])

exports_files(["description.json"])

local_runtime_targets(
    abi = "{abi}",
    extra_libraries = {extra_libraries},
    glibc_floor = "{glibc_floor}",
    glibc_version = "{glibc_version}",
    interpreter_path = "{interpreter}",
    libraries = {libraries},
    linker = "{linker}",
    linker_path = "{linker_path}",
    machine = "{machine}",
    program = "{program}",
    version = "{version}",
    version_setting = {version_setting},
)
"""

def _find(rctx):
    if rctx.attr.interpreter_target:
        return rctx.path(rctx.attr.interpreter_target)
    name = rctx.attr.interpreter
    if name.startswith("/"):
        found = rctx.path(name)
        return found if found.exists else None
    rctx.getenv("PATH")
    return rctx.which(name)

def _check_version(rctx, python, what):
    probe = rctx.execute([python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
    parts = probe.stdout.strip().split(".")
    if probe.return_code or len(parts) != 2 or not all([part.isdigit() for part in parts]):
        fail("%s%s does not behave like a Python interpreter: name another with `interpreter`" % (what, python))
    if [int(part) for part in parts] < [3, 9]:
        fail("%s%s is Python %s: a par needs 3.9 or newer: name another with `interpreter`" % (what, python, probe.stdout.strip()))

def _version_setting(rctx):
    # Since rules_python 0.37. A toolchain that asked for it where it does not exist would break every build.
    defining = rctx.path(rctx.attr._rules_python).dirname.dirname.get_child("private").get_child("config_settings.bzl")
    if defining.exists and "python_version_major_minor" in rctx.read(defining):
        return str(Label("@rules_python//python/config_settings:python_version_major_minor"))
    return None

def _libraries(found):
    standard = {name: True for name in found["libraries"]}
    extra = {}
    for module, names in found["extensions"].items():
        (standard if is_standard(module) else extra).update({name: True for name in names})
    return sorted(standard), sorted([name for name in extra if name not in standard])

def _local_runtime_impl(rctx):
    what = "rules_par: runtime %s: " % (rctx.attr.runtime_name or rctx.name)
    python = _find(rctx)
    if not python:
        fail("%sno Python interpreter %s %s: install it, or name another with `interpreter`" % (
            what,
            repr(rctx.attr.interpreter),
            "there" if rctx.attr.interpreter.startswith("/") else "on PATH",
        ))

    _check_version(rctx, python, what)

    # `.../site-packages/elftools/__init__.py`, and our own modules beside the script.
    import_roots = [rctx.path(rctx.attr._pyelftools).dirname.dirname, rctx.path(rctx.attr._helpers[1]).dirname]
    run = run_helper(
        rctx,
        python,
        rctx.attr._helpers,
        ["--output=."],
        python_path = ":".join([str(root) for root in import_roots]),
    )
    if run.error:
        fail(what + run.error)
    found = run.value
    if found["machine"] not in LINKER_PATHS:
        fail("%sthere are no pars for machine %s" % (what, repr(found["machine"])))

    # The files themselves are links, whose targets Bazel looks at in every build; these say when there are others.
    for path in found["watched"]:
        rctx.watch(path)
    for path in found["watched_directories"]:
        rctx.path(path).readdir(watch = "yes")
    libraries, extra_libraries = _libraries(found)
    rctx.file("BUILD.bazel", _BUILD.format(
        extra_libraries = repr(extra_libraries),
        libraries = repr(libraries),
        macro = Label("//python/toolchain:local_runtime_targets.bzl"),
        version_setting = repr(_version_setting(rctx)),
        **{
            name: found[name]
            for name in ["abi", "glibc_floor", "glibc_version", "interpreter", "linker", "linker_path", "machine", "program", "version"]
        }
    ), executable = False)

local_runtime = repository_rule(
    implementation = _local_runtime_impl,
    attrs = LOCAL_RUNTIME_ATTRS | {
        "runtime_name": attr.string(
            doc = "Name of the runtime for messages; the repository's name if empty.",
        ),
        "_helpers": attr.label_list(
            default = [
                "//python/toolchain:local_python.py",
                "//python/private/host:host_closure.py",
                "//python/private/host:host_policy.py",
            ],
            doc = "The scripts that do the work; the first is run.",
        ),
        "_pyelftools": attr.label(
            default = "@rules_par_tools//:laid_out/pyelftools/site-packages/elftools/__init__.py",
            doc = "A file of pyelftools, to find it by.",
        ),
        "_rules_python": attr.label(
            default = "@rules_python//python/config_settings:BUILD.bazel",
            doc = "A file of rules_python, to see what that version of it has.",
        ),
    },
    configure = True,
    local = False,
    doc = """\
Makes a runtime, which pars can carry, of a Python of the machine that runs Bazel.

WORKSPACE twin of the tag `runtime.local`. `local_runtime(name = "python_runtime", interpreter = "python3")` gives
`@python_runtime//:toolchain`, for `register_toolchains`, and `@python_runtime//:runtime`, a `par_runtime`. What is in it
are links to this machine's files, made anew when the interpreter, its libraries or its extension modules change. An
extension module that needs a library which this machine does not have is left out; `@python_runtime//:description.json`
names it.
""",
)
