"""Multiplies a matrix, with OpenBLAS."""

import numpy

print((numpy.ones((20, 20)) @ numpy.ones((20, 20))).sum())
