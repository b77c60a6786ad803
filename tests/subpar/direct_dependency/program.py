import pkgutil


def main() -> bytes:
    return pkgutil.get_data("tests.subpar.direct_dependency", "program_data.txt")


if __name__ == "__main__":
    print(main().decode(), end="")
