"""A program in a par ends as a script does: what there is to be finalized is, while it can still do its work."""

from pathlib import Path

from tests.launcher.programs import run_main

# An object in a cycle, which only the garbage collector finds.
CYCLE = """
import gc, os, sys

class Cycle:
    def __init__(self):
        self.me = self
"""


def test_old_garbage_has_python_whole_when_it_is_finalized(tmp_path: Path) -> None:
    main = f"""{CYCLE}
class Report(Cycle):
    def __del__(self):
        import calendar
        with open({str(tmp_path / "report")!r}, "w") as file:
            file.write(f"{{calendar.__name__}} {{len(sys.argv)}}")

report = Report()
gc.collect()
del report
"""
    run_main(tmp_path, main)
    assert (tmp_path / "report").read_text() == "calendar 1"


def test_weak_references_to_old_garbage_are_called_back(tmp_path: Path) -> None:
    main = f"""{CYCLE}
import weakref
cycle = Cycle()
reference = weakref.ref(cycle, lambda reference: os.write(1, b"called"))
gc.collect()
del cycle
"""
    assert run_main(tmp_path, main).stdout == "called"


def test_a_file_in_a_cycle_of_a_module_is_written(tmp_path: Path) -> None:
    main = f"""{CYCLE}
cycle = Cycle()
cycle.file = open({str(tmp_path / "written")!r}, "w")
cycle.file.write("all of it")
"""
    run_main(tmp_path, main)
    assert (tmp_path / "written").read_text() == "all of it"
