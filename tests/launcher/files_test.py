"""Below a par, Python's file functions answer as they do below a directory that has the same files."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from tests.launcher.programs import make_par, run

TREE = {
    "_main/pkg/__init__.py": "",
    "_main/pkg/text.txt": "first\r\nsecond\nthird",
    "_main/pkg/empty": b"",
    "_main/pkg/binary": bytes(range(256)) * 300,
    "_main/pkg/script": "#!/bin/sh\nexit 3\n",
    "_main/pkg/sub/deep/leaf.txt": "leaf",
    "_main/pkg/sub/other.txt": "other",
    "_main/pkg/sub/ünï cödé.txt": "name",
    "_main/pkg/sub/.hidden": "hidden",
}

# Each expression is evaluated with `root` as a directory of the par, and as the same directory on disk.
EXPRESSIONS = {
    "open text": "open(f'{root}/text.txt').read()",
    "open keeps newlines": "open(f'{root}/text.txt', newline='').read()",
    "open binary": "hash(open(f'{root}/binary', 'rb').read())",
    "open unbuffered": "open(f'{root}/text.txt', 'rb', 0).read(3)",
    "open unbuffered type": "type(open(f'{root}/text.txt', 'rb', 0)).__name__",
    "open buffered type": "type(open(f'{root}/text.txt', 'rb')).__name__",
    "open name": "open(f'{root}/text.txt').name",
    "open bytes name": "open(os.fsencode(root) + b'/text.txt').name",
    "open path object name": "open(pathlib.Path(root, 'text.txt')).name",
    "open mode": "[open(f'{root}/text.txt', mode).mode for mode in ('r', 'rb', 'rt')]",
    "open encoding": "open(f'{root}/text.txt', encoding='latin-1').encoding",
    "open ascii error": "open(f'{root}/binary', encoding='ascii').read()",
    "open missing": "open(f'{root}/none')",
    "open missing directory": "open(f'{root}/none/none')",
    "open below a file": "open(f'{root}/text.txt/none')",
    "open with slash": "open(f'{root}/text.txt/')",
    "open directory": "open(f'{root}/sub')",
    "open bad mode": "open(f'{root}/text.txt', 'q')",
    "open binary with encoding": "open(f'{root}/text.txt', 'rb', encoding='utf-8')",
    "open with closefd": "open(f'{root}/text.txt', closefd=False)",
    "open with opener": "open(f'{root}/text.txt', opener=lambda p, f: os.open(p, f)).read()",
    "open with dir_fd opener": "open('text.txt', opener=lambda p, f: os.open(f'{root}/{p}', f)).read()",
    "open keyword": "open(file=f'{root}/text.txt', mode='r').read()",
    "open null": "open(f'{root}/te\\0xt')",
    "open seek": "(lambda f: (f.seek(-3, 2), f.read()))(open(f'{root}/binary', 'rb'))",
    "open mmap": "len(mmap.mmap(open(f'{root}/binary', 'rb').fileno(), 0, access=mmap.ACCESS_READ))",
    "open access mode": "fcntl.fcntl(open(f'{root}/binary', 'rb'), fcntl.F_GETFL) & os.O_ACCMODE",
    "write to what was opened to be read": "os.write(os.open(f'{root}/binary', os.O_RDONLY), b'x')",
    "fstat size": "os.fstat(open(f'{root}/binary', 'rb').fileno()).st_size",
    "cloexec": "os.get_inheritable(open(f'{root}/binary', 'rb').fileno())",
    "io.open_code": "io.open_code(f'{root}/text.txt').read(3)",
    "FileIO": "io.FileIO(f'{root}/text.txt').read(3)",
    "FileIO arguments": "io.FileIO(f'{root}/text.txt', 'rb', True, None).read(3), io.FileIO(file=pathlib.Path(root, 'text.txt'), mode='r').name",
    "FileIO opener": "io.FileIO(f'{root}/text.txt', opener=lambda p, f: os.open(p, f)).read(3)",
    "FileIO missing": "io.FileIO(f'{root}/none')",
    "FileIO below a file": "io.FileIO(f'{root}/text.txt/none')",
    "FileIO directory": "io.FileIO(f'{root}/sub')",
    "FileIO bad mode": "io.FileIO(f'{root}/text.txt', 'q')",
    "FileIO repr": "repr(io.FileIO(f'{root}/text.txt')).replace('_io.', '')[:7]",
    "FileIO outside": "io.FileIO(out, 'w').write(b'xy'), io.FileIO(out).read(), io.FileIO(os.open(out, os.O_RDONLY)).read()",
    "FileIO is what open gives": "[isinstance(x, io.FileIO) for x in (open(out, 'xb', 0), open(f'{root}/binary', 'rb').raw, io.BytesIO())]",
    "FileIO among the types": "issubclass(io.FileIO, io.RawIOBase), issubclass(type(open('/dev/null', 'rb', 0)), io.FileIO), issubclass(io.BytesIO, io.FileIO)",
    "FileIO subclass": "(lambda t: (t(f'{root}/text.txt').read(2), isinstance(open('/dev/null', 'rb', 0), t), isinstance(t('/dev/null'), t)))(type('F', (io.FileIO,), {}))",
    "codecs.open": "codecs.open(f'{root}/text.txt', encoding='utf-8').read()",
    "tokenize.open": "tokenize.open(f'{root}/text.txt').read()",
    "fileinput": "list(fileinput.input([f'{root}/text.txt']))",
    "linecache": "linecache.getlines(f'{root}/text.txt')",
    "os.open": "os.read(os.open(f'{root}/text.txt', os.O_RDONLY), 5)",
    "os.open flags": "os.read(os.open(f'{root}/text.txt', os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK), 5)",
    "os.open file as directory": "os.open(f'{root}/text.txt', os.O_DIRECTORY)",
    "os.stat": "stat_of(os.stat(f'{root}/text.txt'))",
    "os.stat directory": "stat_of(os.stat(f'{root}/sub'))",
    "os.stat slash": "stat_of(os.stat(f'{root}/sub/'))",
    "os.stat file slash": "os.stat(f'{root}/text.txt/')",
    "os.stat script": "stat_of(os.stat(f'{root}/script'))",
    "os.stat bytes": "stat_of(os.stat(os.fsencode(root) + b'/text.txt'))",
    "os.stat path": "stat_of(os.stat(pathlib.Path(root)))",
    "os.stat missing": "os.stat(f'{root}/none')",
    "os.stat bytes missing": "os.stat(os.fsencode(root) + b'/none')",
    "os.stat path missing": "os.stat(pathlib.Path(root, 'none'))",
    "os.stat below a file": "os.stat(f'{root}/text.txt/none')",
    "os.stat keyword": "stat_of(os.stat(path=f'{root}/text.txt'))",
    "os.stat nofollow": "stat_of(os.stat(f'{root}/text.txt', follow_symlinks=False))",
    "os.stat bad type": "os.stat(3.5)",
    "os.stat no argument": "os.stat()",
    "os.lstat": "stat_of(os.lstat(f'{root}/binary'))",
    "blocks": "(lambda s: (s.st_blksize, s.st_rdev, s.st_blocks * 512 >= s.st_size))(os.stat(f'{root}/binary'))",
    "times": "(lambda s: (abs(s.st_mtime_ns / 1e9 - s.st_mtime) < 1e-3, s[8] == int(s.st_mtime)))(os.stat(f'{root}/binary'))",
    "listdir": "sorted(os.listdir(f'{root}'))",
    "listdir slash": "sorted(os.listdir(f'{root}/sub/'))",
    "listdir bytes": "sorted(os.listdir(os.fsencode(root) + b'/sub'))",
    "listdir path": "sorted(os.listdir(pathlib.Path(root, 'sub')))",
    "listdir file": "os.listdir(f'{root}/text.txt')",
    "listdir missing": "os.listdir(f'{root}/none')",
    "listdir keyword": "sorted(os.listdir(path=root))",
    "scandir": "sorted((e.name, e.path, e.is_dir(), e.is_file(), e.is_symlink(), e.stat().st_size if e.is_file() else 0) for e in os.scandir(root))",
    "scandir bytes": "sorted((e.name, e.path) for e in os.scandir(os.fsencode(root)))",
    "scandir path": "sorted(e.path for e in os.scandir(pathlib.Path(root)))",
    "scandir slash": "sorted(e.path for e in os.scandir(root + '/'))",
    "scandir with": "[type(e).__name__ for e in [next(os.scandir(root))]] and repr(min(os.scandir(root), key=lambda e: e.name))",
    "scandir file": "os.scandir(f'{root}/text.txt')",
    "scandir fspath": "sorted(os.fspath(e) for e in os.scandir(root))",
    "scandir inode": "all(e.inode() == os.stat(e).st_ino for e in os.scandir(root))",
    "scandir default": "chdir(out and '/etc') or type(next(os.scandir())).__name__, len(os.listdir()) > 1",
    "readlink": "os.readlink(f'{root}/text.txt')",
    "listxattr": "os.listxattr(f'{root}/text.txt')",
    "getxattr": "os.getxattr(f'{root}/text.txt', 'user.none')",
    "pickle functions": "[pickle.loads(pickle.dumps(f)) is f for f in (open, os.open, os.stat, os.scandir, io.open_code)]",
    "copy functions": "copy.deepcopy(open) is open, copy.copy(os.stat) is os.stat",
    "class attribute": "type('C', (), {'o': open, 's': os.stat})().o(f'{root}/text.txt').read(2)",
    "repr": "repr(open), open.__name__, os.stat.__name__, callable(open)",
    "signature": "str(inspect.signature(open)), str(inspect.signature(os.stat))",
    "supports": "[f in os.supports_dir_fd for f in (os.open, os.stat)], os.scandir in os.supports_fd, os.access in os.supports_effective_ids",
    "rmtree": "os.makedirs(f'{out}/a/b') or shutil.rmtree(out) or os.path.exists(out), shutil.rmtree.avoids_symlink_attacks",
    "walk": "sorted((b, sorted(d), sorted(f)) for b, d, f in os.walk(root))",
    "walk bottom up": "sorted((b, sorted(d), sorted(f)) for b, d, f in os.walk(root, topdown=False))",
    "walk a file": "list(os.walk(f'{root}/text.txt'))",
    "access": "[os.access(f'{root}/{n}', m) for n in ('text.txt', 'sub', 'none', 'script', 'text.txt/x') for m in (os.F_OK, os.R_OK, os.X_OK, os.R_OK | os.X_OK)]",
    "exists": "[f(f'{root}/{n}') for n in ('text.txt', 'sub', 'none', '', 'sub/..', 'sub/../text.txt', 'text.txt/') for f in (os.path.exists, os.path.isfile, os.path.isdir, os.path.lexists, os.path.islink)]",
    "getsize": "os.path.getsize(f'{root}/binary')",
    "realpath": "os.path.realpath(f'{root}/sub/../text.txt')",
    "realpath of anything": "[os.path.realpath(f'{root}/{n}') for n in ('text.txt', 'sub', 'none', 'sub/none/x', 'text.txt/x', 'sub/', '', '.', 'sub//x', 'sub/./x', 'sub/.x')]",
    "realpath bytes, path": "os.path.realpath(os.fsencode(f'{root}/sub')), os.path.realpath(pathlib.Path(root, 'sub')), str(pathlib.Path(root, 'none').resolve())",
    "realpath strict": "os.path.realpath(f'{root}/sub/../text.txt', strict=True) if sys.version_info >= (3, 10) else ''",
    "samefile": "os.path.samefile(f'{root}/text.txt', f'{root}/sub/../text.txt'), os.path.samefile(f'{root}/text.txt', f'{root}/binary')",
    "ismount": "os.path.ismount(f'{root}/sub')",
    "glob": "sorted(glob.glob(f'{root}/*.txt'))",
    "glob recursive": "sorted(glob.glob(f'{root}/**/*', recursive=True))",
    "glob bytes": "sorted(glob.glob(os.fsencode(root) + b'/*'))",
    "glob exact": "glob.glob(f'{root}/text.txt') + glob.glob(f'{root}/none')",
    "glob root_dir": "sorted(glob.glob('**/*.txt', root_dir=root, recursive=True)) if sys.version_info >= (3, 10) else []",
    "Path.read_text": "pathlib.Path(root, 'text.txt').read_text()",
    "Path.read_bytes": "pathlib.Path(root, 'text.txt').read_bytes()",
    "Path.open": "pathlib.Path(root, 'text.txt').open('rb').read(2)",
    "Path.exists": "[(p.exists(), p.is_file(), p.is_dir(), p.is_symlink()) for p in map(pathlib.Path(root).joinpath, ('text.txt', 'sub', 'none', 'text.txt/none'))]",
    "Path.iterdir": "sorted(map(str, pathlib.Path(root).iterdir()))",
    "Path.iterdir file": "list(pathlib.Path(root, 'text.txt').iterdir())",
    "Path.glob": "sorted(map(str, pathlib.Path(root).glob('*.txt')))",
    "Path.rglob": "sorted(map(str, pathlib.Path(root).rglob('*')))",
    "Path.glob deep": "sorted(map(str, pathlib.Path(root).glob('**/leaf.*')))",
    "Path.glob no wildcard": "sorted(map(str, pathlib.Path(root).glob('sub/other.txt')))",
    "Path.walk": "sorted((str(b), sorted(d), sorted(f)) for b, d, f in pathlib.Path(root).walk()) if sys.version_info >= (3, 12) else []",
    "Path.resolve": "str(pathlib.Path(root, 'sub', '..', 'text.txt').resolve())",
    "Path.resolve strict": "str(pathlib.Path(root, 'text.txt').resolve(strict=True))",
    "Path.resolve strict missing": "str(pathlib.Path(root, 'none').resolve(strict=True))",
    "Path.stat": "stat_of(pathlib.Path(root, 'text.txt').stat())",
    "Path.owner": "pathlib.Path(root, 'text.txt').owner()",
    "Path.samefile": "pathlib.Path(root, 'text.txt').samefile(f'{root}/text.txt')",
    "Path.copy": "pathlib.Path(root, 'text.txt').copy(out).read_bytes() if sys.version_info >= (3, 14) else b''",
    "copyfile": "shutil.copyfile(f'{root}/binary', out) and hash(open(out, 'rb').read())",
    "copy": "stat_of(os.stat(shutil.copy(f'{root}/script', out)))",
    "copy2": "stat_of(os.stat(shutil.copy2(f'{root}/script', out)))",
    "copytree": "tree_of(shutil.copytree(f'{root}', out))",
    "copytree with copyfile": "tree_of(shutil.copytree(f'{root}', out, copy_function=shutil.copyfile))",
    "copyfileobj": "shutil.copyfileobj(open(f'{root}/text.txt', 'rb'), open(out, 'wb'))",
    "make_archive": "sorted(zipfile.ZipFile(shutil.make_archive(out, 'zip', root)).namelist())",
    "tarfile": "tarfile.open(out, 'w').add(f'{root}/text.txt', 'x')",
    "zipfile": "zipfile.ZipFile(out, 'w').write(f'{root}/text.txt', 'x')",
    "filecmp": "filecmp.cmp(f'{root}/text.txt', f'{root}/text.txt', shallow=False), filecmp.dircmp(root, root).common",
    "configparser": "configparser.ConfigParser(allow_no_value=True).read([f'{root}/none', f'{root}/empty'])",
    "sendfile": "os.sendfile(os.open(out, os.O_CREAT | os.O_WRONLY), open(f'{root}/binary', 'rb').fileno(), 0, 1000)",
    "two handles": "(lambda a, b: (a.read(5), b.read(2)))(open(f'{root}/binary', 'rb'), open(f'{root}/binary', 'rb'))",
    "dup fd": "os.read(os.dup(open(f'{root}/binary', 'rb').fileno()), 4)",
    "pickle stat": "pickle.loads(pickle.dumps(os.stat(f'{root}/text.txt'))) == os.stat(f'{root}/text.txt')",
    "relative": "chdir(os.path.dirname(os.path.dirname(os.path.dirname(root)))) or open(os.path.relpath(f'{root}/text.txt')).read()",
    "relative stat": "stat_of(os.stat(os.path.relpath(f'{root}/text.txt')))",
    "dots": "open(f'{root}/./sub/../text.txt').read(), open(f'{root}//text.txt').read()",
    "parent of root": "os.path.isdir(f'{root}/..'), os.path.isdir(f'{root}/../..')",
}

MAIN = """
import codecs, configparser, copy, fcntl, filecmp, fileinput, glob, inspect, io, json, linecache, mmap, os, pathlib, pickle, shutil, stat
import sys, tarfile, tempfile, tokenize, zipfile
from os import chdir

