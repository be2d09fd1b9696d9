"""Stands for one of the hub's processes: answers every GET with its environment, on the port its argument names."""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"env": dict(os.environ)}).encode())


HTTPServer(("127.0.0.1", int(os.environ[sys.argv[1]])), Answer).serve_forever()
