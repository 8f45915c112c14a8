"""Static checks of the Compose files."""

import re
from typing import Any

import pytest
import yaml

from integration_tests import repo_files
from local_stack.topology import SERVICES

COMPOSE = yaml.safe_load(repo_files.text("docker-compose.yml"))["services"]
HTTPS = yaml.safe_load(repo_files.text("docker-compose.https.yml"))["services"]
RUNNING = [f"{name}_service" for name in SERVICES] + ["order_worker"]
PREPARING = [f"{name}_prepare" for name in SERVICES]
DATABASES = [f"{name}_db" for name in SERVICES]
NEEDED = {
    "gateway": {"NET_BIND_SERVICE", "DAC_OVERRIDE"},
    "databases": {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"},
}
SECRETS = re.compile(r"\$\{(\w*(?:PASSWORD|SECRET|KEY)\w*):-([^}]*)\}")


@pytest.mark.parametrize("name", [*RUNNING, *PREPARING])
def test_with_a_host_name_every_service_runs_in_production(name: str) -> None:
    assert COMPOSE[name]["environment"]["ENVIRONMENT"] == "${ENVIRONMENT:-local}"
    assert HTTPS[name]["environment"]["ENVIRONMENT"] == "production"


@pytest.mark.parametrize("name", DATABASES)
def test_with_a_host_name_no_database_has_the_default_password(name: str) -> None:
    assert re.fullmatch(
        r"\$\{\w+_DB_PASSWORD:\?.+\}", HTTPS[name]["environment"]["POSTGRES_PASSWORD"]
    )


def test_every_default_secret_is_marked_local_only() -> None:
    defaults = dict(SECRETS.findall(repo_files.text("docker-compose.yml")))

    assert len(defaults) >= 11
    assert {name for name, value in defaults.items() if "local-only" not in value} == {
        "ADMIN_PASSWORD"
    }


def test_each_service_has_its_own_database_role_and_only_migrations_use_the_owner() -> None:
    for name, service in SERVICES.items():
        running, preparing = (
            COMPOSE[f"{name}_service"]["environment"],
            COMPOSE[f"{name}_prepare"]["environment"],
        )
        assert running["DATABASE_URL"].startswith(f"postgres://{service.database}_app:")
        assert preparing["MIGRATION_DATABASE_URL"].startswith(f"postgres://{service.database}:")
        assert "MIGRATION_DATABASE_URL" not in running
    assert "MIGRATION_DATABASE_URL" not in COMPOSE["order_worker"]["environment"]


def test_only_the_gateway_publishes_ports_and_service_ports_have_a_separate_address() -> None:
    assert [name for name, each in COMPOSE.items() if "ports" in each] == ["gateway"]
    addresses = {
        port.rpartition(":")[2]: port.split(":")[0] for port in COMPOSE["gateway"]["ports"]
    }
    assert addresses == {"8080": "${PUBLISH_ADDRESS"} | dict.fromkeys(
        ["8000", "8001", "8002", "8003"], "${SERVICE_PUBLISH_ADDRESS"
    )
    assert all(
        ":-127.0.0.1}:" in port for port in COMPOSE["gateway"]["ports"] + HTTPS["gateway"]["ports"]
    )


@pytest.mark.parametrize("name", COMPOSE)
def test_containers_drop_unneeded_capabilities(name: str) -> None:
    part: dict[str, Any] = COMPOSE[name]
    needed = NEEDED.get(name, NEEDED["databases"] if name in DATABASES else set())

    assert part["cap_drop"] == ["ALL"]
    assert set(part.get("cap_add", [])) == needed
    assert part["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", DATABASES)
def test_a_database_logs_no_values(name: str) -> None:
    command = COMPOSE[name]["command"]

    for setting in (
        "log_min_error_statement=panic",
        "log_error_verbosity=terse",
        "log_parameter_max_length_on_error=0",
    ):
        assert f"-c {setting}" in command
