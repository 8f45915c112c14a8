"""Limits failed logins, per account and address, and per address.

An attempt is counted as a failure before the password is checked, so that concurrent attempts cannot exceed a limit, and a
rejected attempt costs no hash and says nothing about the password. A success clears the count of its account.
"""

from datetime import timedelta

from django.db import transaction

from users.errors import TooManySignIns
from users.services.rate_limit import Limit, account, client

WINDOW = timedelta(minutes=15)
OF_ACCOUNT = Limit("login-account", 10, WINDOW, TooManySignIns)
OF_ADDRESS = Limit("login-address", 100, WINDOW, TooManySignIns)


@transaction.atomic
def reserve(*, email: str, address: str) -> None:
    """Count an attempt to log in as a failure. Raises TooManySignIns, and then counts nothing."""
    OF_ADDRESS.hit(client(address))
    OF_ACCOUNT.hit(account(email), client(address))


def reserve_confirmation(*, email: str, address: str) -> None:
    """The same for a signed-in user who repeats the password: failures of others at the same address do not count."""
    OF_ACCOUNT.hit(account(email), client(address))


def release(*, email: str, address: str) -> None:
    """The attempt was not a failure, but no success either."""
    OF_ADDRESS.give_back(client(address))
    OF_ACCOUNT.give_back(account(email), client(address))


def succeed(*, email: str, address: str) -> None:
    OF_ADDRESS.give_back(client(address))
    clear(email)


def clear(email: str) -> None:
    OF_ACCOUNT.clear(account(email))
