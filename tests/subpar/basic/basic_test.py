"""Modules are the same however they are imported, main included, and data is found."""

import importlib
import pkgutil
import sys
import unittest

import tests
import tests.subpar.basic
from tests.subpar import basic as by_from
from tests.subpar.basic import left

IMPORTED_AS = __name__


class Basic(unittest.TestCase):
    def test_one_module_however_it_is_imported(self) -> None:
        self.assertIs(by_from, tests.subpar.basic)
        self.assertIs(importlib.import_module("tests.subpar.basic"), by_from)
        self.assertIs(sys.modules["tests"], tests)

    def test_main_under_its_own_name_is_a_second_module(self) -> None:
        """As with any Python program: __main__ is one module, its name in the package another."""
        main = sys.modules["__main__"]
        self.assertEqual(main.IMPORTED_AS, "__main__")
        again = importlib.import_module("tests.subpar.basic.basic_test")
        self.assertIsNot(again, main)
        self.assertEqual(again.IMPORTED_AS, "tests.subpar.basic.basic_test")
        self.assertEqual(again.__file__, main.__file__)

    def test_modules_that_import_each_other(self) -> None:
        self.assertEqual((left.other(), tests.subpar.basic.right.other()), ("right", "left"))

    def test_data(self) -> None:
        self.assertEqual(pkgutil.get_data("tests.subpar.basic", "data.txt"), b"the data of basic\n")


if __name__ == "__main__":
    unittest.main()
