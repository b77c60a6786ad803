"""`zip_safe = False`: modules and data are files for those who open them by path."""

import os
import pkgutil
import unittest

import subpar_module
import subpar_package


class Extract(unittest.TestCase):
    def test_modules_are_files(self) -> None:
        for module in (subpar_module, subpar_package):
            self.assertTrue(os.path.isfile(module.__file__), module.__file__)
        with open(subpar_module.__file__, encoding="utf-8") as file:
            self.assertEqual(file.read(), 'NAME = "module"\n')

    def test_packages_are_directories(self) -> None:
        (directory,) = subpar_package.__path__
        self.assertTrue(os.path.isdir(directory))
        self.assertLessEqual({"__init__.py", "data.txt"}, set(os.listdir(directory)))

    def test_data(self) -> None:
        self.assertEqual(pkgutil.get_data("subpar_package", "data.txt"), b"in a package\n")
        path = os.path.join(os.path.dirname(subpar_package.__file__), "data.txt")
        self.assertEqual(os.stat(path).st_size, len(b"in a package\n"))
        with open(path, "rb") as file:
            self.assertEqual(file.read(), b"in a package\n")


if __name__ == "__main__":
    unittest.main()
