"""Checks that a par keeps its promises, for the tests of those who ship one.

    from rules_par_testing import assert_mapped_from_memory, assert_no_filesystem_libraries, native_members

    def test_libraries_come_from_memory():
        with subprocess.Popen([par, "--serve"], stdout=subprocess.PIPE) as process:
            process.stdout.readline()  # the program says that it is up
            libraries = native_members(par)
            assert_mapped_from_memory(process.pid, ["_mysql", "libmariadb.so.3"])
            assert_no_filesystem_libraries(process.pid, libraries, allowed=needed_by_host(process.pid, libraries))
            process.terminate()

* `process_maps`: what a live process has mapped, as the real `pmap` program reports it;
* `par_contents`: which shared objects are in a par, found by looking into the file and not by asking its builder;
* `file_trace`: every file that a program and its children create, change or open for writing, by `strace`.
"""

from rules_par_testing.file_trace import FileEvent, FileTrace, trace_file_changes
from rules_par_testing.par_contents import NativeMember, native_members
from rules_par_testing.process_maps import (
    Mapping,
    assert_mapped_from_memory,
    assert_no_filesystem_libraries,
    needed_by_host,
    read_process_maps,
)

__all__ = [
    "FileEvent",
    "FileTrace",
    "Mapping",
    "NativeMember",
    "assert_mapped_from_memory",
    "assert_no_filesystem_libraries",
    "native_members",
    "needed_by_host",
    "read_process_maps",
    "trace_file_changes",
]
