"""A real MariaDB server with an empty data directory, for a demonstration or a test.

    with MariadbServer(directory) as server:
        subprocess.run(["mysql_repl.par", "--socket", server.socket, "--user", server.user, "-e", "SELECT 1"])

No network: only a Unix socket. Any user can run it, root too.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

_SEARCHED = [*os.get_exec_path(), "/usr/sbin", "/usr/local/sbin", "/usr/libexec"]
_LONGEST_SOCKET_PATH = 107  # sun_path of unix(7)
_READY = b"ready for connections"
_DEADLINE = 120  # seconds for each of: installing, starting, stopping


class ServerError(RuntimeError):
    """There is no server: it is not installed, or it did not start. The message has its log."""


def _find(program: str) -> str:
    path = shutil.which(program, path=os.pathsep.join(_SEARCHED))
    if path is None:
        raise ServerError(f"{program} is not installed: apt-get install mariadb-server")
    return path


class MariadbServer:
    """A server that runs as long as the `with` block.

    Attributes:
        socket: path to connect to.
        user: the account of an administrator, without a password.
    """

    user = "root"

    def __init__(self, directory: "str | os.PathLike[str]"):
        """`directory` exists and is the caller's to remove."""
        self._data = Path(directory).absolute() / "data"
        self._process: "subprocess.Popen[bytes] | None" = None
        self._log: list[bytes] = []
        self._ready = False
        self._said = threading.Event()
        self._socket_directory: "tempfile.TemporaryDirectory[str] | None" = None
        self.socket = str(self._data.parent / "mariadb.sock")

    def __enter__(self) -> "MariadbServer":
        try:
            if len(os.fsencode(self.socket)) > _LONGEST_SOCKET_PATH:
                self._socket_directory = tempfile.TemporaryDirectory(prefix="mariadb.", dir="/tmp")
                self.socket = f"{self._socket_directory.name}/mariadb.sock"
            self._install()
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _install(self) -> None:
        command = [
            _find("mariadb-install-db"),
            "--no-defaults",
            f"--datadir={self._data}",
            f"--user={pwd.getpwuid(os.geteuid()).pw_name}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        ]
        done = subprocess.run(command, capture_output=True, timeout=_DEADLINE, check=False)
        if done.returncode != 0:
            raise ServerError(f"mariadb-install-db failed:\n{(done.stdout + done.stderr).decode(errors='replace')}")

    def _start(self) -> None:
        command = [
            _find("mariadbd"),
            "--no-defaults",
            f"--datadir={self._data}",
            f"--socket={self.socket}",
            f"--pid-file={self._data}/mariadb.pid",
            f"--user={pwd.getpwuid(os.geteuid()).pw_name}",
            "--skip-networking",
        ]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        threading.Thread(target=self._read_log, daemon=True).start()
        if not self._said.wait(_DEADLINE) or not self._ready:
            raise ServerError(f"mariadbd did not start:\n{b''.join(self._log).decode(errors='replace')}")

    def _read_log(self) -> None:
        """Reads what the server says until it ends, so that it never waits for a full pipe."""
        assert self._process is not None and self._process.stderr is not None
        for line in self._process.stderr:
            self._log.append(line)
            if _READY in line:
                self._ready = True
                self._said.set()
        self._said.set()

    def _stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_DEADLINE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._socket_directory is not None:
            self._socket_directory.cleanup()
