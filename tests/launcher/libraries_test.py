"""Habits of real libraries with __file__, __path__ and loaders, reduced to what they do."""

from pathlib import Path

import pytest

from tests.launcher.programs import make_par, run

FILES = {
    "_main/app/__init__.py": "",
    "_main/app/conf/logging.ini": "[loggers]\nkeys=root\n[handlers]\nkeys=h\n[formatters]\nkeys=\n[logger_root]\nlevel=INFO\nhandlers=h\n[handler_h]\nclass=StreamHandler\nargs=(sys.stdout,)\n",
    "_main/app/templates/page.html": "Hello {name}",
    "_main/app/plugins/__init__.py": "",
    "_main/app/plugins/one.py": "NAME = 'one'\n",
    "_main/app/plugins/two.py": "NAME = 'two'\n",
    "_main/app/tests/test_sample.py": "import unittest\nclass T(unittest.TestCase):\n    def test(self):\n        pass\n",
    "_main/app/locale/de/LC_MESSAGES/app.po": "",
    "_main/app/schema.sql": "create table t (x);",
    "_main/app/data.json": '{"a": 1}',
    "_main/app/archive.zip": b"PK\x05\x06" + bytes(18),
    "_main/app/migrations/0001_first.py": "revision = 1\n",
    "_main/app/manage.py": "import sys\nprint(__name__, sys.argv[1:])\n",
}

HABITS = {
    "plugins by os.listdir": "[importlib.import_module('app.plugins.' + n[:-3]).NAME for n in sorted(os.listdir(os.path.join(HERE, 'plugins'))) if n.endswith('.py') and n[0] != '_'] == ['one', 'two']",
    "plugins by glob": "sorted(os.path.basename(p) for p in glob.glob(os.path.join(HERE, 'plugins', '[!_]*.py'))) == ['one.py', 'two.py']",
    "plugins by pkgutil": "[m.name for m in pkgutil.iter_modules(importlib.import_module('app.plugins').__path__)] == ['one', 'two']",
    "plugins by find_module and load": "[m.module_finder.find_spec(m.name).loader.load_module(m.name).NAME for m in pkgutil.iter_modules(importlib.import_module('app.plugins').__path__)] == ['one', 'two'] if sys.version_info < (3, 12) else True",
    "plugins on sys.path": "sys.path.append(HERE + '/plugins') or importlib.import_module('two').NAME == 'two'",
    "alembic's migrations by path": "load(HERE + '/migrations/0001_first.py').revision == 1",
    "exec of a file": "runpy.run_path(HERE + '/plugins/one.py')['NAME'] == 'one'",
    "logging.config": "logging.config.fileConfig(HERE + '/conf/logging.ini') or logging.getLogger().level == 20",
    "logging findCaller": "caller() == ('main.py', 'caller')",
    "configparser": "configparser.ConfigParser().read(HERE + '/conf/logging.ini') == [HERE + '/conf/logging.ini']",
    "jinja2 FileSystemLoader": "open(os.path.join(HERE, 'templates', 'page.html'), encoding='utf-8').read() == 'Hello {name}' and os.path.getmtime(os.path.join(HERE, 'templates', 'page.html')) > 0",
    "jinja2 PackageLoader": "package_loader() == 'Hello {name}'",
    "flask root_path": "os.path.dirname(os.path.abspath(sys.modules['app'].__file__)) == HERE",
    "pkgutil.get_data": "pkgutil.get_data('app', 'schema.sql').startswith(b'create')",
    "sqlite script": "sqlite3.connect(':memory:').executescript(pathlib.Path(HERE, 'schema.sql').read_text()) is not None",
    "json": "json.load(open(HERE + '/data.json')) == {'a': 1}",
    "zip in the par": "zipfile.is_zipfile(HERE + '/archive.zip') and zipfile.ZipFile(HERE + '/archive.zip').namelist() == []",
    "the par as a zip": "'_main/app/data.json' in zipfile.ZipFile(PAR).namelist() and zipfile.ZipFile(PAR).testzip() is None",
    "gettext": "gettext.find('app', HERE + '/locale', ['de']) is None and os.path.isfile(HERE + '/locale/de/LC_MESSAGES/app.po')",
    "unittest": "unittest.defaultTestLoader.discover(HERE + '/tests').countTestCases() == 1",
    "runpy of a script": "runpy.run_path(HERE + '/manage.py', run_name='x')['__name__'] == 'x'",
    "mimetypes": "mimetypes.guess_type(HERE + '/data.json')[0] == 'application/json'",
    "http.server": "served(HERE, '/data.json') == b'{\"a\": 1}'",
    "http.server of a directory": "b'templates/' in served(HERE, '/')",
    "tempfile copy": "copied() == 'Hello {name}'",
    "pyclbr": "'T' in pyclbr.readmodule('test_sample', [HERE + '/tests'])",
    "inspect.getsource of a class": "'NAME' in inspect.getsource(importlib.import_module('app.plugins.one'))",
    "traceback.extract_stack": "traceback.extract_stack()[-1].line is not None",
    "importlib.abc.Traversable": "(importlib.resources.files('app') / 'templates').joinpath('page.html').is_file()",
    "certifi": "as_path() == 'Hello {name}'",
    "ssl cafile": "ssl_text()",
    "email of a file": "email.message_from_binary_file(open(HERE + '/schema.sql', 'rb')) is not None",
    "csv": "list(csv.reader(open(HERE + '/schema.sql', newline=''))) != []",
    "shelve refuses to write": "refuses(lambda: open(HERE + '/new', 'w'))",
    "mkdir beside": "refuses(lambda: os.mkdir(HERE + '/cache'))",
    "makedirs that exist": "os.makedirs(HERE + '/conf', exist_ok=True) or pathlib.Path(HERE, 'conf').mkdir(parents=True, exist_ok=True) is None",
    "unlink": "refuses(lambda: os.unlink(HERE + '/data.json'))",
    "touch": "refuses(lambda: pathlib.Path(HERE, 'data.json').touch())",
    "rename": "refuses(lambda: os.rename(HERE + '/data.json', '/tmp/x'))",
    "named temporary file beside": "refuses(lambda: __import__('tempfile').NamedTemporaryFile(dir=HERE))",
    "find upwards": "upwards('pyproject.toml') is None and upwards('data.json') == HERE",
    "commonpath": "os.path.commonpath([HERE, PAR]) == PAR",
    "is zip safe": "not hasattr(sys.modules['app'].__loader__, 'archive')",
    "module size": "sys.modules['app'].__spec__.loader.path_stats(sys.modules['app'].__file__)['size'] == 0",
    "subprocess by path of a script": "subprocess.run([REAL_PYTHON, '-c', 'import sys; sys.exit(3)']).returncode == 3",
    "fcntl of an open file": "fcntl.fcntl(open(HERE + '/data.json', 'rb'), fcntl.F_GETFD) == fcntl.FD_CLOEXEC",
    "numpy.fromfile's dup": "[os.fdopen(os.dup(f.fileno()), 'rb').read() for f in [open(HERE + '/data.json', 'rb')]] == [b'{\"a\": 1}']",
    "/dev/fd of an open file": "[open(f'/dev/fd/{f.fileno()}').read() for f in [open(HERE + '/data.json')]] == ['{\"a\": 1}']",
    "thread pool": "concurrent.futures.ThreadPoolExecutor(4).submit(pathlib.Path(HERE, 'data.json').read_text).result() == '{\"a\": 1}'",
    "multiprocessing fork": "multiprocessing.get_context('fork').Pool(2).map(read, [HERE + '/data.json'] * 4) == ['{\"a\": 1}'] * 4",
}

