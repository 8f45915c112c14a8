import pytest
from rest_framework.test import APIRequestFactory

from chassis.idempotency import fingerprint, idempotency_key
from chassis.problems import ValidationFailed


def key_of(header):
    return idempotency_key(
        APIRequestFactory().post(
            "/", **({} if header is None else {"HTTP_IDEMPOTENCY_KEY": header})
        )
    )


@pytest.mark.parametrize("key", [None, "a", "x" * 255, "0198c5f2-7a10", "with space", '"quoted"'])
def test_a_valid_key_is_returned_unchanged(key):
    assert key_of(key) == key


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\t", "line\n", "é", "\x7f", "\0"])
def test_another_key_is_invalid(key):
    with pytest.raises(ValidationFailed) as error:
        key_of(key)
    assert error.value.extra["errors"][0]["field"] == "Idempotency-Key"


def test_equal_bytes_have_one_fingerprint_and_others_another():
    bodies = [b"", b"{}", b"[]", b'{"a":1}', b'{"a": 1}', b'{"a":1.0}', b'{"b":1}']
    assert len({fingerprint(body) for body in [*bodies, *bodies]}) == len(bodies)


def test_parts_are_delimited_in_the_fingerprint():
    assert fingerprint(b"ab", b"c") != fingerprint(b"a", b"bc")
