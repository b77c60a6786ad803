"""What the command accepts."""

from pathlib import Path

import pytest

from tools.bench import bench


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--apps", "hello,nonsense"], "argument --apps: nonsense: not one of hello, "),
        (["--against", "venv,conda"], "argument --against: conda: not one of venv, system, embedded, full, zipapp, "),
        (["--figures", "speed"], "argument --figures: speed: not one of start, "),
        (["--runs", "10"], "argument --runs: fewer than 11"),
        (["--chart", "x.svg", "--figures", "memory"], "argument --chart: "),
        (["--json", "/absent/figures.json"], "argument --json: /absent/figures.json: cannot be written"),
        (["--chart", "/tmp"], "argument --chart: /tmp: cannot be written"),
        (["--python", "python3"], "argument --python: python3: not the absolute path of a Python"),
        (["--python", "/usr"], "argument --python: /usr: not the absolute path of a Python"),
        (["--python", "/bin/echo"], "argument --python: /bin/echo: not the absolute path of a Python"),
        (["more"], "unrecognized arguments: more"),
    ],
)
def test_refused(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        bench.parse(arguments)
    assert end.value.code == 2
    assert message in capsys.readouterr().err


def test_all_is_without_what_must_be_asked_for_by_name() -> None:
    options = bench.parse(["--apps", "all", "--against", "all", "--figures", "all"])
    assert {"hello", "science", "size"} <= set(options.apps)
    assert not {"torch", "size_3GB"} & set(options.apps)
    assert "pex_rc" in options.against
    assert "nuitka_onefile" not in options.against
    assert options.figures == ["start", "memory", "writes", "builds"]
    assert bench.parse(["--apps", "torch", "--against", "nuitka_onefile"]).apps == ["torch"]


def test_files_are_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started, elsewhere = tmp_path / "where Bazel was started", tmp_path / "elsewhere"
    started.mkdir()
    elsewhere.mkdir()
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", str(started))
    options = bench.parse(["--json", "figures.json", "--chart", f"{elsewhere}/chart.svg"])
    assert options.json == started / "figures.json"
    assert options.chart == elsewhere / "chart.svg"


def test_help_names_every_program(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.parse(["--help"])
    help_text = capsys.readouterr().out
    for name in ("size_3GB: ", "pex_rc", "nuitka_onefile", "--chart FILE", "Exit status"):
        assert name in help_text


def test_one_benchmark_at_a_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = tmp_path / "cache/bench"
    with bench.alone_in(directory):
        with pytest.raises(SystemExit) as end:
            bench.alone_in(directory)
        assert end.value.code == 2
        assert f"error: {directory}: another benchmark works there" in capsys.readouterr().err
    bench.alone_in(directory).close()


def test_directory_that_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    with pytest.raises(SystemExit) as end:
        bench.alone_in(file / "bench")
    assert end.value.code == 2
    assert "error: argument --directory: [Errno 20] Not a directory: " in capsys.readouterr().err
