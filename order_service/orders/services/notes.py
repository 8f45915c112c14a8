from uuid import UUID

from orders.models import Note, Order


def add_note(order: Order, *, text: str, author: UUID) -> Note:
    note = Note.objects.create(order=order, text=text, author=author)
    note.refresh_from_db(fields=["created_at"])
    return note
