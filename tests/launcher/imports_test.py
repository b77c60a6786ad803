"""Imports from a par answer as imports from the same files in directories do."""

import json
import sys
from pathlib import Path

import pytest

from tests.launcher.programs import ENVIRONMENT, make_par, run

TREE = {
    "_main/app/__init__.py": "'''The app.'''\nfrom . import plain\n__all__ = ['plain', 'lazy']\n",
    "_main/app/plain.py": "def function():\n    # with a comment\n    return 1 / 0\n\nclass Class:\n    '''Doc.'''\n",
    "_main/app/lazy.py": "import sys\nfrom .sub import deep\nfrom ..app import plain as p\nNAME = __name__\n",
    "_main/app/sub/__init__.py": "",
    "_main/app/sub/deep.py": "VALUE = 42\n",
    "_main/app/broken.py": "def f(:\n",
    "_main/app/failing.py": "raise RuntimeError('on import')\n",
    "_main/app/both.py": "WHICH = 'module'\n",
    "_main/app/both/__init__.py": "WHICH = 'package'\n",
    "_main/app/latin.py": "# coding: latin-1\nVALUE = 'caf\u00e9'\n".encode("latin-1"),
    "_main/app/crlf.py": b"A = '''x\r\ny'''\r\n",
    "_main/app/bom.py": "\ufeffVALUE = 'bom'\n",
    "_main/app/data.txt": "data",
    "_main/app/templates/page.html": "page",
    "_main/app/templates/more/part.html": "part",
    "_main/app/__main__.py": "import sys\nprint('main of', __name__, __package__, sys.argv[1:])\n",
    "_main/app/annotated.py": "from __future__ import annotations\nimport dataclasses\n@dataclasses.dataclass\nclass D:\n    x: int = 3\n",
    "_main/sister.py": "WHO = 'sister'\n",
    "_main/ünï.py": "VALUE = 'ü'\n",
    "_main/space/one/mod.py": "WHO = 'one'\n",
    "site/space/two/mod.py": "WHO = 'two'\n",
    "site/space/file.txt": "in a namespace",
    "site/dist/__init__.py": "VALUE = 'dist'\n",
    "site/single.py": "VALUE = 'single'\n",
    "site/dist-1.5.dist-info/METADATA": "Metadata-Version: 2.1\nName: Dist\nVersion: 1.5\nRequires-Dist: other>=1\n\nText\n",
    "site/dist-1.5.dist-info/entry_points.txt": "[console_scripts]\ndist = dist:VALUE\n[plug.ins]\nfirst = single:VALUE\n",
    "site/dist-1.5.dist-info/RECORD": "dist/__init__.py,,\nsingle.py,,\ndist-1.5.dist-info/METADATA,,\n",
    "site/dist-1.5.dist-info/top_level.txt": "dist\nsingle\n",
    "site/extended/__init__.py": "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n",
    "site/extended/a.py": "A = 1\n",
    "_main/extended/__init__.py": "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n",
    "_main/extended/b.py": "B = 2\n",
}

