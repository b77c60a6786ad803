"""Certificate files in the par, given to ssl by path."""

import subprocess
from pathlib import Path

import pytest

from tests.builder.objects import library
from tests.launcher.programs import run_main

PROGRAM = """
import os, pathlib, ssl
here = os.path.dirname(__file__)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.load_verify_locations(here + "/ca.pem")
context.load_verify_locations(cafile=pathlib.Path(here, "ca.pem"))
print([dict(name[0] for name in each["subject"])["commonName"] for each in context.get_ca_certs()])
print(ssl.create_default_context(cafile=here + "/ca.pem").cert_store_stats()["x509_ca"])
server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server.load_cert_chain(here + "/ca.pem", here + "/key.pem")
server.load_cert_chain(certfile=here + "/ca.pem", keyfile=here + "/key.pem")
try:
    context.load_verify_locations(here + "/none.pem")
except OSError as error:
    print(type(error).__name__)
try:
    context.load_verify_locations(cafile="/nowhere/ca.pem")
except OSError as error:
    print(type(error).__name__)
print(open_memfds())
"""
OPEN_MEMFDS = """
def open_memfds():
    import os
    links = [os.readlink(f"/proc/self/fd/{each}") for each in os.listdir("/proc/self/fd") if os.path.lexists(f"/proc/self/fd/{each}")]
    return [link for link in links if "pem" in link]
"""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("certificate")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    subprocess.run([*command, "-subj", "/CN=of the par", "-keyout", "key.pem", "-out", "ca.pem"], cwd=directory, check=True, capture_output=True)
    return directory


@pytest.mark.parametrize("has_natives", [True, False])
def test_ssl_reads_certificates_of_the_par(tmp_path: Path, certificate: Path, has_natives: bool) -> None:
    """With native members there is an interposer, which serves OpenSSL."""
    files = {f"_main/{name}": certificate / name for name in ("ca.pem", "key.pem")}
    if has_natives:
        files["_main/libx.so"] = library(tmp_path / "made/libx.so")
    done = run_main(tmp_path, OPEN_MEMFDS + PROGRAM, files)
    missing = "FileNotFoundError" if has_natives else "NotADirectoryError"
    assert done.stdout.splitlines() == ["['of the par']", "1", missing, "FileNotFoundError", "[]"]
