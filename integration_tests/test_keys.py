"""Signing keys rotate while everybody stays signed in."""

import os
import subprocess
import sys

from jwt import get_unverified_header

from integration_tests.concurrency import at_once, wait_until
from integration_tests.shop import PASSWORD, Shop, User, expect
from local_stack import Stack
from local_stack.topology import REPOSITORY


def rotate(stack: Stack) -> None:
    secret = stack.data.keys()["django_secret_keys"]["user"]
    variables = {"DATABASE_URL": stack.database_url("user"), "DJANGO_SECRET_KEY": secret, "ENVIRONMENT": "local"}
    command = [sys.executable, "manage.py", "rotate_keys"]
    subprocess.run(
        command, cwd=REPOSITORY / "user_service", env=os.environ | variables, check=True, capture_output=True, timeout=60
    )


def let_a_minute_pass(stack: Stack) -> None:
    """For the new key, which is published first and signs later."""
    with stack.database_session("user") as session, session.cursor() as cursor:
        cursor.execute(
            "UPDATE signing_key SET created_at = created_at - interval '61 s', retired_at = retired_at - interval '61 s'"
        )


def key_id(person: User) -> str:
    return str(get_unverified_header(person.token)["kid"])


def published(shop: Shop) -> set[str]:
    return {key["kid"] for key in expect(200, shop.get(f"{shop.urls['user']}/.well-known/jwks.json"))["keys"]}


def signed_in_with_another_key(shop: Shop, before: User) -> User | None:
    after = shop.sign_in(before.email, PASSWORD)
    return None if key_id(after) == key_id(before) else after


def statuses_of_a_crowd(shop: Shop, buyer: User, product_id: str) -> set[int]:
    """Over connections of their own, so that every process is asked."""
    orders = [lambda: shop.order(buyer, {product_id: 1}, headers={"Connection": "close"})] * 32
    return {answer.status_code for answer in at_once(orders)}


def test_old_and_new_tokens_are_good_everywhere(stack: Stack, shop: Shop, staff: User) -> None:
    product_id, before = shop.stocked(staff, 10_000), shop.register()

    rotate(stack)
    wait_until(lambda: len(published(shop)) > 1)
    assert key_id(shop.sign_in(before.email, PASSWORD)) == key_id(before)
    let_a_minute_pass(stack)

    after = wait_until(lambda: signed_in_with_another_key(shop, before))
    assert {key_id(before), key_id(after)} <= published(shop)
    # The minute that we skipped would have been enough for each process to fetch it; now it asks every few seconds.
    assert wait_until(lambda: statuses_of_a_crowd(shop, after, product_id) == {201})
    expect(201, shop.order(before, {product_id: 1}))
    assert expect(200, shop.get("/api/users/me/", before)) == expect(200, shop.get("/api/users/me/", after))
    expect(200, shop.receive(staff, product_id, 1))
