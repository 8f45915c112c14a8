"""The demo shop's people: as they are on file, and as they get accounts."""

import json
import secrets
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from django.db import transaction

from demo_data import deterministic_uuid7, timestamp_of
from users.models import User
from users.services import accounts, addresses

FILE = Path(__file__).with_name("accounts.json")


class Person(TypedDict):
    email: str
    name: str
    role: str
    address: dict[str, Any]
    password: NotRequired[str]
    """Of those that somebody shall sign in as; nobody knows those of the others."""


def people() -> list[Person]:
    return list(json.loads(FILE.read_text()))


@transaction.atomic
def add(person: Person) -> bool:
    """Whether the account is new: one that is there stays as it is, changed, closed or whatever. Raises EmailTaken."""
    user_id = deterministic_uuid7(person["email"])
    if User.objects.filter(pk=user_id).exists():
        return False
    accounts.register(
        email=person["email"],
        name=person["name"],
        password=person.get("password") or secrets.token_urlsafe(24),
        role=User.Role(person["role"]),
        id=user_id,
        created_at=timestamp_of(user_id),
    )
    addresses.add(user_id=user_id, **person["address"])
    return True
