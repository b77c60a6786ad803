"""Everything that BUILD files load from rules_par.

```starlark
load("@rules_par//python:defs.bzl", "par_binary")

par_binary(
    name = "app",
    srcs = ["app.py"],
)
```

`bazel run //:app` runs it from the build tree; `bazel build //:app.par` makes the one file.
"""

load("//python:par.bzl", _par = "par")
load("//python:par_binary.bzl", _par_binary = "par_binary")
load("//python:par_info.bzl", _ParInfo = "ParInfo")
load("//python:par_test.bzl", _par_test = "par_test")
load("//python:py_wheel_library.bzl", _py_wheel_library = "py_wheel_library")
load("//python/toolchain:par_runtime.bzl", _par_runtime = "par_runtime")
load("//python/toolchain:par_runtime_info.bzl", _ParRuntimeInfo = "ParRuntimeInfo")

ParInfo = _ParInfo
ParRuntimeInfo = _ParRuntimeInfo
par = _par
par_binary = _par_binary
par_runtime = _par_runtime
par_test = _par_test
py_wheel_library = _py_wheel_library
