import re

import pytest

from chassis import context
from chassis.tests.concurrency import run_concurrently

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize("sent", ["a", "A-b_c.9", "x" * 128])
def test_a_well_formed_request_id_is_used(client, sent):
    assert client.get("/health/live", headers={"X-Request-ID": sent})["X-Request-ID"] == sent


@pytest.mark.parametrize(
    "sent", ["", "x" * 129, "a b", "a,b", "ä", "a\n", "a\r\nX: y", "<script>", "a/b", "\0"]
)
def test_an_invalid_request_id_is_replaced(client, sent):
    assert re.fullmatch(
        "[0-9a-f]{32}", client.get("/health/live", headers={"X-Request-ID": sent})["X-Request-ID"]
    )


def test_each_request_without_an_id_gets_a_unique_one(client):
    assert len({client.get("/health/live")["X-Request-ID"] for _ in range(20)}) == 20


def test_a_well_formed_traceparent_is_used(client):
    assert client.get("/health/live", headers={"traceparent": TRACE})["traceparent"] == TRACE


@pytest.mark.parametrize(
    "sent",
    [
        "",
        TRACE.upper(),
        TRACE + "-x",
        TRACE.replace("00-4", "ff-4"),
        TRACE.replace("4bf92f3577b34da6a3ce929d0e0e4736", "0" * 32),
        TRACE.replace("00f067aa0ba902b7", "0" * 16),
        TRACE[:-1],
        f"{TRACE}\n",
    ],
)
def test_another_traceparent_is_replaced_by_a_sampled_one(client, sent):
    made = client.get("/health/live", headers={"traceparent": sent})["traceparent"]
    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-01", made)


@pytest.mark.parametrize(
    "path", ["/nothing", "/api/fails/unknown", "/api/plain/unknown", "/api/who", "/swagger.json"]
)
def test_errors_and_documents_have_both_headers(client, path):
    response = client.get(path, headers={"X-Request-ID": "mine", "traceparent": TRACE})
    assert (response["X-Request-ID"], response["traceparent"]) == ("mine", TRACE)
    if response["Content-Type"] == "application/problem+json":
        assert response.json()["request_id"] == "mine"


def test_outside_of_a_request_the_context_is_stable():
    assert run_concurrently(lambda: context.get() is context.get(), connect=False) == [True]


def test_threads_have_separate_contexts():
    contexts = run_concurrently(*[context.get] * 8, connect=False)
    assert len({found.request_id for found in contexts}) == 8
