"""What the builder found in the shared objects that the aspect linked, and in trees."""

import json
import sys
import unittest

with open(sys.argv.pop(1), encoding="utf-8") as file:
    LISTING = json.load(file)

HERE = "/tests/analysis/native/"


def _needed(name):
    """The parts of the par that a library names in DT_NEEDED, by their ends."""
    (found,) = [native for path, native in LISTING["native"].items() if path.endswith(HERE + name)]
    return sorted(path.split(HERE)[1] for path in found["needed"].values())


class ListingTest(unittest.TestCase):
    def test_every_dependency_is_needed_whether_or_not_a_symbol_is_used(self):
        self.assertEqual(_needed("libbottom.so"), [])
        self.assertEqual(_needed("libleft.so"), ["libbottom.so"])

    def test_implementation_deps_are_needed(self):
        self.assertEqual(_needed("libright.so"), ["libbottom.so"])

    def test_header_only_library_passes_on_what_it_depends_on(self):
        self.assertIn("other/libcommon.so", _needed("libtop.so"))

    def test_libraries_of_one_base_name_are_kept_apart(self):
        self.assertEqual(
            _needed("libtop.so"),
            ["libcommon.so", "libleft.so", "libright.so", "other/libcommon.so", "sub/libstatic_only.so"],
        )

    def test_linkopts_of_a_header_only_library_reach_who_uses_it(self):
        (top,) = [native for path, native in LISTING["native"].items() if path.endswith(HERE + "libtop.so")]
        self.assertIn("libm.so.6", top["host"])

    def test_trees_are_expanded_as_files_and_as_symlinks(self):
        for tree in (HERE + "runfiles_kinds_tree", "/linked/tree"):
            for name in ("/top.txt", "/inner/low.txt"):
                self.assertTrue(any(path.endswith(tree + name) for path in LISTING["members"]), tree + name)


if __name__ == "__main__":
    unittest.main()
