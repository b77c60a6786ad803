"""A dependency of a dependency, with its data."""

import unittest

from tests.subpar.indirect_dependency import between


class IndirectDependency(unittest.TestCase):
    def test_data_two_levels_down(self) -> None:
        self.assertEqual(between.data(), b"of the library\n")


if __name__ == "__main__":
    unittest.main()