MAIN = """
import concurrent.futures, configparser, csv, email, fcntl, gettext, glob, http.client, http.server, importlib
import importlib.resources, importlib.util, inspect, json, logging, logging.config, mimetypes, multiprocessing, os, pathlib
import pkgutil, pyclbr, runpy, shutil, sqlite3, subprocess, sys, tempfile, threading, traceback, unittest, zipfile
import app

HERE, PAR, REAL_PYTHON = os.path.dirname(app.__file__), sys.argv[0], os.path.realpath("/proc/self/exe")

def load(path):
    spec = importlib.util.spec_from_file_location("loaded", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

def caller():
    record = []
    handler = logging.Handler()
    handler.emit = record.append
    logger = logging.getLogger("caller")
    logger.addHandler(handler)
    logger.warning("x")
    return record[0].filename, record[0].funcName

def package_loader():
    spec = importlib.util.find_spec("app")
    root = os.path.join(next(iter(spec.submodule_search_locations)), "templates")
    assert os.path.isdir(root)
    return open(os.path.join(root, "page.html")).read()

def served(directory, path):
    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=directory)
        def log_message(self, *args):
            pass
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        connection = http.client.HTTPConnection(*server.server_address)
        connection.request("GET", path)
        body = connection.getresponse().read()
        server.shutdown()
    return body

def copied():
    with tempfile.TemporaryDirectory() as directory:
        shutil.copytree(HERE, directory + "/copy")
        with open(directory + "/copy/templates/page.html", "r+") as file:
            return file.read()

def as_path():
    with importlib.resources.as_file(importlib.resources.files("app") / "templates/page.html") as path:
        assert str(path).startswith(PAR), path
        return path.read_text()

def ssl_text():
    import ssl
    try:
        ssl.create_default_context(cadata=open(HERE + "/data.json").read())
    except (ssl.SSLError, ValueError):
        return True

def refuses(action):
    try:
        action()
    except OSError as error:
        return True

def upwards(name):
    directory = HERE
    while directory != os.path.dirname(directory):
        if os.path.exists(os.path.join(directory, name)):
            return directory
        directory = os.path.dirname(directory)

def read(path):
    return open(path).read()

if __name__ == "__main__":
    assert eval(sys.argv[1]), sys.argv[1]
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_par(tmp_path_factory.mktemp("libraries") / "app.par", {"_main/main.py": MAIN, **FILES})


@pytest.mark.parametrize("name", HABITS)
def test_habit(app: Path, name: str) -> None:
    run([app, HABITS[name]])
