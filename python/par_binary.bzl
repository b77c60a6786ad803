"""`par_binary`: a py_binary and its par."""

load("//python/private:common_attributes.bzl", "par_attributes")
load("//python/private:entry_points.bzl", "py_binary_of_entry_points")
load("//python/private:par_rule.bzl", "par")
load("//python/private:subpar.bzl", "subpar_interpreter")

def par_binary(
        name,
        *,
        entry_points = None,
        interpreter = None,
        host_libraries = None,
        manylinux = None,
        mode = None,
        stdlib = None,
        zip_safe = True,
        compiler = None,
        compiler_args = [],
        default_python_version = None,
        **kwargs):
    """Makes `:name`, a py_binary, and `:name.par`, the same program as one file.

    It takes the place of a `py_binary`, and of subpar's `par_binary`: the last four attributes below are subpar's.

    Args:
      name: string: the name of the py_binary. The par is `name + ".par"`.
      entry_points: dict: name of a script to `"pkg.module:function"`: programs that the par is when it is started under that name;
        see `par`. With them, `main` may be missing.
      interpreter: string: the first line of the par, without `#!`; see `par`.
      host_libraries: list of strings: SONAMEs that the host provides; see `par`.
      manylinux: string: the manylinux policy that the par must meet, such as `"manylinux_2_28"`; see `par`.
      mode: string: what the par carries of Python: `"system"`, `"embedded"` or `"full"`; see `par`.
      stdlib: string: how much of the standard library it then carries: `"standard"` or `"full"`; see `par`.
      zip_safe: bool: False is accepted with a note: it asked subpar to unpack the par at start, which nothing here needs.
      compiler: label: ignored, with a note.
      compiler_args: list of strings: `["--interpreter", X]` and `["--interpreter=X"]` set `interpreter`; others are ignored,
        with a note.
      default_python_version: string: ignored, with a note.
      **kwargs: all attributes of `py_binary`, for `:name`. Those that every rule has (`tags`, `visibility`, `testonly`, ...),
        and `args` and `env`, apply to the par too.
    """
    interpreter = subpar_interpreter(
        name,
        interpreter = interpreter,
        compiler = compiler,
        compiler_args = compiler_args,
        zip_safe = zip_safe,
        default_python_version = default_python_version,
    )
    py_binary_of_entry_points(
        name = name,
        entry_points = entry_points,
        **kwargs
    )
    par(
        name = name + ".par",
        binary = ":" + name,
        entry_points = entry_points,
        host_libraries = host_libraries,
        interpreter = interpreter,
        manylinux = manylinux,
        mode = mode,
        stdlib = stdlib,
        **par_attributes(kwargs)
    )
