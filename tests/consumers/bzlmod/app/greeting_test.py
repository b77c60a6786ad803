import unittest

import markupsafe._speedups
from app.greeting import greet


class GreetingTest(unittest.TestCase):
    def test_greets(self) -> None:
        self.assertEqual(greet("<O>"), "<p>Hello, &lt;B&gt;!</p>\n")

    def test_the_extension_module_is_in_use(self) -> None:
        self.assertIn(".par/", markupsafe._speedups.__file__)


if __name__ == "__main__":
    unittest.main()
