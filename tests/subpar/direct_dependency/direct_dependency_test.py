"""A library and a program in `deps`, each with data of its own."""

import unittest

from tests.subpar.direct_dependency import library, program


class DirectDependency(unittest.TestCase):
    def test_data_of_a_library(self) -> None:
        self.assertEqual(library.data(), b"of the library\n")

    def test_program_as_a_library(self) -> None:
        self.assertEqual(program.main(), b"of the program\n")
        self.assertEqual(program.__name__, "tests.subpar.direct_dependency.program")


if __name__ == "__main__":
    unittest.main()
