"""Libraries of the par are constructed, and mapped, as they should be. Runs as a par."""

import ctypes
import os
import unittest

HERE = os.path.dirname(__file__)
PAR = HERE[: HERE.index(".par/") + len(".par")]
os.environ["PATH_OF_DATA"] = f"{HERE}/data.txt"
ORDER = ctypes.CDLL(f"{HERE}/liborder.so")
ORDER.recorded.restype = ctypes.c_char_p
BEFORE = ORDER.recorded()
LIBRARY = ctypes.CDLL(f"{HERE}/libconstruction.so")
AFTER = ORDER.recorded()


def mapping_of(address: int) -> "list[str]":
    """Its line of /proc/self/maps."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        for line in maps:
            first, last = (int(part, 16) for part in line.split()[0].split("-"))
            if first <= address < last:
                return line.split(maxsplit=5)
    raise AssertionError(hex(address))


def address_of(symbol: object) -> int:
    return ctypes.cast(symbol, ctypes.c_void_p).value or 0


class ConstructingTest(unittest.TestCase):
    def test_constructors_run_once_in_order_before_anything_else(self) -> None:
        self.assertEqual((BEFORE, AFTER), (b"^1", b"^12345"))
        ctypes.CDLL(f"{HERE}/libconstruction.so", mode=ctypes.RTLD_GLOBAL)
        self.assertEqual(ORDER.recorded()[: len(AFTER)], AFTER)

    def test_exceptions(self) -> None:
        self.assertEqual(LIBRARY.catch_from_another_library(), 1)

    def test_objects_of_threads(self) -> None:
        self.assertEqual([LIBRARY.add_in_thread(), LIBRARY.add_in_thread()], [42, 42])
        self.assertEqual(ORDER.recorded()[len(AFTER) :], b"tt")

    def test_templates_that_libstdcxx_has_too(self) -> None:
        self.assertEqual(LIBRARY.size_of_words(), 48)

    def test_functions_that_are_chosen_while_it_is_relocated(self) -> None:
        self.assertEqual(ctypes.CDLL(f"{HERE}/libchoosing.so").call_chosen(), 84)

    def test_an_allocator(self) -> None:
        self.assertGreater(ctypes.CDLL(f"{HERE}/liballocating.so").allocated(), 0)

    def test_global_symbols(self) -> None:
        self.assertFalse(hasattr(ctypes.CDLL(None), "read_by_open"))
        self.assertTrue(hasattr(ctypes.CDLL(f"{HERE}/libreader.so", mode=ctypes.RTLD_GLOBAL), "read_by_open"))
        self.assertTrue(hasattr(ctypes.CDLL(None), "read_by_open"))

    def test_code_is_mapped_from_the_par_and_data_is_not(self) -> None:
        _, protection, _, _, _, path = mapping_of(address_of(LIBRARY.catch_from_another_library))
        expected = "/memfd:" if "NO_EXEC" in os.environ else os.path.realpath(PAR)
        self.assertEqual((protection, path.strip()[: len(expected)]), ("r-xp", expected))
        _, protection, _, _, _, path = mapping_of(ctypes.addressof(ctypes.c_char.in_dll(ORDER, "all_that_ran")))
        self.assertEqual((protection, path.strip()[:7]), ("rw-p", "/memfd:"))


if __name__ == "__main__":
    unittest.main()
