"""For WORKSPACE what `extensions.bzl` is for MODULE.bazel.

```starlark
load("@rules_par//python:repositories.bzl", "host_library", "local_runtime", "pip_parse", "rules_par_repositories")

rules_par_repositories()

pip_parse(name = "pip", requirements_lock = "//:requirements.txt")

load("@pip//:requirements.bzl", "install_deps")

install_deps()

host_library(name = "mariadb", sonames = ["libmariadb.so.3"])

local_runtime(name = "python_runtime", interpreter = "python3")

register_toolchains("@python_runtime//:toolchain")
```
"""

load("//python/private/host:host_library.bzl", _host_library = "host_library")
load("//python/private/pip:hub_repository.bzl", _pip_parse = "pip_parse")
load("//python/private/pip:tools_repository.bzl", "tools_repository")
load("//python/toolchain:local_runtime.bzl", _local_runtime = "local_runtime")

host_library = _host_library
local_runtime = _local_runtime
pip_parse = _pip_parse

def rules_par_repositories():
    """Declares what rules_par's own tools need. Comes before all else of rules_par in WORKSPACE."""
    if not native.existing_rule("rules_par_tools"):
        tools_repository(name = "rules_par_tools")
