"""The documents name every variable, error code, command and route."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from integration_tests import repo_files
from integration_tests.shop import SERVICES, Shop, expect
from local_stack.ports import variable
from local_stack.topology import DEFAULT_PORTS

METHODS = {"get", "post", "put", "patch", "delete"}
BY_FRAMEWORK = {
    "not_found",
    "method_not_allowed",
    "permission_denied",
    "not_authenticated",
    "parse_error",
    "unsupported_media_type",
}
"""Codes of Django and REST framework."""


def test_variables_and_codes_are_extracted() -> None:
    """Otherwise the tests below would pass without checking anything."""
    assert {
        "DATABASE_URL",
        "ENVIRONMENT",
        "ADMIN_PASSWORD",
        "SHOP_CURRENCY",
        "WEB_CONCURRENCY",
    } <= repo_files.variables_read()
    assert {
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "USER_SERVICE_URL",
        "ORDER_TO_USER_KEY",
    } <= repo_files.variables_read()
    assert {
        "insufficient_stock",
        "sku_taken",
        "email_taken",
        "reservation_released",
        "invalid_token",
    } <= repo_files.error_codes()
    assert {
        "internal_error",
        "payload_too_large",
        "service_unavailable",
        "invalid",
    } <= repo_files.error_codes()


def test_every_variable_is_in_the_example_file() -> None:
    lines = repo_files.text(".env.example").splitlines()
    named = {found[1] for line in lines if (found := re.match(r"(?:# )?([A-Z][A-Z0-9_]+)=", line))}

    assert repo_files.variables_read() | repo_files.variables_of_compose() <= named


def test_every_variable_is_in_the_configuration_table() -> None:
    named = set(re.findall("`([A-Z][A-Z0-9_]+)`", repo_files.text("docs/configuration.md")))

    assert (
        repo_files.variables_read() | {variable(name) for name in DEFAULT_PORTS} | {"SHOP_DATA"}
        <= named
    )


def test_every_variable_in_the_example_file_is_used() -> None:
    named = {
        found[1]
        for line in repo_files.text(".env.example").splitlines()
        if (found := re.match("([A-Z][A-Z0-9_]+)=", line))
    }

    assert named <= repo_files.variables_read() | repo_files.variables_of_compose()


def test_every_error_code_is_in_the_table() -> None:
    rows = re.findall(
        r"^\| [45][\d, ]+ \| (.*?) \|", repo_files.text("docs/errors.md"), re.MULTILINE
    )
    named = {code for row in rows for code in re.findall("`([a-z_]+)`", row)}

    assert (repo_files.error_codes() | BY_FRAMEWORK) - named == set()


@pytest.mark.parametrize("name", repo_files.documents())
def test_every_command_of_a_document_is_in_the_makefile(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", repo_files.text("Makefile"), re.MULTILINE))

    assert set(re.findall(r"\bmake ([a-z-]+)", "\n".join(_code(repo_files.text(name))))) <= targets


def test_every_route_is_in_the_postman_collection(shop: Shop) -> None:
    collection = json.loads(repo_files.text("postman_collection.json"))
    requests = {
        (each["method"], _pattern(_path(each["url"]))) for each in _requests(collection["item"])
    }

    for name in SERVICES:
        document = expect(200, shop.get(f"{shop.urls[name]}/swagger.json"))
        routes = {
            (verb.upper(), _pattern(path))
            for path, verbs in document["paths"].items()
            for verb in verbs
            if verb in METHODS
        }
        assert routes - requests == set(), name


def test_every_request_of_the_postman_collection_has_a_route_and_a_test(shop: Shop) -> None:
    collection = json.loads(repo_files.text("postman_collection.json"))
    routes = set()
    for name in SERVICES:
        document = expect(200, shop.get(f"{shop.urls[name]}/swagger.json"))
        routes |= {
            (verb.upper(), _pattern(path))
            for path, verbs in document["paths"].items()
            for verb in verbs
            if verb in METHODS
        }

    for item in _items(collection["item"]):
        request = item["request"]
        assert (request["method"], _pattern(_path(request["url"]))) in routes, item["name"]
        assert any(
            event["listen"] == "test" and "pm.test(" in "".join(event["script"]["exec"])
            for event in item["event"]
        ), item["name"]


def _code(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", text) + re.findall(r"```bash\n(.*?)```", text, re.DOTALL)


def _items(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        if "item" in item:
            yield from _items(item["item"])
        else:
            yield item


def _requests(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return (item["request"] for item in _items(items))


def _path(url: str | dict[str, Any]) -> str:
    raw = url if isinstance(url, str) else url["raw"]
    return urlsplit("http://shop" + raw.removeprefix(raw[: raw.index("}}") + 2])).path


def _pattern(path: str) -> str:
    """All placeholders are equal: {id}, {{productId}}, :id."""
    return "/".join(
        "*" if segment[:1] in ("{", ":") else segment for segment in path.strip("/").split("/")
    )
