"""A program in a par ends as a script does: what is there to be finalized is."""

from pathlib import Path

import pytest

from tests.launcher.programs import run_main

# A cycle of an object that says it is finalized, to file 1: sys.stdout has been flushed by then.
CYCLE = """
import gc, os

class Cycle:
    def __init__(self, name):
        self.me, self.name = self, name

    def __del__(self, write=os.write):
        write(1, f"{self.name}\\n".encode())
"""


def test_what_only_lives_in_a_cycle_is_finalized_at_the_end(tmp_path: Path) -> None:
    main = f"""{CYCLE}
alive = Cycle("alive")
Cycle("young garbage")
alive.file = open({str(tmp_path / "written")!r}, "w")
alive.file.write("all of it")
"""
    assert sorted(run_main(tmp_path, main).stdout.splitlines()) == ["alive", "young garbage"]
    assert (tmp_path / "written").read_text() == "all of it"


def test_garbage_that_has_become_old_is_finalized_at_the_end(tmp_path: Path) -> None:
    main = f"""{CYCLE}
old = Cycle("old")
gc.collect()
assert gc.get_objects(generation=2)
del old
gc.get_stats()
"""
    assert run_main(tmp_path, main).stdout == "old\n"


def test_young_garbage_may_import_when_it_is_finalized_at_the_end(tmp_path: Path) -> None:
    main = f"""{CYCLE}
class Importing(Cycle):
    def __del__(self):
        import calendar
        os.write(1, calendar.__name__.encode())

Importing("")
"""
    assert run_main(tmp_path, main).stdout == "calendar"


@pytest.mark.parametrize(("first", "said"), [("", "1 start 1 stop"), ("gc.disable()", "")])
def test_the_collector_works_once_at_the_end_if_the_program_wants_it(tmp_path: Path, first: str, said: str) -> None:
    main = f"""
import atexit, gc, os
{first}
gc.collect()
atexit.register(gc.callbacks.append, lambda phase, info, write=os.write: write(1, f" {{info['generation']}} {{phase}}".encode()))
"""
    assert run_main(tmp_path, main).stdout.strip() == said


def test_functions_for_the_end_run_before_that(tmp_path: Path) -> None:
    main = "import atexit, gc\natexit.register(lambda: print(gc.isenabled()))\n"
    assert run_main(tmp_path, main).stdout == "True\n"
