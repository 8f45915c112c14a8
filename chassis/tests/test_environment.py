import os
import subprocess
import sys

import pytest

from chassis.environment import Environment
from chassis.tests.servers import ROOT

LONG = "x" * 32


def refusal_of(read, **variables):
    with pytest.raises(SystemExit) as refusal:
        read(Environment(variables))
    message = str(refusal.value)
    assert "\n" not in message
    return message


def test_what_is_set_is_read_without_the_spaces_around_it():
    assert Environment({"NAME": " value "}).text("NAME") == "value"


def test_an_empty_value_counts_as_none():
    assert Environment({"NAME": " "}).text("NAME", "default") == "default"


@pytest.mark.parametrize("variables", [{}, {"NAME": ""}, {"NAME": "  "}])
def test_a_missing_variable_is_refused_by_name(variables):
    assert refusal_of(lambda environment: environment.text("NAME"), **variables) == "NAME is not set."


def test_words_are_split_at_commas_and_empty_ones_dropped():
    assert Environment({"NAME": " a, b,,c "}).words("NAME") == ["a", "b", "c"]
    assert Environment({}).words("NAME") == []


@pytest.mark.parametrize(("value", "flag"), [("0", False), ("1", True), ("true", True), ("False", False)])
def test_a_flag_is_0_or_1(value, flag):
    assert Environment({"NAME": value}).flag("NAME", default=not flag) is flag


def test_another_flag_is_refused():
    assert (
        refusal_of(lambda environment: environment.flag("NAME", default=False), NAME="yes") == "NAME has to be 0 or 1, not 'yes'."
    )


def test_a_wrong_django_debug_is_refused():
    assert refusal_of(lambda environment: None, DJANGO_DEBUG="on").startswith("DJANGO_DEBUG has to be 0 or 1")


@pytest.mark.parametrize("value", ["0", "65", "-1", "1.5", "many", "1e1", "9" * 5000])
def test_a_number_out_of_range_is_refused(value):
    message = refusal_of(lambda environment: environment.number("NAME", 2, least=1, most=64), NAME=value)
    assert message.startswith("NAME has to be a whole number from 1 to 64, not ")


def test_a_number_may_be_either_end_of_the_range():
    assert Environment({"NAME": "1"}).number("NAME", 2, least=1, most=64) == 1
    assert Environment({"NAME": "64"}).number("NAME", 2, least=1, most=64) == 64
    assert Environment({}).number("NAME", 2) == 2


def test_another_choice_is_refused_with_the_choices():
    message = refusal_of(lambda environment: environment.choice("NAME", "a", {"b", "a"}), NAME="c")
    assert message == "NAME has to be one of a, b, not 'c'."


def test_what_does_not_match_its_pattern_is_refused():
    message = refusal_of(lambda environment: environment.pattern("NAME", "USD", "[A-Z]{3}", "three capitals"), NAME="EURO\nX")
    assert message == "NAME has to be three capitals, not 'EURO\\nX'."


@pytest.mark.parametrize("value", ["http://localhost:8000", "https://shop.example", "http://[::1]:8000", "http://10.0.0.1:80/"])
def test_a_base_url_is_taken_without_its_last_slash(value):
    assert Environment({"NAME": value}).base_url("NAME") == value.rstrip("/")


@pytest.mark.parametrize(
    "value",
    [
        "localhost:8000",
        "ftp://host",
        "http://",
        "http://host/path",
        "http://host?x",
        "http://:80",
        "http://a b",
        "http://[::1",
        "http://host:port",
        "http://host:99999",
        "http://host:0x50",
        "http://user:pw@host",
    ],
)
def test_another_base_url_is_refused(value):
    assert refusal_of(lambda environment: environment.base_url("NAME"), NAME=value).startswith(
        "NAME has to look like http://host:port, "
    )


def test_a_default_secret_is_good_enough_for_a_local_run_only():
    assert Environment({"DJANGO_DEBUG": "1"}).secret("NAME", "default") == "default"
    assert refusal_of(lambda environment: environment.secret("NAME", "default")) == "NAME is not set."
    message = refusal_of(lambda environment: environment.secret("NAME", "default"), NAME="default")
    assert message == "NAME still has its default for local runs; set a secret of your own."


