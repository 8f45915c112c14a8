"""Over HTTP: how access tokens are verified, by others and here."""

import time
from uuid import uuid4

import jwt
import pytest
from conftest import Api, is_problem

from chassis import tokens
from users import keys
from users.models import Login
from users.services import sessions, signing_keys

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_public_keys(api, signing_key, slash):
    new = signing_keys.rotate()
    answer = api.get(f"/.well-known/jwks.json{slash}")
    assert answer.json() == {"keys": [signing_key.public_jwk, new.public_jwk]}
    assert all(set(key) == {"kty", "use", "alg", "kid", "n", "e"} for key in answer.json()["keys"])
    assert "max-age=300" in answer["Cache-Control"]


def test_an_access_token_can_be_verified_with_the_public_keys_alone(api, ada):
    access = api.sign_in("ada@example.com").json()["access"]
    (key,) = jwt.PyJWKSet.from_dict(api.get("/.well-known/jwks.json").json()).keys
    assert jwt.get_unverified_header(access) == {"alg": "RS256", "kid": key.key_id, "typ": "JWT"}
    assert jwt.decode(access, key.key, algorithms=["RS256"], audience="shop", issuer="shop-users")[
        "sub"
    ] == str(ada.id)


def forged(signing_key, pair, **changes):
    claims = tokens.verify(pair.access) | changes
    return keys.sign({name: value for name, value in claims.items() if value is not None})


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": int(time.time()) - 1},
        {"iss": "x"},
        {"aud": "x"},
        {"sub": str(uuid4())},
        {"sub": "x"},
        {"sid": str(uuid4())},
        {"role": None},
    ],
)
def test_a_token_of_anything_else_is_refused(signing_key, ada, sign_in, changes):
    answer = Api(forged(signing_key, sign_in(ada), **changes)).get("/api/users/me/")
    is_problem(answer, 401, "invalid_token")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_the_role_is_that_of_the_account_not_of_the_token(signing_key, ada, sign_in):
    is_problem(
        Api(forged(signing_key, sign_in(ada), role="staff")).get("/api/users/"),
        403,
        "permission_denied",
    )


def test_a_request_of_a_signed_in_user_costs_one_query(ada, as_user, django_assert_num_queries):
    me = as_user(ada)
    me.get("/api/users/me/")
    with django_assert_num_queries(1):
        me.get("/api/users/me/")


def test_a_login_that_ends_elsewhere_ends_here(ada, sign_in):
    pair = sign_in(ada)
    sessions.end_all(user_id=ada.id)
    is_problem(Api(pair.access).get("/api/users/me/"), 401, "invalid_token")
    assert Login.objects.get().ended_at is not None