def stat_of(status):
    return oct(status.st_mode), status.st_size if stat.S_ISREG(status.st_mode) else 0

def tree_of(top):
    return sorted((os.path.relpath(b, top), sorted(d), sorted(f)) for b, d, f in os.walk(top))

def hash(data):
    import hashlib
    return hashlib.sha256(data).hexdigest()

def plain(value, root, out):
    text = repr(value).replace(root, "ROOT").replace(os.path.relpath(root), "ROOT")
    return text.replace(out, "OUT")

root, scratch = os.path.dirname(__file__) + "/pkg", sys.argv[2]
answers = {}
for name, expression in json.loads(sys.argv[1]).items():
    chdir("/")
    out = tempfile.mktemp(dir=scratch)
    try:
        answers[name] = plain(eval(expression, dict(globals(), out=out)), root, out)
    except Exception as error:
        names = [getattr(error, each, None) for each in ("errno", "filename", "filename2")]
        answers[name] = plain((type(error).__name__, names, "" if isinstance(error, OSError) else str(error)), root, out)
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> "tuple[dict[str, str], dict[str, str]]":
    """In the par, and in the directory that it was made from."""
    directory = tmp_path_factory.mktemp("files")
    app = make_par(directory / "app.par", {"_main/main.py": MAIN, **TREE})
    (disk,) = directory.glob("*-sources")
    (disk / "_main/pkg/script").chmod(0o755)
    # The par has byte code; both trees shall have the same names.
    compiled = Path(importlib.util.cache_from_source(str(disk / "_main/pkg/__init__.py")))
    compiled.parent.mkdir()
    compiled.write_bytes(b"")
    (scratch := directory / "scratch").mkdir()
    arguments = [json.dumps(EXPRESSIONS), scratch]
    inside, outside = run([app, *arguments]), run([sys.executable, disk / "_main/main.py", *arguments])
    return json.loads(inside.stdout), json.loads(outside.stdout)


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_answers_as_on_disk(answers: "tuple[dict[str, str], dict[str, str]]", name: str) -> None:
    inside, outside = answers
    assert inside[name] == outside[name]
