"""Over HTTP: the public keys, and access tokens."""

import time
from uuid import uuid4

import jwt
import pytest
from conftest import Api, assert_problem

from chassis import tokens
from users.models import Session
from users.services import key_store, sessions, signing_keys

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_public_keys(api, signing_key, slash):
    new = signing_keys.rotate()
    response = api.get(f"/.well-known/jwks.json{slash}")
    assert response.json() == {"keys": [signing_key.public_jwk, new.public_jwk]}
    assert all(
        set(key) == {"kty", "use", "alg", "kid", "n", "e"} for key in response.json()["keys"]
    )
    assert "max-age=300" in response["Cache-Control"]


def test_an_access_token_can_be_verified_with_the_public_keys_alone(api, ada):
    access = api.sign_in("ada@example.com").json()["access"]
    (key,) = jwt.PyJWKSet.from_dict(api.get("/.well-known/jwks.json").json()).keys
    assert jwt.get_unverified_header(access) == {"alg": "RS256", "kid": key.key_id, "typ": "JWT"}
    assert jwt.decode(access, key.key, algorithms=["RS256"], audience="shop", issuer="shop-users")[
        "sub"
    ] == str(ada.id)


def forged(signing_key, pair, **changes):
    claims = tokens.verify(pair.access) | changes
    return key_store.sign({name: value for name, value in claims.items() if value is not None})


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
def test_a_token_with_other_claims_is_rejected(signing_key, ada, sign_in, changes):
    response = Api(forged(signing_key, sign_in(ada), **changes)).get("/api/users/me/")
    assert_problem(response, 401, "invalid_token")
    assert response["WWW-Authenticate"] == "Bearer"


def test_the_role_of_the_account_counts_not_that_of_the_token(signing_key, ada, sign_in):
    assert_problem(
        Api(forged(signing_key, sign_in(ada), role="staff")).get("/api/users/"),
        403,
        "permission_denied",
    )


def test_authentication_takes_one_query(ada, as_user, django_assert_num_queries):
    me = as_user(ada)
    me.get("/api/users/me/")
    with django_assert_num_queries(1):
        me.get("/api/users/me/")


def test_a_token_of_an_ended_session_is_rejected(ada, sign_in):
    pair = sign_in(ada)
    sessions.revoke_all(user_id=ada.id)
    assert_problem(Api(pair.access).get("/api/users/me/"), 401, "invalid_token")
    assert Session.objects.get().ended_at is not None
