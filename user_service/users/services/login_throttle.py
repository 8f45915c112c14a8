"""Rate limits of failed logins: per account and client address, and per client address.

An attempt counts as a failure before the password is checked, so concurrent attempts cannot exceed
a limit. A rejected attempt computes no hash and reveals nothing about the password.
"""

from datetime import timedelta

from django.db import transaction

from users.errors import LoginThrottled
from users.services.rate_limit import Limit, account_key, client_key

WINDOW = timedelta(minutes=15)
ACCOUNT_LIMIT = Limit("login-account", 10, WINDOW, LoginThrottled)
CLIENT_LIMIT = Limit("login-address", 100, WINDOW, LoginThrottled)


@transaction.atomic
def reserve(*, email: str, address: str) -> None:
    """Count an attempt as a failure. Raises LoginThrottled, and then counts nothing."""
    CLIENT_LIMIT.hit(client_key(address))
    ACCOUNT_LIMIT.hit(account_key(email), client_key(address))


def reserve_confirmation(*, email: str, address: str) -> None:
    """For a signed-in user who repeats the password: ignores failures of others at the address."""
    ACCOUNT_LIMIT.hit(account_key(email), client_key(address))


def release(*, email: str, address: str) -> None:
    """Undo `reserve`: the password was not checked."""
    CLIENT_LIMIT.give_back(client_key(address))
    ACCOUNT_LIMIT.give_back(account_key(email), client_key(address))


def succeed(*, email: str, address: str) -> None:
    CLIENT_LIMIT.give_back(client_key(address))
    clear(email)


def clear(email: str) -> None:
    ACCOUNT_LIMIT.clear(account_key(email))
