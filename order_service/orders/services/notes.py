"""What staff note about an order, for themselves."""

from uuid import UUID

from orders.models import Note, Order


def note(order: Order, *, text: str, author: UUID) -> Note:
    made = Note.objects.create(order=order, text=text, author=author)
    made.refresh_from_db(fields=["created_at"])
    return made
