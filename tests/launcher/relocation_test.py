"""What a library has in its writable segments, when what ld.so has relocated there is dropped from the memory file."""

from pathlib import Path

from tests.builder.objects import library
from tests.launcher.programs import run_main

# Pages that ld.so relocates all of, parts of, and nothing of; and a sum that is right only if all are as they were.
RELOCATED = """
static int numbers[4] = {1, 2, 3, 4};
extern int exported;
int exported = 5;
#define PAGE __attribute__((aligned(4096)))
PAGE static int *inner[1024] = {[0 ... 1023] = &numbers[2]};
PAGE static int plain[2048] = {[0 ... 2047] = 7};
PAGE static struct { int *first; int rest[1022]; } mixed = {&numbers[1], {[0 ... 1021] = 11}};
PAGE static int *outer[512] = {[0 ... 511] = &exported};
PAGE static int last[1024] = {[0 ... 1023] = 13};
int sum(void) {
  int sum = *mixed.first;
  for (int i = 0; i < 1024; i++) sum += *inner[i] + last[i];
  for (int i = 0; i < 2048; i++) sum += plain[i];
  for (int i = 0; i < 1022; i++) sum += mixed.rest[i];
  for (int i = 0; i < 512; i++) sum += *outer[i];
  return sum;
}
void change(void) { numbers[2]++, plain[0]++, mixed.rest[0]++, last[1023]++; }
"""


def test_data_of_a_library_is_whole_after_ld_so_has_relocated_it(tmp_path: Path) -> None:
    source = """
import ctypes, os
first = ctypes.CDLL(os.path.dirname(__file__) + "/librelocated.so")
print(first.sum(), flush=True)
first.change()
pid = os.fork()
if not pid:
    print(first.sum(), flush=True)
    os._exit(0)
os.waitpid(pid, 0)
print(first.sum())
"""
    first = 2 + 1024 * (3 + 13) + 2048 * 7 + 1022 * 11 + 512 * 5
    file = library(tmp_path / "librelocated.so", RELOCATED)
    done = run_main(tmp_path, source, {"_main/librelocated.so": file}, natives={"_main/librelocated.so": []})
    assert done.stdout.split() == [str(first), str(first + 1024 + 3), str(first + 1024 + 3)]
