"""Multiplies a matrix."""

import sys

import torch

print((torch.ones(20, 20) @ torch.ones(20, 20)).sum(), flush=True)
sys.stdin.read()
