"""Text for people: columns, sizes, lists that end in time."""

from collections.abc import Iterable, Sequence

_SHOWN = 3


def columns(rows: "Iterable[Sequence[str]]", indent: str = "  ") -> "list[str]":
    """Lines with the cells of all but the last column padded to one width."""
    rows = list(rows)
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]) - 1)] if rows else []
    return [indent + "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[-1]]).rstrip() for row in rows]


def some(names: "Sequence[str]", shown: int = _SHOWN) -> str:
    """The first ones, and how many more there are."""
    more = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {more} more" if more > 0 else "")


def base_names(paths: "Iterable[str]") -> "list[str]":
    """The last parts of paths, each once."""
    return list(dict.fromkeys(path.rpartition("/")[2] for path in paths))


def size(number: int) -> str:
    """In units of 1024 bytes."""
    if number < 1024:
        return f"{number} B"
    return f"{number / 1024:.1f} KiB" if number < 1 << 20 else f"{number / (1 << 20):.1f} MiB"
