"""Makes Debian's Bazel work offline. Runs once inside a new Bazel root, as its last step; the argument names the root.

Debian ships Bazel together with unpacked copies of the Starlark modules it needs, and points some of them out in
/etc/bazel/bazelrc. This adds, in a file that is imported from there, what plain `bazel` needs beyond that:

* bzlmod: a registry on disk that holds the unpacked modules which Debian does not point out, and an empty module
  for each dependency that Debian does not ship (nothing that is built here loads one of those);
* WORKSPACE mode: the same modules by their repository names;
* a version number, which Debian's build lacks and which modules such as bazel_features ask for;
* the host's certificate authorities for Bazel's downloader (TrustStore.java).
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

BAZEL = pathlib.Path("/usr/share/bazel")
REGISTRY = pathlib.Path("/usr/share/rules_par/registry")
SYSTEM_RC = pathlib.Path("/etc/bazel/bazelrc")
TRUST_STORE = pathlib.Path("/etc/bazel/cacerts")
OUR_RC = pathlib.Path("/etc/bazel/rules_par.bazelrc")

# The one stub that must define something: `bazel_tools` uses this extension, for `bazel mod tidy` only.
BUILDOZER_EXTENSION = '''\
def _repository_impl(ctx):
    ctx.file("BUILD.bazel", "")

_repository = repository_rule(implementation = _repository_impl)

def _buildozer_binary_impl(_):
    _repository(name = "buildozer_binary")

buildozer_binary = module_extension(implementation = _buildozer_binary_impl)
'''

_CALL = r"^%s\((.*?)\)$"  # a top-level call in a MODULE.bazel file
_FLAGS = re.DOTALL | re.MULTILINE


def calls(text: str, function: str) -> list[dict[str, str]]:
    """The string arguments of each call of `function` in a MODULE.bazel file, dev_dependency as "True"."""
    text = re.sub(r"\s*#.*", "", text)
    found = re.findall(_CALL % function, text, _FLAGS)
    return [dict(re.findall(r'(\w+)\s*=\s*"?([^",\s]*)"?', arguments)) for arguments in found]


def add_module(name: str, version: str, module_file: str, source: pathlib.Path) -> None:
    """Puts a module whose files are at `source` into the registry."""
    entry = REGISTRY / "modules" / name / version
    entry.mkdir(parents=True)
    (entry / "MODULE.bazel").write_text(module_file)
    (entry / "source.json").write_text(json.dumps({"type": "local_path", "path": str(source)}))


def add_stub(name: str, version: str) -> None:
    """Puts an empty module into the registry."""
    source = REGISTRY / "stubs" / name / version
    source.mkdir(parents=True)
    module_file = f'module(name = "{name}", version = "{version}")\n'
    (source / "MODULE.bazel").write_text(module_file)
    (source / "BUILD.bazel").write_text("")
    if name == "buildozer":
        (source / "buildozer_binary.bzl").write_text(BUILDOZER_EXTENSION)
    add_module(name, version, module_file, source)


def package_version(path: pathlib.Path) -> str:
    """The upstream version of the Debian package that `path` belongs to."""
    package = run("dpkg-query", "--search", str(path)).partition(":")[0]
    return run("dpkg-query", "--show", "--showformat=${source:Upstream-Version}", package)


def run(*command: str) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def fill_registry(shipped: dict[str, pathlib.Path], overridden: set[str]) -> None:
    """Makes a registry with all that `bazel_tools` and the shipped modules depend on, and the shipped modules."""
    wanted = {(name, package_version(path / "MODULE.bazel")) for name, path in shipped.items()}
    for path in [*shipped.values(), BAZEL / "embedded_tools"]:
        for dependency in calls((path / "MODULE.bazel").read_text(), "bazel_dep"):
            if dependency.get("dev_dependency") != "True":
                wanted.add((dependency["name"], dependency["version"]))
    for name, version in sorted(wanted):
        if name not in shipped:
            add_stub(name, version)
        elif name not in overridden:
            # Bazel refuses an override of a module that nobody depends on, so this one must be found.
            dependencies = re.sub(_CALL % "module", "", (shipped[name] / "MODULE.bazel").read_text(), flags=_FLAGS)
            add_module(name, version, f'module(name = "{name}", version = "{version}")\n{dependencies}', shipped[name])
    (REGISTRY / "bazel_registry.json").write_text("{}\n")


def stamp_version() -> None:
    """Gives Bazel the version that its own build would have put there."""
    label = (BAZEL / "build-label.txt").read_text().strip()
    with zipfile.ZipFile(BAZEL / "A-server.jar", "a") as jar:
        jar.writestr("build-data.properties", f"build.label={label}\n")


def main(root_name: str) -> None:
    shipped: dict[str, pathlib.Path] = {}
    for path in sorted([*BAZEL.glob("rules/*/MODULE.bazel"), *BAZEL.glob("tools/*/MODULE.bazel")]):
        (module,) = calls(path.read_text(), "module")
        shipped[module["name"]] = path.parent
    overridden = set(re.findall(r"^common --override_module=(\w+)=", SYSTEM_RC.read_text(), re.MULTILINE))

    fill_registry(shipped, overridden)
    stamp_version()

    lines = [
        "# Written by rules_par's tools/bazel_root/configure.py: what Debian's Bazel needs to work offline.",
        "# Nothing reads this property: it makes a Bazel server that still runs in another root stop.",
        f"startup --host_jvm_args=-Drules_par.root={root_name}",
        f"startup --host_jvm_args=-Djavax.net.ssl.trustStore={TRUST_STORE}",
        f"common --registry={REGISTRY.as_uri()}",
        "# Or Bazel 7 appends Java and C++ rules that it has to download to every WORKSPACE file.",
        "common --noenable_workspace",
        "# For --noenable_bzlmod --enable_workspace.",
        *(f"common --override_repository={name}={path}" for name, path in shipped.items()),
    ]
    OUR_RC.write_text("\n".join(lines) + "\n")
    # Debian's own settings stay, but for a deprecated one that warns at each start and one that keeps every sandbox.
    debian = re.sub(r"^build --(host_javabase|sandbox_debug)\b.*\n", "", SYSTEM_RC.read_text(), flags=re.MULTILINE)
    SYSTEM_RC.write_text(f"{debian}\nimport {OUR_RC}\n")
    shutil.copy("/etc/ssl/certs/java/cacerts", TRUST_STORE)  # until `enter` has seen the host's authorities


if __name__ == "__main__":
    main(*sys.argv[1:])
