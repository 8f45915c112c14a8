"""The sample service in gunicorn: HTTP parsing, bodies, hosts, connections, log lines."""

import http.client
import json
import socket

import psycopg2
import pytest

from chassis.tests.servers import parse_response, read_response, wait_until

MIB = 1024 * 1024


def request(method, path, body=b"", *headers):
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers]
    return "\r\n".join(lines).encode("latin1") + b"\r\n\r\n" + body


def post(path, body, *headers):
    return request(
        "POST",
        path,
        body,
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *headers,
    )


def chunked(path, *chunks, end=b"0\r\n\r\n"):
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + end
    return request(
        "POST", path, body, "Content-Type: application/json", "Transfer-Encoding: chunked"
    )


def assert_problem(response, status, code):
    found, headers, body = response
    assert (found, headers["content-type"]) == (status, "application/problem+json"), body
    problem = json.loads(body)
    assert set(problem) >= {"type", "title", "status", "detail", "code", "request_id"}
    assert (problem["status"], problem["code"], problem["request_id"]) == (
        status,
        code,
        headers["x-request-id"],
    )
    assert b"Traceback" not in body


def test_a_body_with_its_length_is_read(service):
    assert service.send(post("/api/echo", b'{"name": "a"}'))[::2] == (200, b'{"name":"a"}')


def test_a_chunked_body_is_read(service):
    assert service.send(chunked("/api/echo", b'{"na', b'me": "a"}'))[::2] == (200, b'{"name":"a"}')


@pytest.mark.parametrize(
    ("path", "limit"),
    [("/api/raw", MIB), ("/api/raw/", MIB), ("/api/import", 2 * MIB), ("/api/import/", 2 * MIB)],
)
def test_a_body_over_the_limit_is_413_however_it_is_sent(service, path, limit):
    over = b'"' + b"x" * (limit - 1) + b'"'
    assert len(over) == limit + 1
    assert_problem(service.send(post(path, over)), 413, "payload_too_large")
    assert_problem(service.send(chunked(path, over)), 413, "payload_too_large")
    assert_problem(
        service.send(
            chunked(path, *[over[start : start + 65536] for start in range(0, len(over), 65536)])
        ),
        413,
        "payload_too_large",
    )


def test_a_body_at_the_limit_is_read_however_it_is_sent(service):
    body = b'"' + b"x" * (MIB - 2) + b'"'
    for response in (service.send(post("/api/raw", body)), service.send(chunked("/api/raw", body))):
        assert response[::2] == (200, b'{"size":1048574}')


def test_a_content_length_over_the_limit_is_rejected_before_the_body_is_sent(service):
    assert_problem(
        service.send(
            request(
                "POST",
                "/api/raw",
                b"",
                "Content-Type: application/json",
                "Content-Length: 999999999999",
            )
        ),
        413,
        "payload_too_large",
    )


def test_the_rest_of_a_rejected_body_is_not_the_next_request(service):
    smuggled = request("GET", "/api/fails/unknown")
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall(post("/nothing", smuggled) + request("GET", "/health/live"))
        with connection.makefile("rb") as reader:
            assert parse_response(reader)[0] == 404
            line = reader.readline()
    assert line == b"" or line.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("length", ["{:030}", "9{:030}", "9" * 5000 + "{}"])
def test_a_length_of_many_digits_does_not_make_the_body_a_request(service, length):
    smuggled = request("GET", "/api/fails/unknown")
    head = request(
        "POST",
        "/nothing",
        b"",
        "Content-Type: application/json",
        f"Content-Length: {length.format(len(smuggled))}",
    )
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall(head)
        connection.sendall(smuggled)
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as reader:
            assert parse_response(reader)[0] in {400, 404, 413}
            assert reader.read() == b""


@pytest.mark.parametrize("end", [b"zz\r\n", b"-1\r\n\r\n", b"\r\n", b"0\r\nx"])
def test_malformed_chunks_are_a_bad_request(service, end):
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall(chunked("/api/echo", b"{}", end=end))
        connection.shutdown(socket.SHUT_WR)
        status, headers, body = read_response(connection)
    assert (status, headers["content-type"]) == (400, "application/problem+json"), body


@pytest.mark.parametrize("body", [b'{"name"', b'{"name": "a"}'])
def test_a_truncated_body_is_a_bad_request_even_if_it_is_json(service, body):
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall(
            request(
                "POST", "/api/echo", body, "Content-Type: application/json", "Content-Length: 100"
            )
        )
        connection.shutdown(socket.SHUT_WR)
        assert_problem(read_response(connection), 400, "parse_error")


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", 505),
        (b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nBad Name: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: abc\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400),
        (
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: bogus\r\n\r\n", 501),
        (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 20000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
    ],
)
def test_malformed_http_is_a_problem_document(service, raw, status):
    found, headers, body = service.send(raw)
    assert headers["content-type"] == "application/problem+json", body
    assert found == json.loads(body)["status"]
    assert found in {status, 400}
    assert json.loads(body)["request_id"] == headers["x-request-id"]


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost:80:80", "a b", "", "localhost@evil", "[::1", "löcal"]
)
def test_another_host_is_a_bad_request(service, host):
    raw = f"GET /nothing HTTP/1.1\r\nHost: {host}\r\n\r\n".encode("latin1")
    found, headers, body = service.send(raw)
    assert (found, headers["content-type"]) == (400, "application/problem+json"), body


