"""A catalogue on the web: what a team would deploy as one file.

    bazel build //examples/app:app.par
    scp bazel-bin/examples/app/app.par server:/srv/    # nothing else is needed there but Python
    /srv/app.par --port 8080

It has what such a service is made of: flags, wheels with and without native code (PyYAML, Jinja2, MarkupSafe), a C
library called through ctypes, a data file next to the module (read relative to `__file__`) and a template in a package
(read with importlib.resources). SIGTERM and Ctrl-C end it with status 0; requests that are being answered are answered.
"""

import argparse
import signal
import sys
import threading
from pathlib import Path

from examples.app.catalogue import OWN_FILE, Catalogue, CatalogueError
from examples.app.service import Service


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Serves a catalogue over HTTP.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8080, help="0 takes any free port (default: %(default)s)")
    parser.add_argument("--catalogue", type=Path, default=OWN_FILE, help="YAML file (default: the one in the program)")
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    try:
        service = Service(arguments.host, arguments.port, Catalogue.load(arguments.catalogue))
    except (OSError, CatalogueError) as error:
        print(f"{Path(sys.argv[0]).name}: {error}", file=sys.stderr)
        return 1

    def stop(number: int, _: object) -> None:
        # shutdown() waits for serve_forever(), which this handler has interrupted: so from another thread.
        threading.Thread(target=service.shutdown).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    with service:
        print(f"listening on http://{arguments.host}:{service.server_port}/", flush=True)
        service.serve_forever()
    print("stopped", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
