import os
import subprocess
import sys

import pytest

from chassis.environment import RENAMED, Environment
from chassis.tests.servers import ROOT

LONG = "x" * 32
IN_ONE_PROCESS = (
    "ENVIRONMENT",
    *RENAMED,
    "FAILPOINT",
    "WEB_CONCURRENCY",
    "DATABASE_URL",
    "EMAIL_URL",
)


@pytest.fixture
def environment(monkeypatch):
    def read(**variables):
        for name in IN_ONE_PROCESS:
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return Environment()

    return read


@pytest.fixture
def startup_error(environment):
    """The message with which the process exits."""

    def of(read, **variables):
        with pytest.raises(SystemExit) as ended:
            read(environment(**variables))
        message = str(ended.value)
        assert "\n" not in message
        return message

    return of


def nothing(environment):
    return environment


def test_a_value_is_stripped(environment):
    assert environment(NAME=" value ").string("NAME") == "value"


def test_an_empty_value_counts_as_not_set(environment):
    assert environment(NAME=" ").string("NAME", "default") == "default"


@pytest.mark.parametrize("variables", [{}, {"NAME": ""}, {"NAME": "  "}])
def test_a_missing_variable_is_rejected_by_name(startup_error, variables):
    assert (
        startup_error(lambda environment: environment.string("NAME"), **variables)
        == "NAME is not set."
    )


def test_production_is_the_default(environment):
    assert not environment().is_local
    assert not environment(ENVIRONMENT="production").is_local
    assert environment(ENVIRONMENT="local").is_local


@pytest.mark.parametrize("value", ["staging", "Local", "1"])
def test_another_environment_is_rejected(startup_error, value):
    assert (
        startup_error(nothing, ENVIRONMENT=value)
        == f"ENVIRONMENT has to be one of local, production, not {value!r}."
    )


@pytest.mark.parametrize(("old", "successor"), RENAMED.items())
def test_a_renamed_variable_is_rejected_with_its_new_name(startup_error, old, successor):
    message = startup_error(nothing, **{old: "1"}, ENVIRONMENT="local")
    assert message == f"{old} is not read any more: set {successor}."


def test_an_empty_renamed_variable_counts_as_not_set(environment):
    assert environment(DJANGO_DEBUG="", ENVIRONMENT="local").is_local


@pytest.mark.parametrize("value", ["auto", "0", "65", "2.5", "-1"])
def test_every_process_rejects_an_invalid_number_of_workers(startup_error, value):
    message = startup_error(nothing, WEB_CONCURRENCY=value)
    assert message == f"WEB_CONCURRENCY has to be a whole number from 1 to 64, not {value!r}."


@pytest.mark.parametrize(
    ("value", "flag"), [("0", False), ("1", True), ("true", True), ("False", False)]
)
def test_a_flag_is_0_or_1(environment, value, flag):
    assert environment(NAME=value).boolean("NAME", default=not flag) is flag


def test_a_number_may_be_the_minimum_or_maximum(environment):
    assert environment(NAME="1").integer("NAME", 2, minimum=1, maximum=64) == 1
    assert environment(NAME="64").integer("NAME", 2, minimum=1, maximum=64) == 64
    assert environment(NAME="").integer("NAME", 2) == 2


@pytest.mark.parametrize(
    ("value", "rate"),
    [("60/min", (60, 60)), ("5/s", (5, 1)), ("9/hour", (9, 3600)), ("1/d", (1, 86400))],
)
def test_rate_limit_has_the_notation_of_drf(environment, value, rate):
    assert environment(NAME=value).rate("NAME", "1/min") == rate