@pytest.mark.parametrize("path", ["/health/live", "/metrics"])
def test_a_probe_may_have_any_host(service, path):
    assert service.send(f"GET {path} HTTP/1.1\r\nHost: 10.1.2.3:8000\r\n\r\n".encode())[0] == 200


@pytest.mark.parametrize(
    "path",
    ["/%00", "/api/echo/?ids=%00", "/api/things?cursor=%00", "/api/x%00y/", "/api/fast/?how=%00"],
)
def test_a_nul_in_the_url_is_a_bad_request(service, path):
    assert_problem(service.send(request("GET", path)), 400, "invalid")


@pytest.mark.parametrize(
    "path",
    [
        "/%ff",
        "/%ED%A0%80",
        "/a%0d%0aX:%20y",
        "/../../etc/passwd",
        "//evil.example/",
        "/%2e%2e/",
        "/static/../x",
        "/static/none.js",
        "/a.b",
    ],
)
def test_an_unknown_path_is_404(service, path):
    assert_problem(service.send(request("GET", path)), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "target"),
    [("OPTIONS", "*"), ("CONNECT", "localhost:80"), ("CONNECT", "localhost:x/y")],
)
def test_a_request_target_without_a_path_is_404(service, method, target):
    assert_problem(service.send(request(method, target)), 404, "not_found")


@pytest.mark.parametrize(
    "path", ["/health/live", "/health/ready", "/metrics", "/swagger", "/swagger.json", "/redoc"]
)
def test_read_only_urls_reject_other_methods_with_a_problem_document(service, path):
    for method in ("POST", "PUT", "DELETE", "BREW"):
        status, headers, _ = service.send(request(method, path, b"", "Content-Length: 0"))
        assert status in {404, 405}
        assert headers["content-type"] == "application/problem+json", (method, path)


def test_a_head_response_has_no_body_and_keeps_the_connection(service):
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
    for path in ("/health/live", "/api/echo", "/nothing"):
        for method, has_body in (("HEAD", False), ("GET", True)):
            connection.request(method, path)
            response = connection.getresponse()
            assert response.status in {200, 404}
            assert bool(response.read()) is has_body
    connection.close()


def test_many_requests_go_over_one_connection(service):
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
    for _ in range(20):
        connection.request("GET", "/health/live")
        assert connection.getresponse().read() == b'{"status": "live"}'
    connection.close()


def test_static_files_are_served(service):
    status, headers, body = service.send(request("GET", "/static/chassis/bearer.js"))
    assert (status, headers["content-type"].partition(";")[0]) == (200, "text/javascript")
    assert b"Bearer" in body


def test_a_database_connection_closed_while_idle_fails_no_request(service, database_url):
    def pid():
        status, _, body = service.send(request("GET", "/api/backend"))
        assert status == 200, body
        return json.loads(body)["pid"]

    before = {pid() for _ in range(20)}
    admin = psycopg2.connect(database_url)
    with admin.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM unnest(%s) AS pid", [list(before)]
        )
    admin.close()
    assert not before & {pid() for _ in range(20)}


def test_each_request_is_one_line_of_json_with_its_id(service):
    service.send(
        request(
            "GET", "/nothing?secret=1", b"", "X-Request-ID: one-line", "Authorization: Bearer abc"
        )
    )
    (line,) = wait_until(5, lambda: service.logged(request_id="one-line"))
    assert (line["method"], line["path"], line["status"], line["level"], line["service"]) == (
        "GET",
        "/nothing",
        404,
        "INFO",
        "sample",
    )
    assert (line["logger"], len(line["trace_id"])) == ("request", 32)
    assert line["ms"] >= 0
    assert "secret" not in json.dumps(line)


def test_an_unexpected_error_is_logged_as_one_line_with_its_trace_and_the_id(service):
    service.send(request("GET", "/api/fails/unknown", b"", "X-Request-ID: broken"))
    lines = wait_until(5, lambda: len(found := service.logged(request_id="broken")) == 2 and found)
    assert [line["level"] for line in lines] == ["ERROR", "ERROR"]
    assert "internal details" in lines[0]["exc_info"]


def test_successful_health_and_metrics_requests_are_not_logged(service):
    service.send(request("GET", "/health/live", b"", "X-Request-ID: quiet"))
    service.send(request("GET", "/metrics", b"", "X-Request-ID: quiet"))
    service.send(request("GET", "/nothing", b"", "X-Request-ID: after"))
    wait_until(5, lambda: service.logged(request_id="after"))
    assert service.logged(request_id="quiet") == []


def test_metrics_count_by_route_and_method(service):
    for path in ("/api/fails/Conflict", "/api/fails/NotFound", "/api/fails/Conflict/"):
        service.send(request("GET", path))
    service.send(request("BREW", "/api/fails/Conflict"))
    text = service.send(request("GET", "/metrics"))[2].decode()
    assert 'http_requests_total{method="GET",route="api/fails/<str:how>/",status="409"} 2.0' in text
    assert (
        'http_requests_total{method="other",route="api/fails/<str:how>/",status="405"} 1.0' in text
    )
    assert "/api/fails/Conflict" not in text


@pytest.mark.parametrize("page", ["/swagger/", "/redoc/"])
def test_a_page_of_api_documents_loads_no_images_of_other_origins(service, page):
    status, headers, _ = service.send(request("GET", page))
    assert (status, headers["content-security-policy"]) == (
        200,
        "img-src 'self' data:; frame-ancestors 'none'",
    )
