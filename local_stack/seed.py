"""`make seed`: fills the running system of `make up` with demo data, using each service's
`manage.py seed_demo`.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from local_stack import env_file, health, ports
from local_stack.data_dir import KEYS, DataDir
from local_stack.errors import StackError
from local_stack.postgres import Cluster
from local_stack.services import Services
from local_stack.topology import GATEWAY, REPOSITORY, SERVICES

SEED_ORDER = ("product", "inventory", "order", "user")
"""Orders need products and stock. Accounts come last, so that their logins are the last output."""


def run(environment: Mapping[str, str], *options: str, root: Path = REPOSITORY) -> None:
    """Passes `options` to each command. Raises StackError for the first one that fails."""
    chosen = ports.from_environment(environment)
    data = DataDir(Path(environment.get("SHOP_DATA") or root / ".data"))
    if not (data.path / KEYS).exists():
        raise StackError(
            f"There is no system in {data.path}: start one (make up), or set SHOP_DATA to its data "
            "folder."
        )
    for name in SERVICES:
        if not health.is_ready(name, chosen[name]):
            raise StackError(
                f"The {name} service is not ready on port {chosen[name]}: is the system up (make "
                "up)?"
            )
    services = Services(root, data, chosen, Cluster(data), {})
    for name in SEED_ORDER:
        _run(services, name, options)
    print(f"The shop is open at http://localhost:{chosen[GATEWAY]}/")


def _run(services: Services, name: str, options: tuple[str, ...]) -> None:
    command = services.manage(name, "seed_demo")
    status = subprocess.run(
        [*command.argv, *options], cwd=command.cwd, env=command.environment, check=False
    ).returncode
    if status:
        raise StackError(
            f"Seeding the {name} service failed. Existing rows stay; another run continues from "
            "there."
        )


if __name__ == "__main__":
    try:
        env_file.load(os.environ)
        run(os.environ, *sys.argv[1:])
    except StackError as failure:
        sys.exit(str(failure))
    except KeyboardInterrupt:
        sys.exit("Interrupted: another run continues from here.")
