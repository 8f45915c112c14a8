"""The facts.

accounts     who has an account, and what finds it
addresses    where people want their orders sent
sessions     logins and refresh tokens
resets       reset tokens and outgoing mail
rate_limits  counters of rate limits
keys         the keys that say to the other services who somebody is
"""

from users.models.accounts import LONGEST_EMAIL, LONGEST_NAME, SearchKey, User
from users.models.addresses import Address
from users.models.keys import SigningKey
from users.models.rate_limits import RateLimit
from users.models.resets import OutgoingMail, ResetToken
from users.models.sessions import Login, RefreshToken

__all__ = [
    "LONGEST_EMAIL",
    "LONGEST_NAME",
    "Address",
    "Login",
    "OutgoingMail",
    "RateLimit",
    "RefreshToken",
    "ResetToken",
    "SearchKey",
    "SigningKey",
    "User",
]
