"""The launcher of a par."""


def take_from(code: "dict[str, bytes]") -> None:
    """Lets the modules of this package come from here: name -> marshalled code.

    In a par for the host's Python the builder adds a call of this to the byte code (not to the source) of this module: one
    read of the ZIP archive then gets all of the launcher. A Python of another version does not see it, and has the sources.
    """
    import marshal
    import sys
    from _frozen_importlib import ModuleSpec

    class Finder:
        @staticmethod
        def find_spec(fullname, target=None):
            name = fullname.rpartition(".")[2]
            return ModuleSpec(fullname, Finder, origin=f"{__path__[0]}/{name}.py") if name in code else None

        @staticmethod
        def create_module(spec):
            """The usual one."""

        @staticmethod
        def exec_module(module):
            exec(marshal.loads(code[module.__name__.rpartition(".")[2]]), module.__dict__)

    sys.path_importer_cache[__path__[0]] = Finder
