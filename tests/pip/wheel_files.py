"""Makes small wheels and sdists for tests; as a program, `wheel_files WHEEL`, one wheel with a bit of everything."""

import base64
import hashlib
import io
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

# Of `write_sample`: all the places that a wheel can put a file in.
SAMPLE_FILES = {
    "sample/__init__.py": "VALUE = 42\n",
    "sample/greeting.txt": "hello\n",
    "sample-1.0.dist-info/entry_points.txt": "[console_scripts]\nsample = sample:main\n",
    "sample-1.0.dist-info/licenses/LICENSE": "do what you like\n",
    "sample-1.0.data/purelib/sample_pure.py": "",
    "sample-1.0.data/platlib/sample_plat.py": "",
    "sample-1.0.data/data/share/sample/table.csv": "1,2\n",
    "sample-1.0.data/headers/sample.h": "/* */\n",
    "sample-1.0.data/scripts/sample-tool": "#!python\nprint(1)\n",
}


def write_wheel(path: Path, files: dict[str, str], metadata: Sequence[str] = ()) -> str:
    """Writes a wheel named after its file name and returns its `sha256:...`."""
    name, version = path.name.split("-")[:2]
    tag = "-".join(path.name[: -len(".whl")].split("-")[-3:])
    info = f"{name}-{version}.dist-info"
    contents = {
        **files,
        f"{info}/METADATA": "\n".join(["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *metadata, ""]),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = "".join(f"{member},{_record_hash(text)},{len(text.encode())}\n" for member, text in contents.items())
    contents[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in contents.items():
            archive.writestr(zipfile.ZipInfo(member), text)
    return sha256(path)


def write_sdist(path: Path, backend: str, requires: Sequence[str] = ()) -> str:
    """Writes an sdist that is built by the source of a PEP 517 backend that is in it, with build requirements, and returns its
    `sha256:...`."""
    files = {
        "PKG-INFO": "Metadata-Version: 2.1\nName: {}\nVersion: {}\n".format(*path.name[: -len(".tar.gz")].split("-")),
        "pyproject.toml": f'[build-system]\nrequires = {list(requires)}\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        "backend.py": backend,
    }
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"{path.name[: -len('.tar.gz')]}/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return sha256(path)


def write_sample(path: Path) -> None:
    """Writes a wheel with a file in every place that a wheel can put one in."""
    write_wheel(path, SAMPLE_FILES, ["Summary: for a test"])


def sha256(path: Path) -> str:
    """The hash of a file as locks spell it."""
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def _record_hash(text: str) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


if __name__ == "__main__":
    write_sample(Path(sys.argv[1]))
