"""exit, quit, help, copyright: what the module site adds to the builtins, where Python has not imported that. They are for people at a
prompt, and importing site for them would cost every program.
"""

import builtins


def add() -> None:
    """They become the real ones when they are used."""
    for name in ("quit", "exit", "copyright", "credits", "license", "help"):
        setattr(builtins, name, _OfSite(name))


class _OfSite:
    """Stands for an object that site puts into builtins."""

    def __init__(self, name: str):
        self._name = name

    def _real(self):
        import site

        site.setquit()
        site.setcopyright()
        site.sethelper()
        return getattr(builtins, self._name)

    def __call__(self, *args, **kwargs):
        return self._real()(*args, **kwargs)

    def __repr__(self) -> str:
        return repr(self._real())

    def __getattr__(self, name):
        return getattr(self._real(), name)
