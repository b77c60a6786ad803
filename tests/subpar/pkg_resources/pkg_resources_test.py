"""Metadata of wheels, through importlib.metadata and through setuptools' pkg_resources (where there still is one)."""

import importlib.metadata
import importlib.resources
import os
import unittest

try:
    import pkg_resources
except ImportError:
    pkg_resources = None


class Metadata(unittest.TestCase):
    def test_importlib_metadata(self) -> None:
        self.assertEqual(importlib.metadata.version("subpar-fruit"), "1.2.0")
        distribution = importlib.metadata.distribution("subpar_fruit")
        self.assertEqual(distribution.metadata["Summary"], "For a test.")
        (entry,) = distribution.entry_points
        self.assertEqual((entry.group, entry.name, entry.load()()), ("subpar.fruits", "pear", "pear"))
        self.assertEqual(sum(each.metadata["Name"] == "subpar-fruit" for each in importlib.metadata.distributions()), 1)

    def test_importlib_resources(self) -> None:
        basket = importlib.resources.files("subpar_fruit") / "basket"
        self.assertEqual([each.name for each in basket.iterdir()], ["pear.txt"])
        with importlib.resources.as_file(basket / "pear.txt") as path:
            self.assertEqual(path.read_text(), "pear\n")


@unittest.skipIf(pkg_resources is None, "this Python has no pkg_resources (setuptools dropped it in version 81)")
class PkgResources(unittest.TestCase):
    def test_working_set(self) -> None:
        found = {distribution.key: distribution.version for distribution in pkg_resources.working_set}
        self.assertEqual(found["subpar-fruit"], "1.2.0")
        self.assertEqual(pkg_resources.require("subpar-fruit>=1.0")[0].version, "1.2.0")

    def test_resources(self) -> None:
        self.assertTrue(pkg_resources.resource_isdir("subpar_fruit", "basket"))
        self.assertEqual(pkg_resources.resource_listdir("subpar_fruit", "basket"), ["pear.txt"])
        self.assertEqual(pkg_resources.resource_string("subpar_fruit", "basket/pear.txt"), b"pear\n")
        self.assertTrue(os.path.isfile(pkg_resources.resource_filename("subpar_fruit", "basket/pear.txt")))


if __name__ == "__main__":
    unittest.main()
