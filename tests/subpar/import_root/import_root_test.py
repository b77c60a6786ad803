"""Modules below import roots, by their short names, and still by their long ones."""

import pkgutil
import sys
import unittest
from pathlib import Path

import subpar_left
import subpar_right

import tests.subpar.import_root.left.subpar_left


class ImportRoot(unittest.TestCase):
    def test_roots_see_each_other(self) -> None:
        self.assertEqual(subpar_right.NAME, "right of left")

    def test_the_long_name_is_another_module(self) -> None:
        self.assertIsNot(tests.subpar.import_root.left.subpar_left, subpar_left)

    def test_data_below_a_root(self) -> None:
        self.assertEqual(pkgutil.get_data("subpar_left", "subpar_left.txt"), b"beside left\n")
        self.assertEqual(Path(subpar_left.__file__).with_suffix(".txt").read_text(), "beside left\n")

    def test_order_is_that_of_the_attribute(self) -> None:
        roots = [Path(entry).name for entry in sys.path if entry.endswith(("import_root/left", "import_root/right"))]
        self.assertEqual(roots, ["left", "right"])


if __name__ == "__main__":
    unittest.main()
