"""The catalogue: products from a YAML file, searched with a C library that forgives typing errors."""

import ctypes
from dataclasses import dataclass
from pathlib import Path

import yaml

_HERE = Path(__file__).parent
OWN_FILE = _HERE / "catalogue.yaml"

_edit_distance = ctypes.CDLL(str(_HERE / "native/libedit_distance.so")).edit_distance
_edit_distance.argtypes = [ctypes.c_char_p, ctypes.c_char_p]


class CatalogueError(ValueError):
    """The file is not a catalogue."""


@dataclass(frozen=True)
class Product:
    name: str
    price: float


@dataclass(frozen=True)
class Catalogue:
    title: str
    products: tuple[Product, ...]

    @classmethod
    def load(cls, path: Path) -> "Catalogue":
        """Raises OSError, CatalogueError."""
        try:
            content = yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
            products = [Product(str(item["name"]), float(item["price"])) for item in content["products"]]
            return cls(str(content["title"]), tuple(products))
        except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
            raise CatalogueError(f"{path}: not a catalogue: {error!r}") from error

    def search(self, query: str) -> list[Product]:
        """The products whose names are, or are a few typing errors away from, the query; best match first."""
        allowed = max(1, len(query) // 3)
        found = []
        for product in self.products:
            distance = 0 if query in product.name else _edit_distance(query.encode(), product.name.encode())
            if distance <= allowed:
                found.append((distance, product.name, product))
        return [product for *_, product in sorted(found, key=lambda match: match[:2])]
