"""Settings from the environment."""

import runpy
from pathlib import Path

import pytest
from conftest import Api
from django.core.mail import send_mail

SETTINGS = Path(__file__).resolve().parents[1] / "config" / "settings.py"
PRODUCTION = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": "postgres://users:x@database/users",
    "DJANGO_SECRET_KEY": "a secret of its own that is long enough",
    "ORDER_TO_USER_KEY": "another secret of its own, long enough",
    "ADMIN_EMAIL": "owner@example.com",
    "ADMIN_PASSWORD": "lampshade and chair",
    "EMAIL_URL": "smtp+tls://shop:secret@mail.example.com:587",
}
OPTIONAL = (
    "ALLOWED_HOSTS",
    "CORS_ALLOWED_ORIGINS",
    "LOG_LEVEL",
    "LOG_FORMAT",
    "TRUSTED_PROXY_SECRET",
    "EMAIL_FROM",
    "SHOP_URL",
)


@pytest.fixture
def settings_with(monkeypatch):
    def read(**environment):
        for name in (*OPTIONAL, *PRODUCTION):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(SETTINGS))

    return read


def test_production_needs_these_variables(settings_with):
    settings = settings_with(**PRODUCTION)
    assert (settings["ADMIN_EMAIL"], settings["DEBUG"]) == ("owner@example.com", False)
    assert settings["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1"]


def test_a_local_run_needs_a_database(settings_with):
    settings = settings_with(ENVIRONMENT="local", DATABASE_URL=PRODUCTION["DATABASE_URL"])
    assert (settings["ADMIN_EMAIL"], settings["ADMIN_PASSWORD"], settings["DEBUG"]) == (
        "admin@example.com",
        "admin-password",
        False,
    )


@pytest.mark.parametrize("name", list(PRODUCTION)[1:])
def test_production_requires_each_variable(settings_with, name):
    with pytest.raises(SystemExit, match=f"^{name} is not set.$"):
        settings_with(**{each: value for each, value in PRODUCTION.items() if each != name})


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("ADMIN_PASSWORD", "admin-password"),
        ("DJANGO_SECRET_KEY", "local-only-django-secret-key-0123456789abcdef"),
        ("ORDER_TO_USER_KEY", "local-only-order-to-user-key-0123456789abcd"),
        ("TRUSTED_PROXY_SECRET", "local-only-x-proxy-secret-0123456789abcdef"),
        ("DATABASE_URL", "postgres://users:users-local-only@user_db:5432/users"),
        ("EMAIL_URL", "consolemail://"),
    ],
)
def test_production_rejects_the_local_defaults_by_name(settings_with, name, default):
    with pytest.raises(SystemExit, match=f"^{name} (still has a default|is consolemail://)"):
        settings_with(**PRODUCTION | {name: default})


def test_mail_and_the_proxy_secret_are_read_from_the_environment(settings_with):
    settings = settings_with(**PRODUCTION)
    assert (settings["EMAIL_HOST"], settings["EMAIL_PORT"], settings["EMAIL_USE_TLS"]) == (
        "mail.example.com",
        587,
        True,
    )
    assert (settings["EMAIL_HOST_USER"], settings["EMAIL_HOST_PASSWORD"]) == ("shop", "secret")
    assert (
        settings["DEFAULT_FROM_EMAIL"],
        settings["SHOP_URL"],
        settings["TRUSTED_PROXY_SECRET"],
    ) == (
        "shop@localhost",
        "http://localhost:8080",
        "",
    )
    custom = {
        "EMAIL_FROM": "Shop <shop@example.com>",
        "SHOP_URL": "https://example.com/shop/",
        "TRUSTED_PROXY_SECRET": "k" * 32,
    }
    settings = settings_with(**PRODUCTION | custom)
    assert (settings["DEFAULT_FROM_EMAIL"], settings["SHOP_URL"]) == (
        "Shop <shop@example.com>",
        "https://example.com/shop",
    )


def test_a_sender_with_a_comma_in_its_name_can_send(settings_with, mailoutbox):
    settings = settings_with(**PRODUCTION | {"EMAIL_FROM": "Shop, Inc. <shop@example.com>"})

    send_mail("Hello", "Hello.", settings["DEFAULT_FROM_EMAIL"], ["anna@example.com"])

    [sent] = mailoutbox
    assert sent.message()["From"] == '"Shop, Inc." <shop@example.com>'


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EMAIL_URL", "mail.example.com"),
        ("EMAIL_FROM", "shop"),
        ("SHOP_URL", "shop.example.com"),
        ("SHOP_URL", "http://shop.example.com/?x=1"),
        ("TRUSTED_PROXY_SECRET", "short"),
    ],
)
def test_a_malformed_variable_is_named_in_one_line(settings_with, name, value):
    with pytest.raises(
        SystemExit, match=f"^{name} has to be [^\n]*$|^{name} has to look like [^\n]*$"
    ):
        settings_with(**PRODUCTION | {name: value})


@pytest.mark.django_db
def test_readiness_depends_on_the_database_only():
    response = Api().get("/health/ready")
    assert (response.status_code, response.json()) == (
        200,
        {"status": "ready", "checks": {"database": "ok", "migrations": "ok"}, "dependencies": {}},
    )
