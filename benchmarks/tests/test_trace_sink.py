"""The trace collector, and processes by listening port."""

import os
import socket

import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from benchmarks import trace_sink
from local_stack import procfs


def test_spans_are_counted():
    export = ExportTraceServiceRequest()
    spans = export.resource_spans.add().scope_spans.add().spans
    for name in ("a", "b", "c"):
        spans.add().name = name

    with trace_sink.running() as sink:
        for _ in range(2):
            body = export.SerializeToString()
            assert requests.post(f"{sink.endpoint}/v1/traces", body, timeout=5).status_code == 200
        assert sink.spans() == 6


def test_a_listener_is_found_by_its_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert procfs.listening_pids(port) == {os.getpid()}
    assert procfs.listening_pids(port) == set()
