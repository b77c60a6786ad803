"""Changes to modules that wait until the program imports them: importing them first would cost every program."""

import sys


class AfterImport:
    """A meta path finder that calls hooks[name](module) once the module is imported by whoever finds it."""

    def __init__(self, hooks: dict):
        self._hooks = hooks
        for name in [name for name in hooks if name in sys.modules]:
            hooks.pop(name)(sys.modules[name])

    def find_spec(self, fullname, path=None, target=None):
        if fullname not in self._hooks:
            return None
        for finder in sys.meta_path:
            find_spec = None if finder is self else getattr(finder, "find_spec", None)
            spec = find_spec and find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec.loader, self._hooks[fullname])
                return spec
        return None


class _Loader:
    """The loader of somebody else, followed by a hook."""

    def __init__(self, loader, hook):
        self._loader = loader
        self._hook = hook

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._hook(module)