INVALID = {
    "boolean": (
        lambda environment: environment.boolean("NAME", default=False),
        "has to be 0 or 1",
        ["2", "maybe", "0.0"],
    ),
    "integer": (
        lambda environment: environment.integer("NAME", 2, minimum=1, maximum=64),
        "has to be a whole number from 1 to 64",
        ["0", "65", "-1", "1.5", "many", "1e1", "9" * 5000],
    ),
    "choice": (
        lambda environment: environment.choice("NAME", "a", {"b", "a"}),
        "has to be one of a, b",
        ["c", "A", "a,b"],
    ),
    "rate": (
        lambda environment: environment.rate("NAME", "1/min"),
        "has to look like 60/min (or s, hour, day)",
        ["60", "0/min", "-1/min", "60/week", "60/", "/min", "1.5/s"],
    ),
    "base_url": (
        lambda environment: environment.base_url("NAME"),
        "has to look like http://host:port",
        [
            *("localhost:8000", "ftp://host", "http://", "http://host/path"),
            *("http://host?x", "http://host#x"),
            *("http://:80", "http://[::1", "http://[::g]:80", "http://host:"),
            "http://host:port",
            *("http://host:0", "http://host:99999", "http://host:0x50"),
            "http://user:pw@host",
            *("http://user_service:8000", "http://-host", "http://host..example"),
            "http://10.0.0.256",
            "http://bücher.example",
            "http://a b",
            "http://host\\path",
            f"http://{'a' * 64}",
        ],
    ),
    "web_address": (
        lambda environment: environment.web_address("NAME", "http://localhost"),
        "has to look like https://shop.example.com",
        [
            *("shop.example", "https://", "https://h/?x=1", "https://h:99999"),
            "https://a_b",
            "https://a b",
        ],
    ),
    "endpoint": (
        lambda environment: environment.endpoint("NAME"),
        "has to look like http://host:port",
        [
            "collector:4318",
            "grpc://collector:4317",
            "http://",
            "http://h:99999",
            "http://u:secret@h/",
        ],
    ),
    "sender": (
        lambda environment: environment.sender("NAME", "shop@localhost"),
        "has to be like Shop <shop@example.com>",
        [
            *("shop", "shop@", "@example.com", "a@b_c", "<a@b>", "ä@b", "a..b@c"),
            "a b@c",
            "Shop <a@b",
            "a@b, c@d",
            "Shop <a@b> x",
            "S\nBcc: x <a@b>",
        ],
    ),
}


@pytest.mark.parametrize(
    ("kind", "value"), [(kind, value) for kind, row in INVALID.items() for value in row[2]]
)
def test_an_invalid_value_is_rejected_with_the_expected_form(startup_error, kind, value):
    read, expected, _ = INVALID[kind]
    assert startup_error(read, NAME=value) == f"NAME {expected}, not {value!r}."


def test_many_choices_are_rejected_with_a_description(startup_error):
    message = startup_error(
        lambda environment: environment.choice("NAME", "a", {"a"}, "a letter"), NAME="{0}"
    )
    assert message == "NAME has to be a letter, not '{0}'."


@pytest.mark.parametrize(
    "value",
    ["http://localhost:8000", "https://shop.example", "http://[::1]:8000", "http://10.0.0.1:80/"],
)
def test_the_last_slash_of_a_base_url_is_removed(environment, value):
    assert environment(NAME=value).base_url("NAME") == value.rstrip("/")


@pytest.mark.parametrize(
    "value", ["https://shop.example", "http://localhost:8080/", "https://shop.example/our/shop/"]
)
def test_a_web_address_may_have_a_path(environment, value):
    assert environment(NAME=value).web_address("NAME", "http://localhost") == value.rstrip("/")


@pytest.mark.parametrize(
    "value",
    [
        "*",
        "shop.example",
        ".shop.example",
        "10.0.0.1",
        "[::1]",
        "LOCALHOST",
        "a-b",
        "localhost,localhost",
    ],
)
def test_valid_hosts_are_accepted(environment, value):
    assert environment(NAME=value).hosts("NAME", "localhost") == value.split(",")
    assert environment(NAME="").hosts("NAME", "localhost, 127.0.0.1") == ["localhost", "127.0.0.1"]


