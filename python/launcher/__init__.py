"""The launcher of a par."""


def take_from(code: "dict[str, bytes]") -> None:
    """Lets the modules of this package come from here: name -> marshalled code; those that are not there from the module `_rest`.

    In a par for the host's Python the builder adds a call of this to the byte code (not to the source) of this module: one
    read of the ZIP archive then gets what every program needs of the launcher. A Python of another version does not see it, and has the sources.
    """
    import marshal
    import sys
    from _frozen_importlib import ModuleSpec

    def rest() -> "dict[str, bytes]":
        header = 16  # PEP 552
        names: dict = {}
        exec(marshal.loads(__loader__.get_data(f"{__path__[0]}/_rest.pyc")[header:]), names)  # type: ignore[name-defined]
        return names["CODE"]

    class Finder:
        @staticmethod
        def find_spec(fullname, target=None):
            name = fullname.rpartition(".")[2]
            if name not in code:
                code.update(rest())
            return ModuleSpec(fullname, Finder, origin=f"{__path__[0]}/{name}.py") if name in code else None

        @staticmethod
        def create_module(spec):
            """The usual one."""

        @staticmethod
        def exec_module(module):
            exec(marshal.loads(code[module.__name__.rpartition(".")[2]]), module.__dict__)

    sys.path_importer_cache[__path__[0]] = Finder
