"""What each service's tests/test_documents.py asks for. Every answer is a list of what is wrong."""

import json

from chassis.documents import kept
from chassis.documents.breaks import breaks
from chassis.documents.errors import meanings, refusals
from chassis.documents.gaps import gaps


def unrecorded() -> list[str]:
    """Kept documents that are not those of today: `make docs` writes them."""
    return [
        f"{path.parent.name}/{path.name}" for path, text in kept.of_today().items() if not path.exists() or path.read_text() != text
    ]


def broken() -> list[str]:
    """What callers of the released form would miss. See docs/decisions/documents-are-kept.md."""
    return breaks(json.loads(kept.released().read_text()), kept.interface())


def unsaid() -> list[str]:
    return gaps(kept.interface(), {meaning["code"] for meaning in meanings()})


def without_advice() -> list[str]:
    """Refusals with a code of their own that do not say what a client should do."""
    return [
        refusal.__name__
        for refusal in refusals()
        if not refusal.__module__.startswith("chassis.")
        and "code" in vars(refusal)
        and not ("advice" in vars(refusal) and refusal.detail)
    ]
