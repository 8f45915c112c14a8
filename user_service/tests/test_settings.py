"""Settings are read once and refuse to guess."""

import runpy
from pathlib import Path

import pytest
from conftest import Api

SETTINGS = Path(__file__).resolve().parents[1] / "config" / "settings.py"
PRODUCTION = {
    "DJANGO_DEBUG": "0",
    "DATABASE_URL": "postgres://users:x@database/users",
    "DJANGO_SECRET_KEY": "a secret of its own that is long enough",
    "ADMIN_EMAIL": "owner@example.com",
    "ADMIN_PASSWORD": "lampshade and chair",
}


@pytest.fixture
def settings_with(monkeypatch):
    def read(**environment):
        for name in ("ALLOWED_HOSTS", "CORS_ALLOWED_ORIGINS", "LOG_LEVEL", "LOG_FORMAT", *PRODUCTION):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(SETTINGS))

    return read


def test_production_needs_no_more_than_this(settings_with):
    settings = settings_with(**PRODUCTION)
    assert (settings["ADMIN_EMAIL"], settings["DEBUG"]) == ("owner@example.com", False)
    assert settings["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1"]


def test_a_local_run_needs_a_database(settings_with):
    settings = settings_with(DJANGO_DEBUG="1", DATABASE_URL=PRODUCTION["DATABASE_URL"])
    assert (settings["ADMIN_EMAIL"], settings["ADMIN_PASSWORD"], settings["DEBUG"]) == (
        "admin@example.com",
        "admin-password",
        False,
    )


@pytest.mark.parametrize("name", list(PRODUCTION)[1:])
def test_production_refuses_to_guess(settings_with, name):
    with pytest.raises(SystemExit, match=f"^{name} is not set.$"):
        settings_with(**{each: value for each, value in PRODUCTION.items() if each != name})


@pytest.mark.parametrize(
    ("name", "default"),
    [("ADMIN_PASSWORD", "admin-password"), ("DJANGO_SECRET_KEY", "local-only-django-secret-key-0123456789abcdef")],
)
def test_production_refuses_the_default_secrets_by_name(settings_with, name, default):
    with pytest.raises(SystemExit, match=f"^{name} still has its default for local runs"):
        settings_with(**PRODUCTION | {name: default})


@pytest.mark.django_db
def test_the_service_is_ready_with_its_database_and_depends_on_nobody():
    answer = Api().get("/health/ready")
    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "ready", "checks": {"database": "ok", "migrations": "ok"}, "dependencies": {}},
    )
