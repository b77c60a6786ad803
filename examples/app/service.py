"""The HTTP side: `/` is the page, `/search?q=...` answers in JSON, `/healthz` is for the load balancer."""

import json
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from urllib.parse import parse_qs, urlsplit

import jinja2

from examples.app import pages
from examples.app.catalogue import Catalogue


class Service(ThreadingHTTPServer):
    """Serves a catalogue; port 0 takes any free port, `server_port` tells which."""

    daemon_threads = False  # closing waits for the requests that are being answered

    def __init__(self, host: str, port: int, catalogue: Catalogue):
        super().__init__((host, port), _Handler)
        self.catalogue = catalogue
        source = resources.files(pages).joinpath("catalogue.html").read_text(encoding="utf-8")
        self.page = jinja2.Environment(autoescape=True).from_string(source)


class _Handler(BaseHTTPRequestHandler):
    server: Service
    timeout = 10  # seconds for a client to send its request

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
        url = urlsplit(self.path)
        query = parse_qs(url.query).get("q", [""])[0].strip()
        catalogue = self.server.catalogue
        products = catalogue.search(query) if query else list(catalogue.products)
        if url.path == "/":
            page = self.server.page.render(title=catalogue.title, query=query, products=products)
            self._answer(200, "text/html; charset=utf-8", page)
        elif url.path == "/search":
            self._answer(200, "application/json", json.dumps([asdict(product) for product in products]))
        elif url.path == "/healthz":
            self._answer(200, "text/plain", "ok\n")
        else:
            self._answer(404, "text/plain", "not found\n")

    def _answer(self, status: int, content_type: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
