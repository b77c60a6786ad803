"""A library and a data file of another repository."""

import unittest

import subpar_other_library


class ExternalRepository(unittest.TestCase):
    def test_library_with_its_data(self) -> None:
        self.assertEqual(subpar_other_library.data(), "beside the library\n")

    def test_data_file(self) -> None:
        """Its place is the directory of its repository, beside those of the library."""
        path = subpar_other_library.HERE.parent / "data" / "data.txt"
        self.assertEqual(path.read_text(), "of another repository\n")

    def test_the_repository_has_a_directory_of_its_own(self) -> None:
        repository = subpar_other_library.HERE.parent
        self.assertEqual(subpar_other_library.HERE.name, "library")
        self.assertFalse((repository / "tests").exists())
        self.assertIn("subpar_other", repository.name)


if __name__ == "__main__":
    unittest.main()
