"""Prints the checksums of files, several at a time."""

import argparse
import concurrent.futures
import hashlib
import multiprocessing


def checksum(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="+")
    parser.add_argument("--jobs", type=int, default=2, help="number of processes (default: 2)")
    options = parser.parse_args()
    # Each worker is the par again, started as the Python that is in it.
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(options.jobs, context) as workers:
        for path, digest in zip(options.file, workers.map(checksum, options.file)):
            print(f"{digest}  {path}")
