from users.models.addresses import Address
from users.models.email_outbox import OutgoingMail
from users.models.password_resets import ResetToken
from users.models.rate_limits import RateLimit
from users.models.sessions import RefreshToken, Session
from users.models.signing_keys import SigningKey
from users.models.users import EMAIL_MAX_LENGTH, NAME_MAX_LENGTH, User, UserSearchPrefix

__all__ = [
    "EMAIL_MAX_LENGTH",
    "NAME_MAX_LENGTH",
    "Address",
    "OutgoingMail",
    "RateLimit",
    "RefreshToken",
    "ResetToken",
    "Session",
    "SigningKey",
    "User",
    "UserSearchPrefix",
]
