"""The workspace itself and the roots of libraries are on sys.path, each once, as directories that can be listed."""

import os
import sys
import unittest

import subpar_rooted


class ImportRoots(unittest.TestCase):
    def test_root_of_a_library(self) -> None:
        self.assertEqual(subpar_rooted.NAME, "rooted")

    def test_root_of_the_workspace(self) -> None:
        file = os.path.join("tests", "subpar", "import_roots", "import_roots_test.py")
        found = [entry for entry in sys.path if os.path.isfile(os.path.join(entry, file))]
        self.assertEqual(len(found), 1, sys.path)
        self.assertIn("tests", os.listdir(found[0]))

    def test_no_root_twice(self) -> None:
        self.assertEqual(len(sys.path), len(set(sys.path)), sys.path)


if __name__ == "__main__":
    unittest.main()