@pytest.mark.parametrize(
    "value",
    [
        "http://shop.example",
        "shop.example:8000",
        "shop.example/",
        "shop_example",
        "*.shop.example",
        "..shop.example",
        "shop.example.",
        "::1",
        "[::1]:8000",
        "[]",
        "300.1.1.1",
        "shop example",
        ".",
    ],
)
def test_an_invalid_host_is_rejected(startup_error, value):
    message = startup_error(
        lambda environment: environment.hosts("NAME", "localhost"), NAME=f"good.example,{value}"
    )
    assert message.startswith("NAME has to be host names without scheme, port and underscores")
    assert message.endswith(f"not {value!r}.")


def test_origins_are_split_at_commas(environment):
    assert environment(NAME="https://shop.example, http://localhost:5173,").origins("NAME") == [
        "https://shop.example",
        "http://localhost:5173",
    ]
    assert environment(NAME="").origins("NAME") == []


@pytest.mark.parametrize(
    "value",
    [
        "shop.example",
        "*",
        "null",
        "https://shop.example/",
        "https://shop.example/path",
        "https://Shop.example",
        "https://shop.example:443",
        "http://shop.example:80",
        "http://",
        "http://h:port",
        "https://user@shop.example",
    ],
)
def test_an_origin_that_no_browser_sends_is_rejected(startup_error, value):
    message = startup_error(
        lambda environment: environment.origins("NAME"), NAME=f"https://good.example,{value}"
    )
    assert message.startswith("NAME has to be origins as browsers send them")
    assert message.endswith(f"not {value!r}.")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "http://collector:4318",
        "https://collector.example/otlp",
        "http://otel_collector:4318",
        "http://[::1]:4318",
    ],
)
def test_an_endpoint_may_have_a_path_or_be_empty(environment, value):
    assert environment(NAME=value).endpoint("NAME") == value


@pytest.mark.parametrize(
    ("value", "sender"),
    [
        ("shop@example.com", "shop@example.com"),
        ("Shop <shop@example.com>", "Shop <shop@example.com>"),
        ("Shop, Inc. <a@b>", '"Shop, Inc." <a@b>'),
        ('"Shop, Inc." <a@b>', '"Shop, Inc." <a@b>'),
        ('The "Old" Shop <a@b>', r'"The \"Old\" Shop" <a@b>'),
        ("Bücher: alt & neu <shop@example.com>", '"Bücher: alt & neu" <shop@example.com>'),
    ],
)
def test_a_sender_is_quoted_as_headers_need_it(environment, value, sender):
    assert environment(NAME=value).sender("NAME", "shop@localhost") == sender


def test_a_default_secret_is_accepted_in_a_local_run_only(environment, startup_error):
    assert environment(ENVIRONMENT="local").secret("NAME", "default") == "default"
    assert (
        startup_error(lambda environment: environment.secret("NAME", "default"))
        == "NAME is not set."
    )
    message = startup_error(
        lambda environment: environment.secret("NAME", "default"), NAME="default"
    )
    assert message == "NAME still has a default for local runs; set a secret of your own."


def test_the_default_of_another_secret_is_rejected_as_well(startup_error):
    message = startup_error(
        lambda environment: environment.key("NAME", "default"), NAME=f"local-only-{LONG}"
    )
    assert message == "NAME still has a default for local runs; set a secret of your own."


def test_a_key_has_to_be_long_and_is_not_shown(environment, startup_error):
    assert environment(NAME=LONG).key("NAME", "default") == LONG
    message = startup_error(lambda environment: environment.key("NAME", LONG), NAME="short-secret")
    assert message == "NAME has to be at least 32 characters long."


@pytest.mark.parametrize("value", [f"{LONG}ü", f"{LONG}\n{LONG}"])
def test_a_key_that_is_not_printable_ascii_is_rejected(startup_error, value):
    message = startup_error(lambda environment: environment.key("NAME", "default"), NAME=value)
    assert message == "NAME has to consist of printable ASCII characters."


def test_an_optional_key_may_be_empty(environment, startup_error):
    assert environment(ENVIRONMENT="local", NAME="").optional_key("NAME", LONG) == ""
    assert environment(ENVIRONMENT="local", NAME=LONG).optional_key("NAME", LONG) == LONG
    message = startup_error(lambda environment: environment.optional_key("NAME", LONG), NAME=LONG)
    assert message == "NAME still has a default for local runs; set a secret of your own."
    assert startup_error(
        lambda environment: environment.optional_key("NAME", LONG), NAME="short"
    ).endswith("32 characters long.")


