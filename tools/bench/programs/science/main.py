"""Imports what a program that learns from data has, and fits a line."""

import sys

import pandas
import scipy.stats
from sklearn.linear_model import LinearRegression

frame = pandas.DataFrame({"x": range(10), "y": range(0, 30, 3)})
print(LinearRegression().fit(frame[["x"]], frame["y"]).coef_, scipy.stats.linregress(frame["x"], frame["y"]).slope, flush=True)
sys.stdin.read()
