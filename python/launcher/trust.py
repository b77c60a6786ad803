"""The certificates that ssl trusts by default, where OpenSSL is the par's own: it looks where the distribution that built it has them, and a par
runs on any."""

import os

# One file each, and what has it.
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Alpine, Arch, NixOS
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL, Amazon Linux
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  # the same, newer
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # Alpine's libressl, Void
)


def patch(ssl) -> None:
    """Changes the module ssl. A program that names its certificates, or an environment that does, is left alone."""
    context = ssl.SSLContext
    load_default = context.set_default_verify_paths

    def set_default_verify_paths(self) -> None:
        load_default(self)
        bundle = _bundle(ssl)
        if bundle:
            self.load_verify_locations(bundle)

    set_default_verify_paths.__doc__ = load_default.__doc__
    context.set_default_verify_paths = set_default_verify_paths


def _bundle(ssl) -> "str | None":
    """A file of certificates; None where OpenSSL has found its own, or there is none."""
    paths = ssl.get_default_verify_paths()
    if paths.openssl_cafile_env in os.environ or paths.openssl_capath_env in os.environ:
        return None
    if paths.cafile or (paths.capath and os.listdir(paths.capath)):
        return None
    for path in _BUNDLES:
        if os.path.exists(path):
            return path
    try:
        import certifi  # that the program brings, if it does
    except ImportError:
        return None
    return certifi.where()
