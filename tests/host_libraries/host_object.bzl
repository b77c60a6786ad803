"""`host_object`: a shared object as a distribution has it, linked by the compiler alone."""

def host_object(name, srcs, needs = [], needs_pthread = False):
    """A shared object whose SONAME is its name.

    Args:
      name: its file name.
      srcs: C sources.
      needs: labels of the shared objects for DT_NEEDED.
      needs_pthread: whether libpthread.so.0 is to be in DT_NEEDED, as in all that was linked before glibc 2.34.
    """
    native.genrule(
        name = name + "_link",
        testonly = True,
        srcs = srcs + needs,
        outs = [name],
        cmd = " ".join(
            ["$(CC) -shared -fPIC -g0 -Wl,-soname,%s -o $@" % name] +
            ["$(execpath %s)" % each for each in srcs] +
            ["-Wl,--no-as-needed,--allow-shlib-undefined"] +
            ["$(execpath %s)" % each for each in needs] +
            (["-l:libpthread.so.0"] if needs_pthread else []),
        ),
        toolchains = ["@bazel_tools//tools/cpp:current_cc_toolchain"],
    )
