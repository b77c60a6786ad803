"""Computes areas with extension modules written in C.

    bazel build //examples/extension:extension.par
    bazel-bin/examples/extension/extension.par 6     # the regular polygon of six corners
    bazel run //examples/extension 6                 # the same as an ordinary py_binary

`_polygon` is a cc_binary with `linkshared`: the C library is inside of it. `_mesh` is a cc_shared_library that has the
C library outside, in `libgeometry_shared.so`, which must be loaded first. Both are for the limited API, so one build
serves every Python from 3.9 on.
"""

import argparse
import math

from examples.extension import shapes


def regular_polygon(count: int) -> list[tuple[float, float]]:
    angles = [2 * math.pi * corner / count for corner in range(count)]
    return [(math.cos(angle), math.sin(angle)) for angle in angles]


def main() -> None:
    parser = argparse.ArgumentParser(description="Area of a regular polygon in the unit circle.")
    parser.add_argument("corners", nargs="?", type=int, default=4)
    count = parser.parse_args().corners
    if not 3 <= count <= 1000:
        parser.error("a polygon has 3 to 1000 corners here")
    corners = regular_polygon(count)
    print(f"polygon of {count}: {shapes.polygon_area(corners):.6f}")
    print(f"{count - 2} triangles: {shapes.fan_area(corners):.6f}")
    print("calls of the geometry libraries: " + ", ".join(f"{name} {n}" for name, n in shapes.calls().items()))


if __name__ == "__main__":
    main()
