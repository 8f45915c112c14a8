"""The errors of this service.

BadRequest
├── WeakPassword             invalid                 one entry in `errors` for each broken rule
├── WrongPassword            invalid                 the current password does not match
├── CurrentPasswordRequired  invalid                 to change the e-mail address
├── DefaultAddressRequired   invalid                 a non-empty address book has a default
└── InvalidResetToken        invalid_reset_token     unknown, used, expired or superseded
NotAuthenticated
├── InvalidCredentials       invalid_credentials     the same for unknown accounts
├── InvalidRefreshToken      invalid_refresh_token
└── AccountInactive          invalid_token           closed or deactivated during the request
NotFound
├── UserNotFound             user_not_found
└── AddressNotFound          address_not_found       also for an address of another user
Conflict
├── EmailTaken               email_taken
├── LastStaff                last_staff              one active staff account must remain
├── AccountClosed            account_closed
└── AddressBookFull          address_book_full
TooManyRequests
└── RateLimited              too_many_requests       with Retry-After
    └── LoginThrottled       too_many_sign_ins       failed logins
ServiceUnavailable
└── HashPoolFull             service_unavailable     too many concurrent password hashes
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
    advice = "Ask for another password. `errors` has one entry for each rule that it breaks."
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
        super().__init__(
            errors=[
                {"field": field, "message": rule.messages[0], "code": rule.code or "invalid"}
                for rule in broken_rules.error_list
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


class CurrentPasswordRequired(ValidationFailed):
    def __init__(self) -> None:
        super().__init__(
            "current_password", "Required to change the e-mail address.", code="required"
        )


class DefaultAddressRequired(ValidationFailed):
    def __init__(self) -> None:
        super().__init__(
            "is_default",
            "One address has to be the default. Make another address the default instead.",
            code="needed",
        )


class InvalidResetToken(BadRequest):
    code = "invalid_reset_token"
    detail = (
        "This token is unknown, used or expired, or a newer one was sent. Request another e-mail."
    )
    advice = (
        "Request another e-mail at `POST /api/users/password-reset/` and use the token of the "
        "newest one, once and within one hour."
    )


class InvalidCredentials(NotAuthenticated):
    code = "invalid_credentials"
    detail = "There is no account with this e-mail address and password."
    advice = (
        "Ask for the e-mail address and the password again. The response is the same for an "
        "address without an account."
    )


class InvalidRefreshToken(NotAuthenticated):
    code = "invalid_refresh_token"
    detail = (
        "This refresh token is unknown, used or expired, or its session has ended. Sign in again."
    )
    advice = (
        "Delete both tokens and sign in again. A refresh token is valid once: store the new one "
        "from each response."
    )


class AccountInactive(NotAuthenticated):
    code = "invalid_token"
    detail = "This account is no longer active."
    advice = "The account was closed or deactivated before the token expired. Delete the tokens."


class UserNotFound(NotFound):
    code = "user_not_found"
    detail = "There is no user with this id."
    advice = "Compare the id with those in `GET /api/users/`."


class AddressNotFound(NotFound):
    code = "address_not_found"
    detail = "There is no address with this id in your address book."
    advice = "Read the address book again; the address was removed or belongs to another user."


class EmailTaken(Conflict):
    code = "email_taken"
    detail = "There is already an account with this e-mail address."
    advice = "Sign in, request a password reset, or use another address."


class LastStaff(Conflict):
    code = "last_staff"
    detail = "This is the last active staff account. Give another user the role staff first."
    advice = (
        "Give another user the role staff with `PATCH /api/users/{user_id}/`, then repeat the "
        "request."
    )


class AccountClosed(Conflict):
    code = "account_closed"
    detail = "This account was closed by its owner and cannot be changed."
    advice = "Do not retry: the personal data is erased. The same person can register again."


class AddressBookFull(Conflict):
    code = "address_book_full"
    detail = "Your address book already has 50 addresses. Remove one first."
    advice = "Remove an address that is no longer needed, or change one."


class RateLimited(TooManyRequests):
    code = "too_many_requests"
    detail = "Too many requests of this kind. Wait before the next one."
    advice = (
        "Wait for the number of seconds in `Retry-After`. A rejected request is not counted and "
        "changes nothing."
    )

    def __init__(self, seconds: float) -> None:
        super().__init__(headers={"Retry-After": str(max(1, math.ceil(seconds)))})


class LoginThrottled(RateLimited):
    code = "too_many_sign_ins"
    detail = "Too many failed sign-ins. Wait before the next try."
    advice = (
        "Wait for the number of seconds in `Retry-After`. Until then the service checks no "
        "password, not even the right one."
    )


class HashPoolFull(ServiceUnavailable):
    detail = "Too many passwords are being checked at the moment. Nothing was changed; try again."

    def __init__(self) -> None:
        super().__init__("user", self.detail)
