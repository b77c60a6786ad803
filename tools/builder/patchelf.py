"""Names that cannot change in place: patchelf makes room for them."""

import pathlib
import subprocess

from tools.builder.errors import BuildError


class Patchelf:
    """Runs `program`; its results go to `directory`, which the caller removes."""

    def __init__(self, program: str, directory: pathlib.Path):
        self._program = program
        self._directory = directory
        self._made = 0

    def rename(self, path: str, file: pathlib.Path, soname: "str | None", needed: "dict[str, str]") -> pathlib.Path:
        """A copy of the object `file` with this SONAME (None: as it is) and DT_NEEDED renamed. `path` is for messages."""
        self._made += 1
        result = self._directory / f"{self._made}.so"
        command = [self._program, "--output", str(result)]
        if soname:
            command += ["--set-soname", soname]
        for old, new in needed.items():
            command += ["--replace-needed", old, new]
        try:
            done = subprocess.run([*command, str(file)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        except OSError as error:
            raise BuildError(
                f"{path}: has to be renamed, and patchelf cannot be run ({self._program}: {error.strerror}): install it, or select it with --patchelf"
            ) from error
        if done.returncode:
            said = done.stdout.strip().splitlines() or ["no message"]
            raise BuildError(f"{path}: patchelf cannot rename it ({said[-1]}): link it with -Wl,-soname,{path.rpartition('/')[2]}")
        return result
