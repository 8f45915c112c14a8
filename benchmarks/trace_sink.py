"""A collector of OpenTelemetry traces that counts the spans it receives and drops them.

python -m benchmarks.trace_sink PORT     (GET / answers the number of spans)
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from local_stack import StackError
from local_stack.ports import free
from local_stack.topology import HOST, REPOSITORY

MAX_BODY = 64 * 2**20
START_TIMEOUT = 10.0
SETTLE_INTERVAL = 6.0
"""Seconds; OpenTelemetry's batch processor sends every 5."""


class TraceSink:
    def __init__(self, port: int) -> None:
        self.endpoint = f"http://{HOST}:{port}"
        """The value of OTEL_EXPORTER_OTLP_ENDPOINT."""

    def spans(self) -> int:
        return int(requests.get(self.endpoint, timeout=10).text)

    def settled_spans(self) -> int:
        """The number of spans after none has arrived for longer than the batch interval."""
        count = self.spans()
        while True:
            time.sleep(SETTLE_INTERVAL)
            if (now := self.spans()) == count:
                return count
            count = now


@contextmanager
def running() -> Iterator[TraceSink]:
    port = free()["gateway"]
    command = [sys.executable, "-m", "benchmarks.trace_sink", str(port)]
    with subprocess.Popen(command, cwd=REPOSITORY) as process:
        sink = TraceSink(port)
        try:
            _wait_for(sink)
            yield sink
        finally:
            process.kill()


def _wait_for(sink: TraceSink) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        with suppress(requests.RequestException):
            sink.spans()
            return
        time.sleep(0.05)
    raise StackError("The trace sink does not start.")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    spans = 0

    def do_GET(self) -> None:
        self._respond(str(Handler.spans).encode())

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        if length > MAX_BODY:
            self.send_error(413)
            return
        export = ExportTraceServiceRequest.FromString(self.rfile.read(length))
        scopes = [scope for resource in export.resource_spans for scope in resource.scope_spans]
        Handler.spans += sum(len(scope.spans) for scope in scopes)
        self._respond(b"")

    def _respond(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """No log: it would cost more than counting."""


if __name__ == "__main__":
    ThreadingHTTPServer((HOST, int(sys.argv[1])), Handler).serve_forever()
