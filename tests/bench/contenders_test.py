"""What a program is made into, where that takes no download."""

import sys
from pathlib import Path

from tools.bench.apps import all_apps
from tools.bench.contenders import Maker
from tools.bench.measure import run


def test_each_has_a_home_of_its_own(tmp_path: Path) -> None:
    """Empty, also when it is made again."""
    maker, hello = Maker(tmp_path / "new", sys.executable), all_apps()["hello"]
    products = [maker.make(contender, hello) for contender in ("venv", "zipapp")]
    for product in products:
        assert product.command.environment["HOME"] == str(product.home)
        assert not list(product.home.iterdir())
        run(product.command)
        (product.home / "cache").touch()
    assert products[0].home != products[1].home
    assert not list(maker.make("venv", hello).home.iterdir())
    assert [each.name for each in products[1].home.iterdir()] == ["cache"]
