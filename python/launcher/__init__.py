"""The launcher of a par.

In a par for the host's Python the builder adds to the byte code (not to the source) of this module the code of those that every program
needs, and a call of `serve`: one read of the par then gets them all. A Python of another version does not see it, and has the sources.
"""

finder = None  # of the modules of this package, where `serve` was called; to be told the par when that is open, as it has the other ones


def serve(code: "dict[str, bytes]") -> None:
    """Lets the modules of this package come from here: name -> marshalled code."""
    import marshal
    import sys
    from _frozen_importlib import ModuleSpec

    class Finder:
        archive = None

        @classmethod
        def find_spec(cls, fullname, target=None):
            name = fullname.rpartition(".")[2]
            if name not in code:
                if not cls.archive or name not in cls.archive.root["launcher"]:
                    return None
                code[name] = cls.archive.record(cls.archive.root["launcher"][name])
            return ModuleSpec(fullname, cls, origin=f"{__path__[0]}/{name}.py")

        @staticmethod
        def create_module(spec):
            """The usual one."""

        @staticmethod
        def exec_module(module):
            exec(marshal.loads(code[module.__name__.rpartition(".")[2]]), module.__dict__)

    global __path__, finder
    if not __spec__:
        __path__ = [_started_directly()]
    finder = sys.path_importer_cache[__path__[0]] = Finder


def _started_directly() -> str:
    """Makes it look as if Python had been given the par as its program, when the `#!` line has this run by `-c`. Returns where this package is."""
    import posix
    import sys

    if sys.version_info >= (3, 10):
        at = len(sys.orig_argv) - len(sys.argv)  # of "-c..." with what precedes that letter
        options = sys.orig_argv[at].partition("c")[0]
        sys.orig_argv[at : at + 1] = [options] if options != "-" else []
    del sys.argv[0]
    if not getattr(sys.flags, "safe_path", sys.flags.isolated):
        del sys.path[0]  # the current directory
    path = sys.argv[0]
    return f"{path}/_rules_par" if path[:1] == "/" else f"{posix.getcwd().rstrip('/')}/{path}/_rules_par"
