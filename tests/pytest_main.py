"""Main of every `pytest_test`: runs pytest on the files of its arguments, by Bazel's rules for tests."""

import os
import sys
import zlib
from pathlib import Path

# The sources may be links into the source tree.
sys.dont_write_bytecode = True

import pytest  # noqa: E402


class Shard:
    """Keeps the tests of one shard: the same test is always in the same one."""

    def __init__(self, number: int, total: int) -> None:
        self.number = number
        self.total = total

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if zlib.crc32(item.nodeid.encode()) % self.total == self.number]


def main() -> int:
    arguments = ["-p", "no:cacheprovider", "--import-mode=importlib", "--rootdir=.", "-c", os.devnull, "-ra"]
    environment = os.environ
    if "TEST_TMPDIR" in environment:
        arguments.append(f"--basetemp={environment['TEST_TMPDIR']}/pytest")
    if "XML_OUTPUT_FILE" in environment:
        arguments.append(f"--junitxml={environment['XML_OUTPUT_FILE']}")
    if "TESTBRIDGE_TEST_ONLY" in environment:
        arguments += ["-k", environment["TESTBRIDGE_TEST_ONLY"]]
    plugins: list[object] = []
    total = int(environment.get("TEST_TOTAL_SHARDS", "1"))
    if total > 1:
        Path(environment["TEST_SHARD_STATUS_FILE"]).touch()
        plugins.append(Shard(int(environment["TEST_SHARD_INDEX"]), total))
    status = pytest.main([*arguments, *sys.argv[1:]], plugins=plugins)
    if status == pytest.ExitCode.NO_TESTS_COLLECTED and total > 1:
        status = pytest.ExitCode.OK
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
