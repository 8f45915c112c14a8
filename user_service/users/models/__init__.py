"""The facts.

accounts     who has an account, and what finds it
addresses    where people want their orders sent
sessions     who is signed in, and who tried
resets       who has forgotten a password
keys         the keys that say to the other services who somebody is
"""

from users.models.accounts import LONGEST_EMAIL, LONGEST_NAME, SearchKey, User
from users.models.addresses import Address
from users.models.keys import SigningKey
from users.models.resets import ResetRequest, ResetToken
from users.models.sessions import FailedSignIn, Login, RefreshToken

__all__ = [
    "LONGEST_EMAIL",
    "LONGEST_NAME",
    "Address",
    "FailedSignIn",
    "Login",
    "RefreshToken",
    "ResetRequest",
    "ResetToken",
    "SearchKey",
    "SigningKey",
    "User",
]
