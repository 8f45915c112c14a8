"""OpenTelemetry traces if OTEL_EXPORTER_OTLP_ENDPOINT is set; otherwise nothing is imported.

A traced request takes the same path: tracing adds a span for it and one for each call to another
service.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from django.conf import settings


def install(service: str) -> None:
    if not settings.OTLP_ENDPOINT:
        return
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.django import DjangoInstrumentor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument()


def traceparent() -> str:
    """The traceparent of the current request's span; empty without tracing."""
    if not settings.OTLP_ENDPOINT:
        return ""
    from opentelemetry import propagate

    headers: dict[str, str] = {}
    propagate.inject(headers)
    return headers.get("traceparent", "")


def call(method: str, server: str) -> AbstractContextManager[dict[str, str]]:
    """The span of a call to another service. Yields the headers that propagate the trace."""
    return _span(method, server) if settings.OTLP_ENDPOINT else nullcontext({})


@contextmanager
def _span(method: str, server: str) -> Iterator[dict[str, str]]:
    from opentelemetry import propagate, trace

    # Names of OpenTelemetry's semantic conventions.
    attributes = {"http.request.method": method, "server.address": server}
    tracer = trace.get_tracer(__name__)
    with tracer.start_as_current_span(method, kind=trace.SpanKind.CLIENT, attributes=attributes):
        headers: dict[str, str] = {}
        propagate.inject(headers)
        yield headers