def test_a_secret_may_be_in_a_file(environment, tmp_path):
    file = tmp_path / "secret"
    file.write_text(f"{LONG}\n")
    assert environment(NAME_FILE=str(file)).key("NAME", "default") == LONG
    assert environment(NAME="", NAME_FILE=str(file)).optional_key("NAME", "default") == LONG
    file.write_text("postgres://shop:secret@db/orders")
    assert environment(DATABASE_URL_FILE=str(file)).database_config()["PASSWORD"] == "secret"


def test_a_default_is_rejected_from_a_file_as_well(startup_error, tmp_path):
    file = tmp_path / "secret"
    file.write_text("default\n")
    message = startup_error(
        lambda environment: environment.secret("NAME", "default"), NAME_FILE=str(file)
    )
    assert message == "NAME still has a default for local runs; set a secret of your own."


def test_a_value_and_a_file_are_rejected(startup_error, tmp_path):
    message = startup_error(
        lambda environment: environment.string("NAME"), NAME="a", NAME_FILE=str(tmp_path / "secret")
    )
    assert message == "NAME_FILE is set, and NAME as well; set one of the two."


@pytest.mark.parametrize("name", ["missing", ".", "binary", "x" * 5000])
def test_an_unreadable_file_is_rejected(startup_error, tmp_path, name):
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    message = startup_error(
        lambda environment: environment.string("NAME", "default"), NAME_FILE=str(tmp_path / name)
    )
    assert message == "NAME_FILE has to be the path of a readable text file."


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("consolemail://", {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}),
        ("dummymail://", {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}),
        ("filemail:///var/mails", {"EMAIL_FILE_PATH": "/var/mails"}),
        (
            "smtp://127.0.0.1:2525",
            {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": 2525, "EMAIL_HOST_USER": ""},
        ),
        ("smtp://mail_catcher", {"EMAIL_HOST": "mail_catcher", "EMAIL_PORT": 25}),
        ("smtp://[::1]", {"EMAIL_HOST": "::1", "EMAIL_PORT": 25}),
        (
            "smtp+tls://shop%40example.com:p%3Aw@mail.example.com:2587",
            {
                "EMAIL_USE_TLS": True,
                "EMAIL_HOST_USER": "shop@example.com",
                "EMAIL_HOST_PASSWORD": "p:w",
                "EMAIL_PORT": 2587,
            },
        ),
        ("smtp+tls://mail.example.com", {"EMAIL_USE_TLS": True, "EMAIL_PORT": 587}),
        (
            "smtp+ssl://mail.example.com",
            {"EMAIL_USE_SSL": True, "EMAIL_HOST": "mail.example.com", "EMAIL_PORT": 465},
        ),
        (
            "smtps://u:p@mail.example.com/",
            {"EMAIL_USE_SSL": True, "EMAIL_HOST_USER": "u", "EMAIL_PORT": 465},
        ),
    ],
)
def test_a_mail_url_is_parsed(environment, value, expected):
    config = environment(EMAIL_URL=value, ENVIRONMENT="local").email_config()
    assert {name: config.get(name) for name in expected} == expected
    assert all(name.startswith("EMAIL_") for name in config)


def test_a_local_run_writes_mail_to_its_log(environment, startup_error):
    assert "console" in environment(ENVIRONMENT="local").email_config()["EMAIL_BACKEND"]
    assert startup_error(lambda environment: environment.email_config()) == "EMAIL_URL is not set."


def test_production_writes_no_mail_to_its_log(startup_error):
    message = startup_error(
        lambda environment: environment.email_config(), EMAIL_URL="consolemail://"
    )
    assert message.startswith("EMAIL_URL is consolemail://, ")


