"""What is read the short way is what the form itself reads; and what people send is read the short way."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers

from chassis.fast_validation import Unsupported, compile_serializer
from chassis.validation import RequestSerializer, validate

SOME = "0198c5f2-7a10-7e3b-9d51-0f6f0c2a4e11"


class Line(RequestSerializer):
    ref = serializers.UUIDField()
    units = serializers.IntegerField(min_value=1, max_value=9)


class Address(RequestSerializer):
    street = serializers.CharField(max_length=5)
    note = serializers.CharField(max_length=5, allow_blank=True, default="")


class Request(RequestSerializer):
    lines = Line(many=True, allow_empty=False, max_length=3)
    to = Address(required=False, allow_null=True, default=None)
    ref = serializers.UUIDField(required=False, allow_null=True, default=None)
    price = serializers.DecimalField(max_digits=4, decimal_places=2, min_value=1, required=False)
    made = serializers.IntegerField(read_only=True)
    flag = serializers.BooleanField(required=False)

    def validate(self, attrs):
        if attrs["to"] and attrs["ref"]:
            raise serializers.ValidationError({"ref": "Not both."})
        return attrs | {"sum": sum(line["units"] for line in attrs["lines"])}


class Checked(RequestSerializer):
    word = serializers.CharField(max_length=5)

    def validate_word(self, word):
        if word == "no":
            raise serializers.ValidationError("Not this one.")
        return word


class Renamed(RequestSerializer):
    word = serializers.CharField(max_length=5, source="text")


def is_even(number):
    if number % 2:
        raise serializers.ValidationError("Odd.")


class Even(RequestSerializer):
    number = serializers.IntegerField(validators=[is_even])


WHOLE = {
    "lines": [{"ref": SOME, "units": 2}],
    "to": {"street": "Main"},
    "ref": None,
    "price": "9.50",
}


def short(form, data):
    try:
        return compile_serializer(form())(data)
    except Unsupported:
        return Unsupported


def long(form, data):
    made = form(data=data)
    return made.validated_data if made.is_valid() else serializers.ValidationError


@pytest.mark.parametrize(
    "data", [{"lines": [{"ref": SOME, "units": 9}] * 3}, WHOLE], ids=["least", "most"]
)
def test_what_people_send_is_read_the_short_way(data):
    assert short(Request, data) == long(Request, data)


def test_it_is_what_the_form_would_make_of_it():
    assert validate(Request, WHOLE) == {
        "lines": [{"ref": UUID(SOME), "units": 2}],
        "to": {"street": "Main", "note": ""},
        "ref": None,
        "price": Decimal("9.50"),
        "sum": 2,
    }


@pytest.mark.parametrize(
    ("form", "data"),
    [
        (Checked, {"word": "no"}),
        (Checked, {"word": "yes"}),
        (Renamed, {"word": "x"}),
        (Even, {"number": 1}),
        (Even, {"number": 2}),
    ],
)
def test_a_form_with_rules_of_its_own_has_the_word(form, data):
    assert short(form, data) is Unsupported


ODD_TEXT = st.sampled_from(
    [
        "",
        " ",
        "Main",
        " Main",
        "Main\n",
        "too long",
        "\0",
        "\ud800",
        "ä💡",
        "1",
        SOME,
        SOME.upper(),
        "{" + SOME + "}",
    ]
)
NUMBERS = st.integers(-1, 12) | st.sampled_from(
    [2**70, 1.0, 1.5, True, "3", float("nan"), "1.50", "1.5", "01.50", "99.999", "0.50", "-2.00"]
)
ANY = st.none() | ODD_TEXT | NUMBERS | st.booleans() | st.just([]) | st.just({})


def often(usual):
    return st.one_of(usual, usual, usual, ANY)


def rows(**fields):
    return st.fixed_dictionaries(
        {}, optional={name: often(value) for name, value in fields.items()} | {"more": ANY}
    )


LINES = rows(ref=st.just(SOME), units=st.integers(1, 9))
ADDRESSES = rows(street=st.just("Main"), note=ODD_TEXT)
REQUESTS = rows(
    lines=st.lists(often(LINES), max_size=4),
    to=ADDRESSES,
    ref=st.sampled_from([SOME, None]),
    price=NUMBERS,
    made=NUMBERS,
    flag=ANY,
)


@given(often(REQUESTS))
def test_whatever_comes_in_the_short_way_says_the_same_or_nothing(data):
    found = short(Request, data)
    if found is not Unsupported:
        assert found == long(Request, data)


@given(often(LINES) | often(ADDRESSES))
def test_the_same_of_each_part(data):
    for form in (Line, Address):
        found = short(form, data)
        if found is not Unsupported:
            assert found == long(form, data)
