"""The rule `par`: makes a par of any py_binary or py_test."""

load("//python/private:par_rule.bzl", _par = "par")

par = _par