EXPRESSIONS = {
    "package": "app.__file__, app.__path__, app.__package__, app.__doc__, app.__spec__.name, app.__spec__.submodule_search_locations",
    "module": "app.plain.__file__, app.plain.__package__, app.plain.__spec__.parent, app.plain.__spec__.origin, app.plain.__spec__.has_location",
    "cached": "os.path.basename(app.__spec__.cached), [m.__spec__.cached == importlib.util.cache_from_source(m.__file__) for m in (app, app.plain)]",
    "relative": "importlib.import_module('app.lazy').deep.VALUE, importlib.import_module('.lazy', 'app').NAME",
    "star": "exec('from app import *', {}) or 'app.lazy' in sys.modules",
    "package before module": "importlib.import_module('app.both').WHICH",
    "missing": "importlib.import_module('app.none')",
    "missing top": "importlib.import_module('none_at_all')",
    "not a package": "importlib.import_module('app.plain.x')",
    "syntax error": "importlib.import_module('app.broken')",
    "syntax error text": "[getattr(raised(importlib.import_module, 'app.broken'), n) for n in ('filename', 'lineno', 'text')]",
    "failing": "importlib.import_module('app.failing')",
    "failing is not left": "raised(importlib.import_module, 'app.failing') and 'app.failing' in sys.modules",
    "encodings": "[importlib.import_module('app.' + n).VALUE for n in ('latin', 'bom')], importlib.import_module('ünï').VALUE, importlib.import_module('app.crlf').A",
    "sources": "[inspect.getsource(importlib.import_module('app.' + n)) for n in ('latin', 'crlf')], app.__loader__.get_source('app.bom')",
    "dataclass": "importlib.import_module('app.annotated').D()",
    "future flags": "compile('x: int', '', 'exec').co_flags, importlib.import_module('app.annotated').D.__annotations__",
    "reload": "importlib.reload(app.plain) is app.plain, app.plain.__file__",
    "getsource": "inspect.getsource(app.plain.function), inspect.getsource(app.plain.Class), inspect.getsourcelines(app.plain.function)[1]",
    "getsourcefile": "inspect.getsourcefile(app.plain), inspect.getfile(app.plain.Class), inspect.getcomments(app.plain)",
    "getmodule": "inspect.getmodule(app.plain.function).__name__, inspect.getmodulename(app.plain.__file__)",
    "co_filename": "app.plain.function.__code__.co_filename",
    "traceback": "text_of(app.plain.function)",
    "warning shows its line": "warned()",
    "linecache": "linecache.getline(app.plain.__file__, 2)",
    "doctest": "doctest.DocTestFinder().find(app.plain)[0].filename",
    "pydoc": "pydoc.render_doc(app.plain, renderer=pydoc.plaintext)",
    "iter_modules": "sorted((m.name, m.ispkg) for m in pkgutil.iter_modules(app.__path__))",
    "iter_modules prefix": "sorted(m.name for m in pkgutil.iter_modules(app.__path__, 'app.'))",
    "iter_modules all": "sorted(m.name for m in pkgutil.iter_modules() if 'ROOT' in root_of(str(getattr(m.module_finder, 'path', ''))))",
    "walk_packages": "sorted(m.name for m in pkgutil.walk_packages(app.__path__, 'app.', onerror=print))",
    "find and load": "[m.module_finder.find_spec('app.sub').loader.is_package('app.sub') for m in pkgutil.iter_modules(app.__path__, 'app.') if m.name == 'app.sub']",
    "get_importer": "isinstance(pkgutil.get_importer(app.__path__[0]), importlib.machinery.FileFinder)",
    "extend_path": "importlib.import_module('extended.a').A, importlib.import_module('extended.b').B, sys.modules['extended'].__path__",
    "find_spec": "importlib.util.find_spec('app.plain').origin, importlib.util.find_spec('none_at_all'), importlib.util.find_spec('sister').name",
    "find_spec namespace": "list(importlib.util.find_spec('space').submodule_search_locations), importlib.util.find_spec('space').origin",
    "namespace": "importlib.import_module('space.one.mod').WHO, importlib.import_module('space.two.mod').WHO",
    "namespace path": "list(importlib.import_module('space').__path__), getattr(sys.modules['space'], '__file__', None)",
    "namespace grows": "grow_namespace()",
    "namespace empty directory name": "importlib.import_module('app.templates').__spec__.loader.__class__.__name__",
    "PathFinder": "importlib.machinery.PathFinder.find_spec('plain', app.__path__).origin",
    "FileFinder type": "isinstance(sys.path_importer_cache[app.__path__[0]], importlib.machinery.FileFinder)",
    "loader types": "isinstance(app.__loader__, importlib.machinery.SourceFileLoader), isinstance(app.__loader__, importlib.abc.InspectLoader)",
    "loader": "app.__loader__.get_filename('app'), app.__loader__.is_package('app'), app.__loader__.name, app.__loader__.path",
    "loader wrong name": "app.__loader__.get_source('other')",
    "get_code": "app.plain.__loader__.get_code('app.plain').co_filename",
    "get_data": "app.__loader__.get_data(os.path.join(os.path.dirname(app.__file__), 'data.txt'))",
    "get_data missing": "app.__loader__.get_data(os.path.join(os.path.dirname(app.__file__), 'none.txt'))",
    "pkgutil.get_data": "pkgutil.get_data('app', 'templates/page.html')",
    "resolve_name": "pkgutil.resolve_name('app.sub.deep:VALUE')",
    "spec_from_file_location": "load_file(os.path.join(os.path.dirname(app.__file__), 'sub', 'deep.py'))",
    "spec_from_file_location package": "load_package(os.path.dirname(app.sub.__file__))",
    "SourceFileLoader": "importlib.machinery.SourceFileLoader('loaded', app.plain.__file__).get_source('loaded')[:12]",
    "LazyLoader": "lazily('sister').WHO",
    "run_module": "runpy.run_module('app.sub.deep')['VALUE'], runpy.run_module('app.sub.deep')['__name__'], runpy.run_module('app.plain', run_name='other')['__file__']",
    "run_module package": "captured(runpy.run_module, 'app', run_name='__main__', alter_sys=True)",
    "run_path": "runpy.run_path(app.sub.__file__.replace('__init__', 'deep'))['VALUE']",
    "run_path directory": "captured(runpy.run_path, os.path.dirname(app.__file__))",
    "resources text": "importlib.resources.files('app').joinpath('data.txt').read_text()",
    "resources iterdir": "sorted(each.name for each in importlib.resources.files('app').joinpath('templates').iterdir())",
    "resources deep": "(importlib.resources.files('app') / 'templates' / 'more' / 'part.html').read_bytes()",
    "resources type": "type(importlib.resources.files('app')).__name__",
    "resources module": "importlib.resources.files(app).joinpath('none').is_file()",
    "resources as_file": "as_file('app', 'data.txt')",
    "resources namespace": "importlib.resources.files('space').joinpath('file.txt').read_text()",
    "resources namespace directory": "importlib.resources.files('app.templates').joinpath('page.html').read_text()",
    "resources open_text": "importlib.resources.open_text('app', 'data.txt').read() if sys.version_info[:2] not in ((3, 11), (3, 12)) else ''",
    "resource reader": "sorted(set(app.__loader__.get_resource_reader('app').contents()) - {'__pycache__'})",
    "version": "importlib.metadata.version('dist'), importlib.metadata.version('DIST')",
    "metadata": "importlib.metadata.metadata('dist')['Name'], importlib.metadata.requires('dist')",
    "no distribution": "importlib.metadata.version('absent')",
    "entry points": "[e.load() for e in entry_points('plug.ins')], [e.dist.name for e in entry_points('plug.ins')] if sys.version_info >= (3, 10) else ''",
    "distribution files": "[(str(f), f.locate().exists()) for f in importlib.metadata.files('dist')]",
    "distribution read": "importlib.metadata.distribution('dist').read_text('top_level.txt'), importlib.metadata.distribution('dist').locate_file('x')",
    "packages_distributions": "importlib.metadata.packages_distributions().get('single') if sys.version_info >= (3, 10) else ''",
    "distributions": "[d.metadata['Name'] for d in importlib.metadata.distributions() if d.metadata['Name'] == 'Dist']",
    "unittest discovery": "sorted(str(t) for t in flat(unittest.defaultTestLoader.discover('app', pattern='pla*.py')))",
    "compileall leaves alone": "compileall.compile_dir(os.path.dirname(app.sub.__file__), quiet=2) in (True, False)",
    "modulefinder": "importlib.util.source_from_cache(importlib.util.cache_from_source(app.plain.__file__))",
    "pickle": "pickle.loads(pickle.dumps(app.plain.Class)) is app.plain.Class",
    "sys.path is strings": "all(isinstance(each, str) for each in sys.path), len(sys.path) == len(set(sys.path))",
    "invalidate": "importlib.invalidate_caches() or importlib.import_module('sister').WHO",
    "gettext": "gettext.translation('none', os.path.dirname(app.__file__), fallback=True).gettext('x')",
    "symtable of code": "[c.co_name for c in app.plain.__loader__.get_code('app.plain').co_consts if hasattr(c, 'co_name')]",
}

