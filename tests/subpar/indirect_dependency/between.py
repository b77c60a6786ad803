from tests.subpar.direct_dependency import library


def data() -> bytes:
    return library.data()