def test_a_key_has_to_be_long_and_is_not_told():
    assert Environment({"NAME": LONG}).key("NAME", "default") == LONG
    message = refusal_of(lambda environment: environment.key("NAME", LONG), NAME="short-secret")
    assert message == "NAME has to be at least 32 characters long."


def test_a_key_may_be_left_out_where_something_is_off_without_it():
    read = Environment({"DJANGO_DEBUG": "1", "NAME": ""}).optional_key
    assert read("NAME", LONG) == ""
    assert Environment({"DJANGO_DEBUG": "1", "NAME": LONG}).optional_key("NAME", LONG) == LONG
    message = refusal_of(lambda environment: environment.optional_key("NAME", LONG), NAME=LONG)
    assert message == "NAME still has its default for local runs; set a secret of your own."
    assert refusal_of(lambda environment: environment.optional_key("NAME", LONG), NAME="short").endswith("32 characters long.")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("consolemail://", {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}),
        ("dummymail://", {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}),
        ("filemail:///var/mails", {"EMAIL_FILE_PATH": "/var/mails"}),
        ("smtp://127.0.0.1:2525", {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": 2525, "EMAIL_HOST_USER": None}),
        (
            "smtp+tls://shop%40example.com:p%3Aw@mail.example.com:587",
            {"EMAIL_USE_TLS": True, "EMAIL_HOST_USER": "shop@example.com", "EMAIL_HOST_PASSWORD": "p:w", "EMAIL_PORT": 587},
        ),
        ("smtp+ssl://mail.example.com:465", {"EMAIL_USE_SSL": True, "EMAIL_HOST": "mail.example.com"}),
    ],
)
def test_a_mail_url_is_understood(value, expected):
    config = Environment({"EMAIL_URL": value}).mail()
    assert {name: config.get(name) for name in expected} == expected
    assert all(name.startswith("EMAIL_") for name in config)


def test_a_local_run_writes_mail_to_its_log():
    assert "console" in Environment({"DJANGO_DEBUG": "1"}).mail()["EMAIL_BACKEND"]
    assert refusal_of(lambda environment: environment.mail()) == "EMAIL_URL is not set."


@pytest.mark.parametrize(
    "value",
    [
        "nonsense",
        "smtp://",
        "filemail://",
        "pop3://u:hidden@h",
        "smtp://u:hidden@h:port",
        "smtp://h:99999",
        "smtp://[::1",
        "smtp://h?x=1",
    ],
)
def test_another_mail_url_is_refused_without_its_password(value):
    message = refusal_of(lambda environment: environment.mail(), EMAIL_URL=value)
    assert message == "EMAIL_URL has to look like smtp+tls://user:password@host:587 or consolemail://."


@pytest.mark.parametrize(
    "value",
    [
        "nonsense",
        "postgres://",
        "postgres://host",
        "sqlite:///file",
        "mysql://u:p@h/db",
        "postgres://u:hidden@h:port/db",
        "postgers://u:hidden@h/db",
    ],
)
def test_another_database_than_postgresql_is_refused_without_its_password(value):
    message = refusal_of(lambda environment: environment.database(), DATABASE_URL=value)
    assert message == "DATABASE_URL has to look like postgres://user:password@host:port/name."


def test_a_database_url_is_understood():
    config = Environment({"DATABASE_URL": "postgres://u:p%40w@h:5433/name"}).database()
    assert (config["USER"], config["PASSWORD"], config["HOST"], str(config["PORT"]), config["NAME"]) == (
        "u",
        "p@w",
        "h",
        "5433",
        "name",
    )


@pytest.mark.parametrize(
    "command", [["-m", "django", "check"], ["-m", "gunicorn", "-c", "chassis/tests/gunicorn.py", "chassis.tests.wsgi"]]
)
def test_a_process_says_one_line_and_ends_with_status_1(command):
    variables = os.environ | {
        "DATABASE_URL": "nonsense",
        "DJANGO_SETTINGS_MODULE": "chassis.tests.settings",
        "PYTHONPATH": str(ROOT),
    }
    ended = subprocess.run([sys.executable, *command], cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "DATABASE_URL has to look like postgres://user:password@host:port/name.\n"


def test_a_database_may_be_behind_a_unix_socket():
    config = Environment({"DATABASE_URL": "postgres://shop:secret@/orders?host=/run/postgresql"}).database()
    assert (config["HOST"], config["NAME"]) == ("/run/postgresql", "orders")
    assert "host" not in config.get("OPTIONS", {})
