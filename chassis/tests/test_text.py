import pytest
from django.core.exceptions import ValidationError

from chassis.text import is_visible, visible, visible_lines

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
HEART = "\u2764\ufe0f\u200d\U0001f525"
HEALTH_WORKER = "\U0001f469\U0001f3fd\u200d\u2695\ufe0f"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ada Lovelace",
        "O\u2019Brien",
        "Zo\u00eb",
        "Zoe\u0308",
        "\u8336\uff0c\u70cf\u9f8d",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian: a non-joiner in a word
        "\u0915\u094d\u200d\u0937",  # Hindi: a joiner behind a virama
        f"{FAMILY} {HEART} {HEALTH_WORKER}",
        "\u845b\U000e0100\u57ce",  # an ideograph and its variant
        "no\u00a0break",
        "\u3000",
        "10\u00d715",
        "\U0001f1e9\U0001f1ea",
    ],
)
def test_text_of_many_scripts_is_visible(text):
    assert is_visible(text)


@pytest.mark.parametrize(
    "character",
    [
        *"\t\n\r\x07\x1b\x7f\x85\x9b",  # controls
        *"\u200b\u2060\ufeff\u00ad\u180e\u2061\u2064",  # zero width
        *"\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",  # direction
        *"\u2028\u2029",  # line separators
        *"\u0378\uffff\ue000\U000f0000\U000e0041",  # unassigned, private, tags
        *"\u115f\u1160\u17b4\u2800\u3164\uffa0",  # without a glyph
        *"\u200c\u200d",  # joiners, between Latin letters
    ],
    ids=ascii,
)
@pytest.mark.parametrize("around", ["a{}b", "{}ab", "ab{}", "{}", "\u00e9{}\u00e9"])
def test_invisible_characters_are_rejected(character, around):
    with pytest.raises(ValidationError) as error:
        visible(around.format(character))
    assert error.value.code == "invisible"


@pytest.mark.parametrize(
    "text", ["\u0645\u200c", "\u200c\u0645", "\u0645\u200c\u200c\u0645", "\u0645\u200c \u0645"]
)
def test_a_joiner_joins_two_letters(text):
    assert not is_visible(text)


@pytest.mark.parametrize("text", ["one\ntwo", "one\r\ntwo", "a\tb"])
def test_a_text_of_several_lines(text):
    visible_lines(text)
    with pytest.raises(ValidationError):
        visible(text)


@pytest.mark.parametrize("text", ["a\rb", "a\u2028b", "a\u202eb\n", "\x1b[31m"])
def test_multiline_text_rejects_other_control_characters(text):
    with pytest.raises(ValidationError):
        visible_lines(text)
