"""Bazel's persistent workers (https://bazel.build/remote/persistent): one process serves many actions, one after another, so that it does not
start anew for each. JSON, a request and a response a line."""

import json
import os
import sys
import traceback
from collections.abc import Callable


def serve(work: "Callable[[list[str]], str]") -> None:
    """Calls work(arguments) for each request, until Bazel closes the pipe. It returns why it failed, or ""."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as responses:
        os.dup2(2, 1)  # what else is printed is for the worker's log
        for line in sys.stdin.buffer:
            request = json.loads(line)
            if request.get("cancel"):
                continue  # not offered: the request is answered when it is done
            try:
                message = work(request["arguments"])
            except Exception:
                message = traceback.format_exc()
            response = {"exitCode": 1 if message else 0, "output": message, "requestId": request.get("requestId", 0)}
            print(json.dumps(response), file=responses, flush=True)
