"""Describes columns of numbers: a program over a wheel that brings its own C and Fortran libraries.

    bazel build //examples/numpy_stats:numpy_stats.par
    bazel-bin/examples/numpy_stats/numpy_stats.par                  # the data file inside the par
    bazel-bin/examples/numpy_stats/numpy_stats.par my_numbers.csv   # or yours: x,y on each line, # for comments

numpy's extension modules need libscipy_openblas and libgfortran, which the wheel carries in `numpy.libs`. In the par
they are found, loaded into memory in the right order, and never written to a file.
"""

import argparse
from pathlib import Path

import numpy

_OWN_DATA = Path(__file__).with_name("rainfall.csv")


def describe(values: numpy.ndarray) -> str:
    low, median, high = numpy.percentile(values, [10, 50, 90])
    return (
        f"n={values.size} mean={values.mean():.2f} std={values.std(ddof=1):.2f} "
        f"p10={low:.2f} median={median:.2f} p90={high:.2f}"
    )


def fit_line(x: numpy.ndarray, y: numpy.ndarray) -> tuple[float, float]:
    """Slope and intercept of the least-squares line; LAPACK does the work."""
    columns = numpy.column_stack([x, numpy.ones_like(x)])
    (slope, intercept), *_ = numpy.linalg.lstsq(columns, y, rcond=None)
    return float(slope), float(intercept)


def main() -> None:
    parser = argparse.ArgumentParser(description="Describes the columns x and y of a CSV file.")
    parser.add_argument("file", nargs="?", type=Path, default=_OWN_DATA)
    path = parser.parse_args().file
    try:
        x, y = numpy.loadtxt(path, delimiter=",", unpack=True, ndmin=2)
    except (OSError, ValueError) as error:
        parser.error(f"{path}: {error}")
    slope, intercept = fit_line(x, y)
    print(f"numpy {numpy.__version__}, {path.name}")
    print(f"x: {describe(x)}")
    print(f"y: {describe(y)}")
    print(f"y = {slope:.4f} x + {intercept:.2f}")


if __name__ == "__main__":
    main()
