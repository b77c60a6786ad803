"""The par as an installation of packages, for those who ask where packages are or want to install some."""

import sys


def patch_site(site, archive) -> None:
    """getsitepackages: the import roots of the par, then the interpreter's own directories."""
    original = site.getsitepackages
    own = archive.root["main"][1].rpartition("/")[0], ""  # on sys.path as they are for any program
    roots = sorted(archive.root["roots"], key=lambda root: root in own)

    def getsitepackages(prefixes=None):
        return [*(f"{archive.path}/{root}" if root else archive.path for root in roots), *original(prefixes)]

    getsitepackages.__doc__ = original.__doc__
    site.getsitepackages = getsitepackages


def patch_venv(venv, archive) -> None:
    """A virtual environment begins with a link to the interpreter; the par under that name would be the program."""

    def create(self, env_dir):
        sys.exit(f"{archive.path}: a par cannot be the Python of a virtual environment: install with pip install --target DIR, and use it with PAR_PATH=DIR")

    venv.EnvBuilder.create = create
