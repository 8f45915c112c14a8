"""The ways to say no.

BadRequest
├── WeakPassword             invalid                 every rule it breaks, in `errors`
├── WrongPassword            invalid                 not the current password
├── PasswordNeeded           invalid                 to change the e-mail address
├── DefaultNeeded            invalid                 an address book has a default
└── InvalidResetToken        invalid_reset_token     unknown, spent, too old, or void
NotAuthenticated
├── InvalidCredentials       invalid_credentials     says neither what is wrong nor whether there is such an account
├── InvalidRefreshToken      invalid_refresh_token
└── AccountInactive          invalid_token           closed or deactivated in the middle of the request
NotFound
├── UnknownUser              user_not_found
└── UnknownAddress           address_not_found       somebody else's, too
Conflict
├── EmailTaken               email_taken
├── LastStaff                last_staff              somebody has to mind the shop
├── AccountClosed            account_closed          there is nobody left to change
└── AddressBookFull          address_book_full
TooManyRequests
└── RateLimited              too_many_requests       Retry-After says when to try again
    └── TooManySignIns       too_many_sign_ins       failed ones
ServiceUnavailable
└── Busy                     service_unavailable     as many passwords are being hashed as may be at once
"""

import math
from typing import ClassVar

from django.core.exceptions import ValidationError

from chassis.problems import (
    BadRequest,
    Conflict,
    NotAuthenticated,
    NotFound,
    ServiceUnavailable,
    TooManyRequests,
    ValidationFailed,
)


class WeakPassword(BadRequest):
    code = "invalid"
    detail = "The password is too easy to guess; see errors."
    advice = "Have another one chosen: `errors` has a row for each rule that this one breaks."
    example: ClassVar = {
        "errors": [
            {
                "field": "password",
                "message": "This password is too common.",
                "code": "password_too_common",
            }
        ],
    }

    def __init__(self, field: str, broken_rules: ValidationError) -> None:
        rules = broken_rules.error_list
        super().__init__(
            errors=[
                {"field": field, "message": rule.messages[0], "code": rule.code or "invalid"}
                for rule in rules
            ]
        )


class WrongPassword(ValidationFailed):
    example: ClassVar = {
        "errors": [
            {"field": "current_password", "message": "This is not your password.", "code": "wrong"}
        ],
    }

    def __init__(self) -> None:
        super().__init__("current_password", "This is not your password.", code="wrong")


class PasswordNeeded(ValidationFailed):
    def __init__(self) -> None:
        super().__init__(
            "current_password", "Needed to change the e-mail address.", code="required"
        )


class DefaultNeeded(ValidationFailed):
    def __init__(self) -> None:
        super().__init__(
            "is_default",
            "One address is the default. Make another one the default instead.",
            code="needed",
        )


class InvalidResetToken(BadRequest):
    code = "invalid_reset_token"
    detail = (
        "This token is unknown, spent or expired, or there is a newer one. Ask for another mail."
    )
    advice = "Ask for another mail at `POST /api/users/password-reset/` and use the newest one, once and within the hour."


class InvalidCredentials(NotAuthenticated):
    code = "invalid_credentials"
    detail = "There is no account with this e-mail address and password."
    advice = "Have the address and the password typed again. The answer is the same for an address without an account."


class InvalidRefreshToken(NotAuthenticated):
    code = "invalid_refresh_token"
    detail = "This refresh token is unknown, spent or expired, or its login is over. Sign in again."
    advice = "Throw both tokens away and sign in again. A refresh token is good once: keep the newer one of each answer."


class AccountInactive(NotAuthenticated):
    code = "invalid_token"
    detail = "This account is not active any more."
    advice = "The account was closed or deactivated while the token was still good. Throw the tokens away."


class UnknownUser(NotFound):
    code = "user_not_found"
    detail = "There is no user with this id."
    advice = "Compare the id with one of `GET /api/users/`."


class UnknownAddress(NotFound):
    code = "address_not_found"
    detail = "There is no address with this id in your address book."
    advice = "Read the address book again; the address was removed, or is somebody else's."


class EmailTaken(Conflict):
    code = "email_taken"
    detail = "There is an account with this e-mail address already."
    advice = "Sign in instead, have the password reset, or take another address."


class LastStaff(Conflict):
    code = "last_staff"
    detail = "This is the last active member of staff. Make somebody else staff first."
    advice = "Make another user staff with `PATCH /api/users/{user_id}/`, then do this again."


class AccountClosed(Conflict):
    code = "account_closed"
    detail = "This account was closed by its owner; nothing of it can be changed."
    advice = "Nothing: the person's data is erased. The same person may register again."


class AddressBookFull(Conflict):
    code = "address_book_full"
    detail = "There are 50 addresses in your address book already. Remove one first."
    advice = "Remove an address that is needed no more, or change it."


class RateLimited(TooManyRequests):
    code = "too_many_requests"
    detail = "Too many requests of this kind. Wait before the next one."
    advice = "Wait for as many seconds as `Retry-After` says. A rejected request is not counted and changes nothing."

    def __init__(self, seconds: float) -> None:
        super().__init__(headers={"Retry-After": str(max(1, math.ceil(seconds)))})


class TooManySignIns(RateLimited):
    code = "too_many_sign_ins"
    detail = "Too many failed sign-ins. Wait before the next try."
    advice = "Wait for as many seconds as `Retry-After` says. Until then no password is checked, not even the right one."


class Busy(ServiceUnavailable):
    detail = "Too many passwords are being checked at the moment. Nothing was changed; try again."

    def __init__(self) -> None:
        super().__init__("user", self.detail)
