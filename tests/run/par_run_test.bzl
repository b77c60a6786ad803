"""`par_run_test`: runs par_run_test.py over the par of one example."""

load("//tests:pytest.bzl", "pytest_test")

_TEST = Label("//tests/run:par_run_test.py")

def par_run_test(name, par, output, arguments = [], has_natives = True, host_needs = [], **kwargs):
    """Checks what every par must do.

    Args:
      name: name of the test.
      par: label of the par. Its program ends by itself.
      output: a regular expression (with `.` for newlines too) that all it prints must match.
      arguments: arguments for the program.
      has_natives: whether shared objects are in the par.
      host_needs: libraries in the par of which the host's interpreter may have its own from a file.
      **kwargs: further attributes of the test.
    """
    pytest_test(
        name = name,
        srcs = [_TEST],
        data = [par],
        env = {
            "PAR": "$(rootpath %s)" % par,
            "PAR_ARGUMENTS": json.encode(arguments),
            "PAR_HAS_NATIVES": "yes" if has_natives else "no",
            "PAR_HOST_NEEDS": json.encode([name + "." for name in host_needs]),
            "PAR_OUTPUT": output.replace("$", "$$"),
        },
        deps = [
            Label("//tests/run:live_par"),
            Label("//python/testing"),
        ],
        **kwargs
    )
