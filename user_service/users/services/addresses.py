"""A user's address book. One address of it is the default for as long as there is any."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from users.errors import AccountInactive, AddressBookFull, DefaultNeeded, UnknownAddress
from users.models import Address, User

MOST = 50


def book_of(*, user_id: UUID) -> QuerySet[Address]:
    return Address.objects.filter(user_id=user_id)


def address_of(*, user_id: UUID, address_id: UUID) -> Address:
    """Raises UnknownAddress for somebody else's, too."""
    address = book_of(user_id=user_id).filter(pk=address_id).first()
    if address is None:
        raise UnknownAddress
    return address


@transaction.atomic
def add(*, user_id: UUID, is_default: bool = False, **fields: str) -> Address:
    """The first one is the default, whatever is asked for. Raises AddressBookFull."""
    _hold(user_id)
    there = book_of(user_id=user_id).count()
    if there >= MOST:
        raise AddressBookFull
    if is_default:
        _unmake_default(user_id)
    return Address.objects.create(user_id=user_id, is_default=is_default or not there, **fields)


@transaction.atomic
def change(*, user_id: UUID, address_id: UUID, **changes: Any) -> Address:
    """Raises UnknownAddress, or DefaultNeeded when the default is to be none any more."""
    _hold(user_id)
    address = address_of(user_id=user_id, address_id=address_id)
    if address.is_default and changes.get("is_default") is False:
        raise DefaultNeeded
    if changes.get("is_default"):
        _unmake_default(user_id)
    for name, value in changes.items():
        setattr(address, name, value)
    address.save(update_fields=changes)
    return address


@transaction.atomic
def remove(*, user_id: UUID, address_id: UUID) -> None:
    """When it was the default, the newest of the others is from now on."""
    _hold(user_id)
    address = address_of(user_id=user_id, address_id=address_id)
    address.delete()
    if address.is_default and (newest := book_of(user_id=user_id).order_by("-id").first()):
        book_of(user_id=user_id).filter(pk=newest.pk).update(is_default=True)


def erase(*, user_id: UUID) -> None:
    book_of(user_id=user_id).delete()


def _hold(user_id: UUID) -> None:
    """One change of a book at a time, and none beside the closing of its account. Raises AccountInactive."""
    if (
        User.objects.select_for_update(no_key=True).filter(pk=user_id, is_active=True).first()
        is None
    ):
        raise AccountInactive


def _unmake_default(user_id: UUID) -> None:
    book_of(user_id=user_id).filter(is_default=True).update(is_default=False)