MAIN = '''
import compileall, contextlib, doctest, gettext, importlib, importlib.abc, importlib.machinery, importlib.metadata, importlib.resources
import importlib.util, inspect, io, json, linecache, os, pickle, pkgutil, pydoc, runpy, sys, traceback, unittest, warnings
import app

def root_of(text):
    top = os.path.dirname(os.path.dirname(__file__))
    return text.replace(top, "ROOT").replace("ParFinder", "FileFinder").replace("ParSourceLoader", "SourceFileLoader")

def raised(function, *args):
    try:
        function(*args)
    except Exception as error:
        return error

def text_of(function):
    try:
        function()
    except Exception:
        return traceback.format_exc()

def warned():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        warnings.warn_explicit("text", UserWarning, app.plain.__file__, 2)
    return warnings.formatwarning(seen[0].message, UserWarning, seen[0].filename, seen[0].lineno)

def captured(function, *args, **kwargs):
    with contextlib.redirect_stdout(io.StringIO()) as output:
        function(*args, **kwargs)
    return output.getvalue()

def load_file(path):
    spec = importlib.util.spec_from_file_location("loaded", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.VALUE, module.__file__, inspect.getsource(module)

def load_package(path):
    spec = importlib.util.spec_from_file_location("other", path + "/__init__.py", submodule_search_locations=[path])
    sys.modules["other"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["other"])
    return importlib.import_module("other.deep").VALUE

def lazily(name):
    sys.modules.pop(name, None)
    spec = importlib.util.find_spec(name)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

def grow_namespace():
    import space
    sys.path.append(sys.argv[2])
    importlib.invalidate_caches()
    try:
        return importlib.import_module("space.three.mod").WHO, [each for each in space.__path__ if sys.argv[2] in each]
    finally:
        sys.path.remove(sys.argv[2])

def as_file(package, name):
    with importlib.resources.as_file(importlib.resources.files(package) / name) as path:
        return str(path), path.read_text()

def entry_points(group):
    found = importlib.metadata.entry_points()
    return list(found.select(group=group) if hasattr(found, "select") else found[group])

def flat(suite):
    return [test for part in suite for test in (flat(part) if isinstance(part, unittest.TestSuite) else [part])]

answers = {}
for name, expression in json.loads(sys.argv[1]).items():
    try:
        answers[name] = root_of(repr(eval(expression)))
    except Exception as error:
        answers[name] = root_of(repr((type(error).__name__, str(error))))
print(json.dumps(answers))
'''


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> "tuple[dict[str, str], dict[str, str]]":
    """In the par, and in the directories that it was made from."""
    directory = tmp_path_factory.mktemp("imports")
    app = make_par(directory / "app.par", {"_main/main.py": MAIN, **TREE}, imports=["site"])
    (disk,) = directory.glob("*-sources")
    third = directory / "host" / "space" / "three"
    third.mkdir(parents=True)
    (third / "mod.py").write_text("WHO = 'three'\n")
    arguments = [json.dumps(EXPRESSIONS), directory / "host"]
    inside = run([app, *arguments])
    outside = run([sys.executable, disk / "_main/main.py", *arguments], env={**ENVIRONMENT, "PYTHONPATH": str(disk / "site"), "PYTHONDONTWRITEBYTECODE": "1"})
    return json.loads(inside.stdout), json.loads(outside.stdout)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_answers_as_on_disk(answers: "tuple[dict[str, str], dict[str, str]]", name: str) -> None:
    inside, outside = answers
    assert inside[name] == outside[name]
