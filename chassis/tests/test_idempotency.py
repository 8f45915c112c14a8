import pytest
from rest_framework.test import APIRequestFactory

from chassis.idempotency import fingerprint, idempotency_key
from chassis.problems import Invalid


def key_of(header):
    return idempotency_key(APIRequestFactory().post("/", **({} if header is None else {"HTTP_IDEMPOTENCY_KEY": header})))


@pytest.mark.parametrize("key", [None, "a", "x" * 255, "0198c5f2-7a10", "with space", '"quoted"'])
def test_a_key_is_taken_as_it_is(key):
    assert key_of(key) == key


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\t", "line\n", "é", "\x7f", "\0"])
def test_another_key_is_invalid(key):
    with pytest.raises(Invalid) as refusal:
        key_of(key)
    assert refusal.value.extra["errors"][0]["field"] == "Idempotency-Key"


def test_bodies_that_mean_the_same_have_one_fingerprint():
    assert fingerprint({"a": 1, "b": {"c": 2, "d": 3}}) == fingerprint({"b": {"d": 3, "c": 2}, "a": 1})


def test_other_bodies_have_other_fingerprints():
    bodies = [{}, [], None, {"a": 1}, {"a": "1"}, {"a": [1, 2]}, {"a": [2, 1]}, {"a": 1.5}, {"a": True}, {"b": 1}]
    assert len({fingerprint(body) for body in bodies}) == len(bodies)
