"""Changes of a user's address book. A non-empty address book has exactly one default address."""

from typing import Any
from uuid import UUID

from django.db import transaction

from users.errors import AccountInactive, AddressBookFull, DefaultAddressRequired
from users.models import Address, User
from users.selectors import get_address, list_addresses

MAX_ADDRESSES = 50


@transaction.atomic
def add(*, user_id: UUID, is_default: bool = False, **fields: str) -> Address:
    """The first address is always the default. Raises AddressBookFull."""
    _lock_user(user_id)
    count = list_addresses(user_id=user_id).count()
    if count >= MAX_ADDRESSES:
        raise AddressBookFull
    if is_default:
        _clear_default(user_id)
    return Address.objects.create(user_id=user_id, is_default=is_default or not count, **fields)


@transaction.atomic
def change(*, user_id: UUID, address_id: UUID, **changes: Any) -> Address:
    """Raises AddressNotFound, or DefaultAddressRequired if the book would have no default."""
    _lock_user(user_id)
    address = get_address(user_id=user_id, address_id=address_id)
    if address.is_default and changes.get("is_default") is False:
        raise DefaultAddressRequired
    if changes.get("is_default"):
        _clear_default(user_id)
    for name, value in changes.items():
        setattr(address, name, value)
    address.save(update_fields=changes)
    return address


@transaction.atomic
def remove(*, user_id: UUID, address_id: UUID) -> None:
    """After removing the default, the newest remaining address becomes the default."""
    _lock_user(user_id)
    address = get_address(user_id=user_id, address_id=address_id)
    address.delete()
    others = list_addresses(user_id=user_id)
    if address.is_default and (newest := others.order_by("-id").first()):
        others.filter(pk=newest.pk).update(is_default=True)


def delete_all(*, user_id: UUID) -> None:
    list_addresses(user_id=user_id).delete()


def _lock_user(user_id: UUID) -> None:
    """Serialize the changes of an address book with each other and with closing the account.

    Raises AccountInactive.
    """
    active = User.objects.filter(pk=user_id, is_active=True)
    if active.select_for_update(no_key=True).first() is None:
        raise AccountInactive


def _clear_default(user_id: UUID) -> None:
    list_addresses(user_id=user_id).filter(is_default=True).update(is_default=False)
