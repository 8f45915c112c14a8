"""Compiled functions agree with their serializers and support canonical input."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers

from chassis.fast_validation import Unsupported, compile_serializer
from chassis.validation import RequestSerializer, validate

ANY_ID = "0198c5f2-7a10-7e3b-9d51-0f6f0c2a4e11"


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
    "lines": [{"ref": ANY_ID, "units": 2}],
    "to": {"street": "Main"},
    "ref": None,
    "price": "9.50",
}


def compiled(form, data):
    try:
        return compile_serializer(form())(data)
    except Unsupported:
        return Unsupported


def serialized(form, data):
    made = form(data=data)
    return made.validated_data if made.is_valid() else serializers.ValidationError


@pytest.mark.parametrize(
    "data", [{"lines": [{"ref": ANY_ID, "units": 9}] * 3}, WHOLE], ids=["least", "most"]
)
def test_canonical_input_is_parsed_by_the_compiled_function(data):
    assert compiled(Request, data) == serialized(Request, data)


def test_the_result_equals_that_of_the_serializer():
    assert validate(Request, WHOLE) == {
        "lines": [{"ref": UUID(ANY_ID), "units": 2}],
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
def test_a_serializer_with_its_own_validation_is_unsupported(form, data):
    assert compiled(form, data) is Unsupported


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
        ANY_ID,
        ANY_ID.upper(),
        "{" + ANY_ID + "}",
    ]
)
NUMBERS = st.integers(-1, 12) | st.sampled_from(
    [2**70, 1.0, 1.5, True, "3", float("nan"), "1.50", "1.5", "01.50", "99.999", "0.50", "-2.00"]
)
ANY = st.none() | ODD_TEXT | NUMBERS | st.booleans() | st.just([]) | st.just({})


def mostly(valid):
    return st.one_of(valid, valid, valid, ANY)


def rows(**fields):
    return st.fixed_dictionaries(
        {}, optional={name: mostly(value) for name, value in fields.items()} | {"more": ANY}
    )


LINES = rows(ref=st.just(ANY_ID), units=st.integers(1, 9))
ADDRESSES = rows(street=st.just("Main"), note=ODD_TEXT)
REQUESTS = rows(
    lines=st.lists(mostly(LINES), max_size=4),
    to=ADDRESSES,
    ref=st.sampled_from([ANY_ID, None]),
    price=NUMBERS,
    made=NUMBERS,
    flag=ANY,
)


@given(mostly(REQUESTS))
def test_the_compiled_function_agrees_with_the_serializer_or_raises_unsupported(data):
    found = compiled(Request, data)
    if found is not Unsupported:
        assert found == serialized(Request, data)


@given(mostly(LINES) | mostly(ADDRESSES))
def test_the_compiled_function_of_each_part_agrees_with_its_serializer(data):
    for form in (Line, Address):
        found = compiled(form, data)
        if found is not Unsupported:
            assert found == serialized(form, data)
