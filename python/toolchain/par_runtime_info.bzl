"""What a Python runtime tells the par rule."""

ParRuntimeInfo = provider(
    doc = """\
A Python that pars can carry: what the toolchains of type `@rules_par//python/toolchain:type` have. A `par_runtime` gives it.

Files of libraries are named by their SONAMEs. Trees (declare_directory) stand for the files in them.
""",
    fields = {
        "abi": "string: the tag of extension modules, such as `cpython-314-x86_64-linux-gnu`; empty if not known.",
        "audit": "File: the audit module that belongs to `stub`.",
        "bytecode": "depset of Files: `stdlib`, compiled; may be empty: a par that needs it then compiles.",
        "extra_bytecode": "depset of Files: the same of `extra_stdlib`.",
        "extra_libraries": "depset of Files: what of `libraries` only files outside of the standard part need.",
        "extra_stdlib": "depset of Files: the rest of the standard library, for `stdlib = \"full\"`: tests, tkinter, ...",
        "glibc": "depset of Files: glibc's libraries, libgcc_s and libstdc++; empty when only embedded mode is possible.",
        "glibc_floor": "string: the version of glibc that a host of an embedded par needs at least, such as `2.34`; empty if " +
                       "not known.",
        "glibc_version": "string: the version of glibc in `glibc`; empty if not known.",
        "inspection": "depset of Files: what is known of `stdlib`, `libraries` and `glibc`; may be empty: a par that has them then " +
                      "looks at them.",
        "interpreter_path": "string: the same Python as an interpreter on the machines that run actions, to compile with; empty " +
                            "when there is none: then that of the Python toolchain compiles.",
        "libraries": "depset of Files: the shared libraries that `program` and `stdlib` need, without glibc's.",
        "linker": "File: ld.so, of the same glibc; None when only embedded mode is possible.",
        "linker_path": "string: where a host has its ld.so.",
        "machine": "string: of uname(2), such as `x86_64`.",
        "program": "File: the interpreter, or libpython where that has all of the interpreter.",
        "stdlib": "depset of Files: the standard library, and trees, of which only the standard part counts unless all is " +
                  "asked for.",
        "stdlib_root": "string: names of `stdlib` and `extra_stdlib` are their short paths without this and a slash.",
        "stub": "File: the program at the head of a par, which starts all this.",
        "version": "string: `3.14`.",
    },
)
