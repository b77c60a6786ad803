"""Libraries of the build machine as a cc_library."""

load("//python/private/pip:helpers.bzl", "run_helper")

HOST_LIBRARY_ATTRS = {
    "search_directories": attr.string_list(
        doc = "Directories to look in before those that the dynamic linker knows.",
    ),
    "sonames": attr.string_list(
        mandatory = True,
        allow_empty = False,
        doc = "The libraries, by the names that programs ask for: `libmariadb.so.3`.",
    ),
}

_BUILD = """\
load("@rules_cc//cc:cc_import.bzl", "cc_import")
load("@rules_cc//cc:cc_library.bzl", "cc_library")

package(default_visibility = ["//visibility:public"])

exports_files(glob(["lib/**"]))

cc_library(
    name = "{name}",
    deps = {deps},
)
"""

_IMPORT = """
cc_import(
    name = "{soname}",
    shared_library = "lib/{soname}",
)
"""

def _host_library_impl(rctx):
    python = rctx.which("python3")
    name = rctx.attr.library_name or rctx.attr.name
    if not python:
        fail("rules_par: host library %s: no python3 on PATH: install it" % name)

    # `.../site-packages/elftools/__init__.py`
    import_root = rctx.path(rctx.attr._pyelftools).dirname.dirname
    run = run_helper(
        rctx,
        python,
        rctx.attr._helpers,
        ["--output=lib"] + ["--search_directory=" + directory for directory in rctx.attr.search_directories] + rctx.attr.sonames,
        python_path = import_root,
    )
    if run.error:
        fail("rules_par: host library %s: %s" % (name, run.error))
    for _, path in run.value:
        rctx.watch(path)
    sonames = [soname for soname, _ in run.value]
    rctx.file("BUILD.bazel", _BUILD.format(
        deps = repr([":" + soname for soname in sonames]),
        name = name,
    ) + "".join([_IMPORT.format(soname = soname) for soname in sonames]), executable = False)

host_library = repository_rule(
    implementation = _host_library_impl,
    attrs = HOST_LIBRARY_ATTRS | {
        "library_name": attr.string(
            doc = "Name of the target; the repository's name if empty.",
        ),
        "_helpers": attr.label_list(
            default = [
                "//python/private/host:host_closure.py",
                "//python/private/host:host_policy.py",
            ],
            doc = "The scripts that do the work; the first is run.",
        ),
        "_pyelftools": attr.label(
            default = "@rules_par_tools//:laid_out/pyelftools/site-packages/elftools/__init__.py",
            doc = "A file of pyelftools, to find it by.",
        ),
    },
    configure = True,
    local = False,
    doc = """\
Takes libraries from the machine that runs Bazel, with everything they need, and makes them one cc_library.

WORKSPACE twin of the tag `host.library`. `host_library(name = "mariadb", sonames = ["libmariadb.so.3"])` gives
`@mariadb//:mariadb`, and each library by itself as `@mariadb//:libmariadb.so.3`. What every Linux has (the parts of glibc,
libgcc_s, libstdc++) is left out. The copies are made again when the machine's libraries change.
""",
)
