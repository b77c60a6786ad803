"""Shapes, computed by the two extension modules of this package."""

from examples.extension import _mesh, _polygon

Corner = tuple[float, float]


def polygon_area(corners: list[Corner]) -> float:
    return abs(_polygon.area(corners))


def fan_area(corners: list[Corner]) -> float:
    """The area of a convex polygon, cut into triangles from its first corner."""
    first, *rest = corners
    return _mesh.area([(*first, *left, *right) for left, right in zip(rest, rest[1:])])


def calls() -> dict[str, int]:
    """How often each module has used its geometry library: two copies, one linked in, one shared."""
    return {"linked in": _polygon.calls(), "shared": _mesh.calls()}
