"""Figures as the command has them, with round numbers."""

from typing import Any


def times(wall: float, **more: float) -> dict[str, float]:
    """In milliseconds."""
    return {"wall": wall / 1000, "spread": 0.0005, "cpu": wall / 1250, "least_cpu": wall / 2000, **more}


def result() -> dict[str, Any]:
    """Of two programs: what a comparison, and what padding gives."""
    memory = {
        "how": "as the machine permits",
        "1": {"rss": 10**7, "pss": 10**7, "charged": 2 * 10**7},
        "16": {"rss": 16 * 10**7, "pss": 8 * 10**7, "charged": 9 * 10**7},
    }
    hello = {
        "venv": {
            **times(20, first=0.025, size=20_000, build_seconds=1.0),
            "ratios": {"wall": 1.0, "cpu": 1.0, "first": 1.25},
            "memory": memory,
        },
        "full": {
            **times(15, first=0.016, size=50 * 10**6, build_seconds=9.0),
            "ratios": {"wall": 0.75, "cpu": 0.75, "first": 0.8, "memory": 1.0},
            "memory": memory,
            "writes": {"first": {"files": 0, "bytes": 0}, "later": {"files": 0, "bytes": 0}},
            "builds": {"clean": 8.0, "clean_actions": 7.0, "source": 2.0, "source_actions": 1.5, "cat": 0.25},
        },
        "pex": {
            **times(800, first=2.4, size=2 * 10**6, build_seconds=3.0),
            "ratios": {"wall": 40.0, "cpu": 40.0, "first": 120.0},
            "writes": {"first": {"files": 913, "bytes": 7_500_123}, "later": {"files": 2, "bytes": 0}},
            "memory": {"failed": "hello.pex: ended with status 1, silently"},
        },
        "pex_rc": {"failed": "pex --rc: ended with status 1\n    <no such host>\n    it is downloaded"},
        "python3 -c pass": {**times(18), "ratios": {"wall": 0.9, "cpu": 0.9}},
    }
    size = {
        "full, 10 MB": {**times(15, size=60 * 10**6), "more": 0.0, "more_cpu": 0.0},
        "full, 500 MB": {**times(16, size=550 * 10**6), "more": 0.001, "more_cpu": 0.0005},
    }
    return {"date": "2000-01-01", "machine": "a<b, 2 CPUs", "python": "3.14.0", "runs": 11, "apps": {"hello": hello, "size": size}}
