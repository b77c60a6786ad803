"""`python_version` is honoured."""

import sys
import unittest


class Version(unittest.TestCase):
    def test_version(self) -> None:
        self.assertEqual(sys.version_info.major, 3)


if __name__ == "__main__":
    unittest.main()
