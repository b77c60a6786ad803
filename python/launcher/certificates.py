"""Certificates of the par, for ssl: OpenSSL opens these files itself. certifi's, which requests and many others name, is one."""

import os

from _rules_par import memory


class Certificates:
    """Lets ssl.SSLContext read members of the par."""

    def __init__(self, archive):
        self._archive = archive

    def patch(self, ssl) -> None:
        for name in ("load_verify_locations", "load_cert_chain"):
            setattr(ssl.SSLContext, name, self._reading_the_par(getattr(ssl.SSLContext, name)))

    def _reading_the_par(self, original):
        import functools

        @functools.wraps(original)
        def load(context, *args, **kwargs):
            # cafile and capath, certfile and keyfile: two paths come first; what may follow is no path.
            opened = []
            paths = [self._outside(value, opened) for value in args[:2]]
            named = {key: self._outside(value, opened) if key.endswith("file") else value for key, value in kwargs.items()}
            try:
                return original(context, *paths, *args[2:], **named)
            finally:
                for descriptor in opened:
                    os.close(descriptor)

        return load

    def _outside(self, path, opened: list):
        """A path that C can open: of a memfd, which joins `opened`, for a member of the par; else `path` itself."""
        if not isinstance(path, (str, bytes, os.PathLike)):
            return path
        relative = self._archive.relative(os.fspath(path))
        member = self._archive.member(relative) if relative else None
        if member is None:
            return path
        opened.append(memory.from_archive(self._archive, relative.rpartition("/")[2], member[0], member[1]))
        return f"/proc/self/fd/{opened[-1]}"
