"""The `.env` file at the root: the same variables, by the same rules, as for Compose."""

from collections.abc import MutableMapping
from pathlib import Path

from dotenv import dotenv_values

from local_stack.topology import REPOSITORY, SERVICES

COMPOSE_ONLY = {f"{name.upper()}_SERVICE_URL" for name in SERVICES}
"""In the file these are addresses between containers; without Docker the ports determine them."""


def load(environment: MutableMapping[str, str], root: Path = REPOSITORY) -> None:
    """Adds the variables of the file; existing ones take precedence. No file, no change."""
    for name, value in dotenv_values(root / ".env").items():
        if value is not None and name not in COMPOSE_ONLY:
            environment.setdefault(name, value)