@pytest.mark.parametrize(
    "value",
    [
        "nonsense",
        "smtp://",
        "filemail://",
        "filemail://relative/folder",
        "consolemail://host",
        "pop3://u:hidden@h",
        "smtp://u:hidden@h:port",
        "smtp://u:hidden@h/path",
        "smtp://hidden@h",
        "smtp://:hidden@h",
        "smtp://u:hid den@h",
        "smtp://h:99999",
        "smtp://h:0",
        "smtp://[::1",
        "smtp://a,b",
        "smtp://h?x=1",
    ],
)
def test_another_mail_url_is_rejected_without_its_password(startup_error, value):
    message = startup_error(lambda environment: environment.email_config(), EMAIL_URL=value)
    assert (
        message == "EMAIL_URL has to look like smtp+tls://user:password@host:587 or consolemail://."
    )


@pytest.mark.parametrize(
    "value",
    [
        "nonsense",
        "postgres://",
        "postgres://host",
        "postgres://u:hidden@host/",
        "sqlite:///file",
        "mysql://u:p@h/db",
        "postgres://u:hidden@h:port/db",
        "postgres://u:hidden@h:99999/db",
        "postgres://u:hidden@h:0/db",
        "postgres://u:hid%zzden@h/db",
        "postgres://u:hidden@h/db?nonsense=1",
        "postgres://u:hidden@[::1/db",
        "postgers://u:hidden@h/db",
        "host=h dbname=db password=hidden",
    ],
)
def test_an_invalid_database_url_is_rejected_without_its_password(startup_error, value):
    message = startup_error(lambda environment: environment.database_config(), DATABASE_URL=value)
    assert message == "DATABASE_URL has to look like postgres://user:password@host:port/name."


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "postgres://u:p%40w@h:5433/name",
            {"USER": "u", "PASSWORD": "p@w", "HOST": "h", "PORT": "5433", "NAME": "name"},
        ),
        (
            "postgresql://order_db/name",
            {"USER": "", "PASSWORD": "", "HOST": "order_db", "PORT": ""},
        ),
        ("postgres://u:p@a:5432,b:5433/name", {"HOST": "a,b", "PORT": "5432,5433"}),
        (
            "postgres://u:p@/orders?host=/run/postgresql",
            {"HOST": "/run/postgresql", "NAME": "orders", "OPTIONS": {}},
        ),
        (
            "postgres://u:p@h/orders?sslmode=require",
            {"HOST": "h", "OPTIONS": {"sslmode": "require"}},
        ),
    ],
)
def test_a_database_url_is_parsed(environment, value, expected):
    config = environment(DATABASE_URL=value).database_config()
    assert {name: config[name] for name in expected} == expected


@pytest.mark.parametrize("password", ["orders-local-only", "users-local-only"])
def test_production_rejects_a_default_password_of_a_database(environment, startup_error, password):
    url = f"postgres://orders:{password}@order_db/orders"
    assert (
        environment(ENVIRONMENT="local", DATABASE_URL=url).database_config()["PASSWORD"] == password
    )
    message = startup_error(lambda environment: environment.database_config(), DATABASE_URL=url)
    assert (
        message == "DATABASE_URL still has a default password for local runs; set one of your own."
    )


@pytest.mark.parametrize(
    ("command", "variables", "line"),
    [
        (
            ["-m", "django", "check"],
            {"DATABASE_URL": "nonsense"},
            "DATABASE_URL has to look like postgres://user:password@host:port/name.",
        ),
        (
            ["-m", "gunicorn", "-c", "chassis/tests/gunicorn.py", "chassis.tests.wsgi"],
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "nonsense"},
            "OTEL_EXPORTER_OTLP_ENDPOINT has to look like http://host:port, not 'nonsense'.",
        ),
        (
            ["-m", "django", "check"],
            {"WEB_CONCURRENCY": "auto"},
            "WEB_CONCURRENCY has to be a whole number from 1 to 64, not 'auto'.",
        ),
    ],
)
def test_a_process_prints_one_line_and_exits_with_status_1(command, variables, line):
    around = (
        os.environ
        | {"DJANGO_SETTINGS_MODULE": "chassis.tests.settings", "PYTHONPATH": str(ROOT)}
        | variables
    )
    ended = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=around,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", f"{line}\n")
