"""A collector of traces, as OpenTelemetry's HTTP protocol has it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass
class TraceSink:
    """Everything that was sent to it."""

    url: str
    spans: list[Span] = field(default_factory=list)

    def group_traces(self) -> dict[str, dict[str, list[Span]]]:
        """By the accounting entry that a span names, by the span's name."""
        found: dict[str, dict[str, list[Span]]] = {}
        for span in self.spans:
            entry = {one.key: one.value.string_value for one in span.attributes}.get("accounting_entry_id")
            if entry:
                found.setdefault(entry, {}).setdefault(span.name, []).append(span)
        return found


@contextmanager
def a_trace_sink() -> Iterator[TraceSink]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    sink.spans.extend(scope.spans)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        sink = TraceSink(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield sink
        finally:
            server.shutdown()
            thread.join()
