"""Text that people read: nothing in it may be invisible, or change the direction of what follows it."""

import re
import unicodedata

from django.core.exceptions import ValidationError

INVISIBLE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
"""Unicode's categories of control and format characters, of what is assigned to nothing, and of line separators."""
BLANK = set("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and symbols that are drawn as nothing."""
JOINERS = re.compile("[\u200c\u200d]")
LINE_BREAKS = re.compile("\r\n|[\n\t]")


class VisibleText:
    """Validator: no control, format or unassigned characters, no line breaks unless `lines`.

    The two joiners are accepted between two characters of a script or emoji sequence that needs them.
    """

    def __init__(self, *, lines: bool = False) -> None:
        self._lines = lines

    def __call__(self, text: str) -> None:
        text = text.replace("\0", "")  # the error of another validator, which every field has
        if not is_visible(LINE_BREAKS.sub("", text) if self._lines else text):
            raise ValidationError(
                "Has a control character or an invisible character in it.", code="invisible"
            )


def is_visible(text: str) -> bool:
    if text.isprintable():  # which has no spaces but the usual one
        return BLANK.isdisjoint(text)
    return all(
        (character not in BLANK and unicodedata.category(character) not in INVISIBLE)
        or _joins(text, index)
        for index, character in enumerate(text)
    )


def _joins(text: str, index: int) -> bool:
    """Persian, Urdu and the scripts of India use joiners between letters, and emoji between symbols; Latin letters never."""
    if not JOINERS.match(text[index]) or not 0 < index < len(text) - 1:
        return False
    return _takes_joiners(text[index - 1]) and _takes_joiners(text[index + 1])


def _takes_joiners(character: str) -> bool:
    return not character.isascii() and unicodedata.category(character) in {
        "Lo",
        "Mn",
        "Mc",
        "Me",
        "So",
        "Sk",
    }


visible = VisibleText()
visible_lines = VisibleText(lines=True)
