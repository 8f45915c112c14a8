"""Asking the service that has the accounts, over HTTP."""

import json
import time

import pytest

from chassis import context
from chassis.admin import issuer
from chassis.admin.issuer import Away, RemoteIssuer, Tokens
from chassis.problems import TooManyRequests, Unauthenticated
from chassis.tests.servers import answer, http_server

PAIR = {"access": "a", "refresh": "r", "token_type": "Bearer", "expires_in": 900}


@pytest.fixture
def says(settings):
    """`says(status, body)`: an accounts service that answers so. Returns what it is asked."""
    asked = []
    script = {}

    def handle(path, body):
        asked.append((path, json.loads(body)))
        return script["status"], script["body"]

    def say(status, body):
        script.update(status=status, body=body)
        return asked

    with http_server(handle) as url:
        settings.TOKEN_URL = f"{url}/api/users/token/"
        yield say


def test_signing_in_renewing_and_ending_a_login_are_the_three_calls_of_the_contract(says):
    asked = says(200, PAIR)
    assert RemoteIssuer().sign_in(email="boss@example.com", password="right", address="192.0.2.1") == Tokens("a", "r")
    assert RemoteIssuer().renew(refresh="r") == Tokens("a", "r")
    says(204, b"")
    RemoteIssuer().end(refresh="r")
    assert asked == [
        ("/api/users/token/", {"email": "boss@example.com", "password": "right"}),
        ("/api/users/token/refresh/", {"refresh": "r"}),
        ("/api/users/token/revoke/", {"refresh": "r"}),
    ]


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (401, {"detail": "There is no such account."}, Unauthenticated, "There is no such account."),
        (400, {"detail": "See errors."}, Unauthenticated, "There is no account with this e-mail address and password."),
        (429, {"detail": "Too many failed sign-ins."}, TooManyRequests, "Too many failed sign-ins."),
        (429, b"[]", TooManyRequests, "The user has sent too many requests"),
        (500, {"detail": "the inside"}, Away, "out of reach"),
        (503, {"detail": "the inside"}, Away, "out of reach"),
        (302, b"", Away, "out of reach"),
        (200, b"<html>", Away, "out of reach"),
        (200, b"null", Away, "out of reach"),
        (200, {"access": "a"}, Away, "out of reach"),
        (200, b"", Away, "out of reach"),
    ],
)
def test_a_no_is_said_in_words_for_a_person_and_anything_else_means_out_of_reach(says, status, body, kind, words):
    says(status, body)
    with pytest.raises(kind, match=words):
        RemoteIssuer().sign_in(email="boss@example.com", password="right", address="192.0.2.1")


def test_nobody_there_means_out_of_reach(settings):
    settings.TOKEN_URL = "http://127.0.0.1:9/token/"
    with pytest.raises(Away):
        RemoteIssuer().renew(refresh="r")


def test_one_that_does_not_answer_is_waited_for_a_little_while_only(settings, neighbour, monkeypatch):
    monkeypatch.setattr(issuer, "ANSWER_SECONDS", 0.1)
    server = neighbour(lambda connection: time.sleep(0.5))
    settings.TOKEN_URL = f"{server.url}/token/"
    with pytest.raises(Away):
        RemoteIssuer().renew(refresh="r")


def test_the_call_belongs_to_the_request_that_needs_it(settings, neighbour):
    def play(connection):
        server.hears(connection)
        connection.sendall(answer(200, json.dumps(PAIR).encode()))

    server = neighbour(play)
    settings.TOKEN_URL = f"{server.url}/token/"
    context.begin("the-one-at-hand")
    RemoteIssuer().renew(refresh="r")
    assert b"X-Request-ID: the-one-at-hand" in server.requests[0]
