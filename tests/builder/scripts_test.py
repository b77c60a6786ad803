"""Entry points become members: which, with what in them, and which are refused."""

import sys
from pathlib import Path

import pytest

from tests.launcher.programs import manifest_of, write_tree
from tools.builder import options, python_target, scripts
from tools.builder.errors import BuildError

PYTHON = python_target.describe(sys.executable)
ROOTS = ("_main", "", "wheels/b", "wheels/a")
FILES = {
    "_main/pkg/__init__.py": "",
    "_main/pkg/mod.py": "",
    "other/tool.py": "",
    "wheels/a/a-1.0.dist-info/entry_points.txt": "[console_scripts]\nboth = a:main\nonly_a=a.deep : Class.method [extra]\n",
    "wheels/b/b-1.0.dist-info/entry_points.txt": "[gui_scripts]\nboth = b:main\n[plugins]\nnot_a_script = b:main\n",
}


def collect(directory: Path, entry_points: "dict[str, str]", files: "dict[str, str]" = {}) -> "dict[str, str]":
    """Name -> content."""
    manifest = manifest_of(write_tree(directory, {**FILES, **files}))
    wanted = options.Options("_main/main.py", "_main", entry_points=tuple(entry_points.items()))
    found = scripts.collect(manifest, wanted, PYTHON, ROOTS)
    assert all(member.path == f"_python/bin/{name}" and member.executable for name, member in found.items())
    return {name: member.content.decode() for name, member in found.items()}


def test_a_script_is_what_pip_would_write(tmp_path: Path) -> None:
    expected = (
        "#!python\nimport sys\n\nfrom pkg.mod import Class\n\nif __name__ == \"__main__\":\n    sys.exit(Class.method())\n"
    )
    assert collect(tmp_path, {"run": "pkg.mod:Class.method"})["run"] == expected


def test_of_wheels_the_first_on_the_path_wins_and_the_target_before_all(tmp_path: Path) -> None:
    found = collect(tmp_path, {})
    assert sorted(found) == ["both", "only_a"]
    assert "from b import main" in found["both"]
    assert "from a.deep import Class" in found["only_a"]
    assert "from pkg import main" in collect(tmp_path, {"both": "pkg:main"})["both"]


@pytest.mark.parametrize("module", ["pkg", "pkg.mod", "other.tool", "json.tool", "zlib"])
def test_modules_of_the_par_and_of_the_standard_library(tmp_path: Path, module: str) -> None:
    assert f"from {module} import main" in collect(tmp_path, {"x": f"{module}:main"})["x"]


@pytest.mark.parametrize("module", ["nowhere", "pkg.nope", "tool", "json.nope", "pytest", "closure", "a"])
def test_a_module_that_is_not_there(tmp_path: Path, module: str) -> None:
    """Nor is what happens to be beside the builder, or in the site-packages of its Python."""
    with pytest.raises(BuildError) as refused:
        collect(tmp_path, {"x": f"{module}:main"})
    assert str(refused.value) == (
        f'entry_points = {{"x": "{module}:main"}}: there is no module {module} in the par: add the target that has it to deps, '
        "or correct the name"
    )


@pytest.mark.parametrize("reference", ["pkg", "pkg:", ":main", "pkg:main:x", "pkg main:x", "pkg:class", "pkg..mod:x", "pkg:f()", "1:x"])
def test_what_is_no_reference(tmp_path: Path, reference: str) -> None:
    with pytest.raises(BuildError, match='not a reference to a function: write "pkg.module:function"'):
        collect(tmp_path, {"x": reference})


@pytest.mark.parametrize(
    "content", ["not a configuration", "[console_scripts]\nx = no reference\n", "[console_scripts]\n../x = a:b\n", "[console_scripts\n", "\xff"]
)
def test_what_is_wrong_in_a_wheel_is_no_script(tmp_path: Path, content: str) -> None:
    path = "wheels/a/a-1.0.dist-info/entry_points.txt"
    assert sorted(collect(tmp_path, {}, {path: content.encode("latin-1")})) == ["both"]


def test_metadata_that_is_not_on_the_path(tmp_path: Path) -> None:
    """A wheel in the data of another."""
    path = "wheels/a/vendor/c-1.0.dist-info/entry_points.txt"
    assert "c" not in collect(tmp_path, {}, {path: "[console_scripts]\nc = a:main\n"})
