"""What is in a par, where it comes from, and why."""

from pathlib import Path

import pytest

from tests.builder import objects
from tests.launcher.programs import make_par
from tests.par_tool import pars

SITE = "pip_wheels/site-packages"


@pytest.fixture(scope="module")
def par(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("inspection")
    inner = objects.library(directory / "libinner.so.1")
    outer = objects.library(directory / "libouter.so.2", "#include <stdlib.h>\nextern int one(void); int two(void) { return one() + !getenv(\"TWO\"); }", [str(inner)])
    module = objects.extension(directory / "fast.so", "extern int two(void); static int value(void) { return two(); }", [str(outer)])
    return make_par(
        directory / "app.par",
        {
            **pars.MAIN,
            "_main/libinner.so.1": inner,
            f"{SITE}/fast.so": module,
            f"{SITE}/fast.libs/libouter.so.2": outer,
            f"{SITE}/fast-1.5.dist-info/RECORD": f"fast.so,,\nfast.libs/libouter.so.2,,\n",
            f"{SITE}/slow.py": "x = 1\n" * 10000,
            f"{SITE}/slow-2.0.post1.dist-info/RECORD": "slow.py,,\n",
        },
        imports=[SITE],
    )


def test_origin_and_reason_of_libraries(par: Path) -> None:
    native = pars.report("inspect", par)["native"]
    inner, outer, module = native["_main/libinner.so.1"], native[f"{SITE}/fast.libs/libouter.so.2"], native[f"{SITE}/fast.so"]
    assert (inner["origin"], outer["origin"], module["origin"]) == ("repository _main", "fast 1.5", "fast 1.5")
    assert inner["needed_by"] == [f"{SITE}/fast.libs/libouter.so.2"]
    assert outer["needed_by"] == [f"{SITE}/fast.so"]
    assert (module["needed_by"], module["is_extension"], outer["is_extension"]) == ([], True, False)
    # The names that others know them by, although the par has changed them.
    assert inner["shipped_as"] == ["libinner.so.1"] != [inner["soname"]]
    assert outer["needs"][inner["soname"]] == ["_main/libinner.so.1"]
    assert outer["needs"]["libc.so.6"] == []


def test_members_and_sizes(par: Path) -> None:
    report = pars.report("inspect", par)
    assert report["mode"] == "system"
    assert report["main"] == "_main/main.py"
    assert report["size"] == par.stat().st_size
    assert report["members"][f"{SITE}/slow.py"] == 60000
    assert sum(report["members"].values()) == sum(report["origins"].values())
    assert report["origins"]["slow 2.0.post1"] >= 60000


def test_text(par: Path) -> None:
    lines = pars.tool("inspect", par).stdout.splitlines()
    assert any(line.split() == ["58.6", "KiB", f"{SITE}/slow.py"] for line in lines)
    assert any(line.endswith("repository _main  needed by libouter.so.2") for line in lines)
    assert any(line.endswith("fast 1.5          extension module") for line in lines)


def test_relative_path_of_bazel_run(par: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`bazel run` starts the tool elsewhere, and says where the user is."""
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", str(par.parent))
    assert pars.tool("inspect", par.name, cwd=tmp_path).stdout == pars.tool("inspect", par).stdout
