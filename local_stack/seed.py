"""`make seed`: fills the running system of `make up` with a demo shop, by each service's own `manage.py seed_demo`."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from local_stack import health, ports
from local_stack.catalogue import GATEWAY, REPOSITORY, SERVICES
from local_stack.data_folder import DataFolder
from local_stack.errors import StackError
from local_stack.postgres import Cluster
from local_stack.services import Services

IN_TURN = ("product", "inventory", "order", "user")
"""Orders need products and stock; the accounts come last, for what is said of them is what one wants to read in the end."""


def run(environment: Mapping[str, str], *options: str, root: Path = REPOSITORY) -> None:
    """`options` go to each command. Raises StackError for the first one that fails."""
    chosen = ports.from_environment(environment)
    data = DataFolder(Path(environment.get("SHOP_DATA") or root / ".data"))
    if not (data.path / "keys.json").exists():
        raise StackError(f"There is no system in {data.path}: start one (make up), or say where its data is (SHOP_DATA).")
    for name in SERVICES:
        if not health.is_ready(name, chosen[name]):
            raise StackError(f"The {name} service is not ready on port {chosen[name]}: is the system up (make up)?")
    services = Services(root, data, chosen, Cluster(data), {})
    for name in IN_TURN:
        _run(services, name, options)
    print(f"The shop is open at http://localhost:{chosen[GATEWAY]}/")


def _run(services: Services, name: str, options: tuple[str, ...]) -> None:
    command = services.manage(name, "seed_demo")
    status = subprocess.run([*command.argv, *options], cwd=command.cwd, env=command.environment, check=False).returncode
    if status:
        raise StackError(f"The {name} service could not be filled; what is there already stays, and another run goes on from it.")


if __name__ == "__main__":
    try:
        run(os.environ, *sys.argv[1:])
    except StackError as failure:
        sys.exit(str(failure))
    except KeyboardInterrupt:
        sys.exit("Interrupted: another run goes on from here.")
