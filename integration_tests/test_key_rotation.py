"""Rotation of the signing keys (JWKS): existing tokens stay valid."""

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
    variables = {
        "DATABASE_URL": stack.database_url("user"),
        "DJANGO_SECRET_KEY": secret,
        "ENVIRONMENT": "local",
    }
    command = [sys.executable, "manage.py", "rotate_keys"]
    subprocess.run(
        command,
        cwd=REPOSITORY / "user_service",
        env=os.environ | variables,
        check=True,
        capture_output=True,
        timeout=60,
    )


def skip_a_minute(stack: Stack) -> None:
    """A new key is published first and used for signing a minute later."""
    with stack.database_session("user") as session, session.cursor() as cursor:
        cursor.execute(
            "UPDATE signing_key SET created_at = created_at - interval '61 s',"
            " retired_at = retired_at - interval '61 s'"
        )


def key_id(user: User) -> str:
    return str(get_unverified_header(user.token)["kid"])


def published(shop: Shop) -> set[str]:
    return {
        key["kid"]
        for key in expect(200, shop.get(f"{shop.urls['user']}/.well-known/jwks.json"))["keys"]
    }


def signed_in_with_another_key(shop: Shop, before: User) -> User | None:
    after = shop.sign_in(before.email, PASSWORD)
    return None if key_id(after) == key_id(before) else after


def statuses_of_concurrent_orders(shop: Shop, buyer: User, product_id: str) -> set[int]:
    """Over separate connections, so that every process is reached."""
    orders = [lambda: shop.order(buyer, {product_id: 1}, headers={"Connection": "close"})] * 32
    return {response.status_code for response in at_once(orders)}


def test_old_and_new_tokens_are_valid_at_every_service(
    stack: Stack, shop: Shop, staff: User
) -> None:
    product_id, before = shop.stocked(staff, 10_000), shop.register()

    rotate(stack)
    wait_until(lambda: len(published(shop)) > 1)
    assert key_id(shop.sign_in(before.email, PASSWORD)) == key_id(before)
    skip_a_minute(stack)

    after = wait_until(lambda: signed_in_with_another_key(shop, before))
    assert {key_id(before), key_id(after)} <= published(shop)
    # In the skipped minute each process would have fetched the key; now it does within seconds.
    assert wait_until(lambda: statuses_of_concurrent_orders(shop, after, product_id) == {201})
    expect(201, shop.order(before, {product_id: 1}))
    assert expect(200, shop.get("/api/users/me/", before)) == expect(
        200, shop.get("/api/users/me/", after)
    )
    expect(200, shop.receive(staff, product_id, 1))
