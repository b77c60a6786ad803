"""A program may have modules with names of the standard library: what starts the par has not imported those before."""

import code
import unittest
import zipfile


class Shadow(unittest.TestCase):
    def test_package(self) -> None:
        self.assertEqual(code.OURS, "code")

    def test_module(self) -> None:
        self.assertEqual(zipfile.OURS, "zipfile")


if __name__ == "__main__":
    unittest.main()
