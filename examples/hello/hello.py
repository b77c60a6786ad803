"""The smallest program in a par.

bazel build //examples/hello:hello.par     # one file, bazel-bin/examples/hello/hello.par
bazel-bin/examples/hello/hello.par you     # run it; copy it anywhere, and run it there
bazel run //examples/hello you             # the same program as an ordinary py_binary
"""

import argparse
import platform


def greeting(name: str) -> str:
    return f"Hello, {name}: this is Python {platform.python_version()}, and I am {__file__}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Says hello.")
    parser.add_argument("name", nargs="?", default="world")
    print(greeting(parser.parse_args().name))


if __name__ == "__main__":
    main()
