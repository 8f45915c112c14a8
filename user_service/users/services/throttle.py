"""Failed sign-ins are counted, by account and address, and by address alone, over the last quarter of an hour.

Nobody can be locked out with this: a right password is looked at first and clears the count of its account.
"""

import hashlib
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from chassis.client_address import network
from users.errors import TooManySignIns
from users.models import FailedSignIn
from users.services.sweeping import sweep

WINDOW = timedelta(minutes=15)
MOST_OF_ACCOUNT = 10
MOST_OF_ADDRESS = 100
LOCK = 7_305_002


@transaction.atomic
def count(email: str, address: str) -> None:
    """Count a failure. Raises TooManySignIns where there are enough of them; then it is not counted, and time goes by."""
    account, address = account_of(email), network(address)[:64]
    _one_at_a_time(address)
    ages = _ages(address)
    of_account = [age for whose, age in ages if whose == account]
    _refuse_if_full(of_account, MOST_OF_ACCOUNT)
    _refuse_if_full([age for _, age in ages], MOST_OF_ADDRESS)
    FailedSignIn.objects.create(account=account, address=address)
    sweep(FailedSignIn.objects.filter(created_at__lte=Now() - WINDOW).order_by("created_at"))


def forget(email: str) -> None:
    FailedSignIn.objects.filter(account=account_of(email)).delete()


def account_of(email: str) -> str:
    """What stands for an account here, whether there is one or not: neither addresses nor their owners can be read from it."""
    return hashlib.sha256(email.lower().encode()).hexdigest()


def _one_at_a_time(address: str) -> None:
    """Two failures at once must not both be the tenth."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, address])


def _ages(address: str) -> list[tuple[str, timedelta]]:
    """Account and age of the address' failures within the window, youngest first."""
    recent = FailedSignIn.objects.filter(address=address, created_at__gt=Now() - WINDOW).order_by("-created_at")
    return list(recent.annotate(age=Now() - F("created_at")).values_list("account", "age")[:MOST_OF_ADDRESS])


def _refuse_if_full(ages: list[timedelta], most: int) -> None:
    if len(ages) >= most:
        raise TooManySignIns((WINDOW - ages[most - 1]).total_seconds())
