from pathlib import Path

HERE = Path(__file__).parent


def data() -> str:
    return (HERE / "library.txt").read_text()
