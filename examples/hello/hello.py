"""The smallest program in a par.

bazel build //examples/hello:hello.par     # one file, bazel-bin/examples/hello/hello.par
bazel-bin/examples/hello/hello.par you     # run it; copy it anywhere, and run it there
bazel run //examples/hello you             # the same program as an ordinary py_binary
"""

import sys


def greeting(name: str) -> str:
    version = ".".join(map(str, sys.version_info[:3]))
    return f"Hello, {name}: this is Python {version}, and I am {__file__}"


def main() -> None:
    print(greeting(sys.argv[1] if len(sys.argv) > 1 else "world"))


if __name__ == "__main__":
    main()
