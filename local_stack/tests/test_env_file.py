"""The `.env` file at the root is read as by Compose."""

import re
from pathlib import Path

import pytest

from local_stack import env_file, ports
from local_stack.topology import DEFAULT_PORTS, REPOSITORY

FILE = """\
# a comment
ADMIN_EMAIL=file@example.com
ADMIN_PASSWORD="a password # with spaces"
SHOP_CURRENCY=EUR # the shop's
ORDER_PORT='9003'
EMAIL_URL=
USER_SERVICE_URL=http://user-service:8000
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".env").write_text(FILE)
    return tmp_path


def test_variables_of_the_file_are_added(root: Path) -> None:
    environment = {"HOME": "/home/shop"}

    env_file.load(environment, root)

    assert environment == {
        "HOME": "/home/shop",
        "ADMIN_EMAIL": "file@example.com",
        "ADMIN_PASSWORD": "a password # with spaces",
        "SHOP_CURRENCY": "EUR",
        "ORDER_PORT": "9003",
        "EMAIL_URL": "",
    }
    assert ports.from_environment(environment) == DEFAULT_PORTS | {"order": 9003}


def test_the_environment_takes_precedence(root: Path) -> None:
    environment = {"ADMIN_EMAIL": "shell@example.com", "EMAIL_URL": "consolemail://"}

    env_file.load(environment, root)

    assert environment["ADMIN_EMAIL"] == "shell@example.com"
    assert environment["EMAIL_URL"] == "consolemail://"


def test_without_a_file_nothing_changes(tmp_path: Path) -> None:
    environment: dict[str, str] = {}

    env_file.load(environment, tmp_path)

    assert environment == {}


def test_the_example_file_is_read_completely(tmp_path: Path) -> None:
    text = (REPOSITORY / ".env.example").read_text()
    (tmp_path / ".env").write_text(text)
    environment: dict[str, str] = {}

    env_file.load(environment, tmp_path)

    named = set(re.findall(r"^([A-Z_]+)=", text, re.MULTILINE))
    assert environment.keys() == named - env_file.COMPOSE_ONLY
    assert ports.from_environment(environment) == DEFAULT_PORTS
