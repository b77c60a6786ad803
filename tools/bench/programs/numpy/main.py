"""Multiplies a matrix, with OpenBLAS."""

import sys

import numpy

print((numpy.ones((20, 20)) @ numpy.ones((20, 20))).sum(), flush=True)
sys.stdin.read()
