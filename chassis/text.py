"""Validators of text for people: no invisible characters, no changes of text direction."""

import re
import unicodedata

from django.core.exceptions import ValidationError

INVISIBLE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
"""Unicode categories: control, format, unassigned, private use, surrogates, separators."""
BLANK = set("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and symbols without a visible glyph."""
JOINABLE = {"Lo", "Mn", "Mc", "Me", "So", "Sk"}
"""Unicode categories of letters without case, marks and symbols."""
JOINERS = re.compile("[\u200c\u200d]")
LINE_BREAKS = re.compile("\r\n|[\n\t]")


class VisibleText:
    """Rejects control, format and unassigned characters, and line breaks unless `lines`.

    The two joiners are accepted between characters of scripts and emoji that need them.
    """

    def __init__(self, *, lines: bool = False) -> None:
        self._lines = lines

    def __call__(self, text: str) -> None:
        text = text.replace("\0", "")  # reported by another validator of every field
        if not is_visible(LINE_BREAKS.sub("", text) if self._lines else text):
            raise ValidationError(
                "Has a control character or an invisible character.", code="invisible"
            )


def is_visible(text: str) -> bool:
    if text.isprintable():  # no spaces but U+0020
        return BLANK.isdisjoint(text)
    return all(
        (character not in BLANK and unicodedata.category(character) not in INVISIBLE)
        or _joins(text, index)
        for index, character in enumerate(text)
    )


def _joins(text: str, index: int) -> bool:
    """Persian, Urdu, Indic scripts and emoji sequences use joiners; Latin script does not."""
    if not JOINERS.match(text[index]) or not 0 < index < len(text) - 1:
        return False
    return _takes_joiners(text[index - 1]) and _takes_joiners(text[index + 1])


def _takes_joiners(character: str) -> bool:
    return not character.isascii() and unicodedata.category(character) in JOINABLE


visible = VisibleText()
visible_lines = VisibleText(lines=True)
