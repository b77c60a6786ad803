import pkgutil


def data() -> bytes:
    return pkgutil.get_data(__name__, "library_data.txt")
