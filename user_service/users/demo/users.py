"""The demo users: their data, and the accounts created from it."""

import json
import secrets
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from django.db import transaction

from demo_data import deterministic_uuid7, timestamp_of
from users.models import User
from users.services import accounts, addresses

FILE = Path(__file__).with_name("accounts.json")


class DemoUser(TypedDict):
    email: str
    name: str
    role: str
    address: dict[str, Any]
    password: NotRequired[str]
    """Of the users to sign in as; the others get a random password."""


def load() -> list[DemoUser]:
    return list(json.loads(FILE.read_text()))


@transaction.atomic
def create(data: DemoUser) -> bool:
    """Whether the account is new; an existing one is left unchanged. Raises EmailTaken."""
    user_id = deterministic_uuid7(data["email"])
    if User.objects.filter(pk=user_id).exists():
        return False
    accounts.register(
        email=data["email"],
        name=data["name"],
        password=data.get("password") or secrets.token_urlsafe(24),
        role=User.Role(data["role"]),
        id=user_id,
        created_at=timestamp_of(user_id),
    )
    addresses.add(user_id=user_id, **data["address"])
    return True
