#!/usr/bin/env python3
# -*- coding: latin-1 -*-
# A comment before the docstring.
r"""The first lines of main mean what they mean in a script: \encoding, docstring, and imports from __future__.""" # not at the end
from __future__ import (  # over
    annotations,
)

import inspect
import sys
import unittest

LATIN_1 = "café"


class Boilerplate(unittest.TestCase):
    def test_encoding(self) -> None:
        self.assertEqual([ord(character) for character in LATIN_1], [99, 97, 102, 233])

    def test_docstring(self) -> None:
        self.assertTrue(__doc__.startswith("The first lines of main"))
        self.assertIn("\\encoding", __doc__)

    def test_future_import(self) -> None:
        def function(argument: there_is_no_such_name) -> None: ...

        self.assertEqual(function.__annotations__["argument"], "there_is_no_such_name")

    def test_source_is_the_untouched_file(self) -> None:
        source = inspect.getsource(sys.modules["__main__"])
        self.assertTrue(source.startswith("#!/usr/bin/env python3\n# -*- coding: latin-1 -*-\n"))
        self.assertIn("caf\xe9", source)


if __name__ == "__main__":
    unittest.main()
