"""A directory X in a directory X, both on the way to modules."""

import pkgutil
import unittest

import dir_shadowing
import dir_shadowing.inner

import tests.subpar.dir_shadowing
import tests.subpar.dir_shadowing.dir_shadowing.inner


class DirShadowing(unittest.TestCase):
    def test_the_short_name_is_the_inner_one(self) -> None:
        self.assertTrue(dir_shadowing.__file__.endswith("/dir_shadowing/dir_shadowing/__init__.py"))
        self.assertEqual(dir_shadowing.inner.NAME, "inner")
        self.assertEqual(pkgutil.get_data("dir_shadowing", "inner.txt"), b"inner\n")

    def test_the_long_names_are_both(self) -> None:
        outer = tests.subpar.dir_shadowing
        self.assertEqual(outer.dir_shadowing.inner.NAME, "inner")
        self.assertIsNot(outer.dir_shadowing, dir_shadowing)


if __name__ == "__main__":
    unittest.main()
