"""`py_wheel_library`: a wheel file as a py_library."""

load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load("@rules_python//python:py_cc_link_params_info.bzl", "PyCcLinkParamsInfo")
load("@rules_python//python:py_info.bzl", "PyInfo")

def _runfiles_path(ctx, file):
    """The path of a generated file in a runfiles tree."""
    short_path = file.short_path
    return short_path[len("../"):] if short_path.startswith("../") else ctx.workspace_name + "/" + short_path

def _py_wheel_library_impl(ctx):
    wheel = ctx.file.whl

    # The target's name is in the path: two wheels of one package each need a directory.
    site_packages = ctx.actions.declare_directory(ctx.label.name + "/site-packages")

    arguments = ctx.actions.args()
    arguments.add(wheel, format = "--wheel=%s")
    arguments.add_all([site_packages], format_each = "--site_packages=%s", expand_directories = False)
    ctx.actions.run(
        executable = ctx.executable._wheel_layout,
        arguments = [arguments],
        inputs = [wheel],
        outputs = [site_packages],
        mnemonic = "PyWheelLayout",
        # As wanted by a runfiles tree that may lead to a source tree, and by an action that may run anywhere.
        env = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONNOUSERSITE": "1"},
        progress_message = "Laying out wheel %{label}",
        execution_requirements = {"supports-path-mapping": "1"},
        toolchain = None,
    )

    py_infos = [dep[PyInfo] for dep in ctx.attr.deps if PyInfo in dep]
    cc_infos = [dep[CcInfo] for dep in ctx.attr.deps if CcInfo in dep]
    cc_infos += [dep[PyCcLinkParamsInfo].cc_info for dep in ctx.attr.deps if PyCcLinkParamsInfo in dep]

    return [
        DefaultInfo(
            files = depset([site_packages]),
            runfiles = ctx.runfiles(files = [site_packages]).merge_all([
                target[DefaultInfo].default_runfiles
                for target in ctx.attr.deps + ctx.attr.data
            ] + [
                ctx.runfiles(transitive_files = target[DefaultInfo].files)
                for target in ctx.attr.data
            ]),
        ),
        PyInfo(
            imports = depset(
                [_runfiles_path(ctx, site_packages)],
                transitive = [info.imports for info in py_infos],
            ),
            # A tree has no `.py` of its own; it reaches programs through the runfiles.
            transitive_sources = depset(
                transitive = [info.transitive_sources for info in py_infos],
                order = "postorder",
            ),
            uses_shared_libraries = True,
        ),
        PyCcLinkParamsInfo(cc_info = cc_common.merge_cc_infos(direct_cc_infos = cc_infos, cc_infos = [])),
    ]

py_wheel_library = rule(
    implementation = _py_wheel_library_impl,
    attrs = {
        "data": attr.label_list(
            allow_files = True,
            doc = "Files that the program needs at run time.",
        ),
        "deps": attr.label_list(
            providers = [[PyInfo], [CcInfo]],
            doc = "What the wheel needs: other wheels, py_library and cc_library targets (the libraries that its extension modules link).",
        ),
        "whl": attr.label(
            allow_single_file = [".whl"],
            mandatory = True,
            doc = "The wheel. Its file name must be the one it was published under, `NAME-VERSION-TAGS.whl`.",
        ),
        "_wheel_layout": attr.label(
            default = "//python/private/pip:wheel_layout",
            executable = True,
            cfg = "exec",
        ),
    },
    provides = [PyInfo],
    doc = """\
Makes a py_library of a wheel file.

The wheel is laid out as pip would do it, in one directory `site-packages` that is an import root of every program that
depends on the target: modules, data files, and the `.dist-info` with metadata, entry points and licences. Scripts that
the wheel carries are in its `bin`; none are made for entry points.

```starlark
py_wheel_library(
    name = "numpy",
    whl = "numpy-2.1.0-cp313-cp313-manylinux_2_17_x86_64.whl",
)
```
""",
)
