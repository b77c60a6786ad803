"""Module extensions for MODULE.bazel; `repositories.bzl` has the same for WORKSPACE."""

load("//python/private/host:host_extension.bzl", _host = "host")
load("//python/private/pip:pip_extension.bzl", _pip = "pip")
load("//python/toolchain:runtime_extension.bzl", _runtime = "runtime")

host = _host
pip = _pip
runtime = _runtime
