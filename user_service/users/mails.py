"""What people get by mail."""

from django.conf import settings
from django.core.mail import send_mail

from users.models import OutgoingMail, User

RESET = """Somebody, hopefully you, wants to set a new password for {email}.

Open this address to do so:

    {shop}/reset#token={token}

or use this token:

    {token}

It is good for one hour, once, until you ask for another one. If it was not you, you need not do anything.
"""

NOTICES = {
    OutgoingMail.Kind.PASSWORD_CHANGED: (
        "Your password was changed",
        """The password of your account {email} was changed, and other logins were ended.

If it was not you, set a new password at once:

    {shop}/reset
""",
    ),
    OutgoingMail.Kind.EMAIL_CHANGED: (
        "Your e-mail address was changed",
        """The e-mail address of your account was changed. This mail goes to the old address and to the new one.

If it was not you, answer this mail. Your password was known to whoever changed the address.
""",
    ),
}


def send_reset(user: User, token: str) -> None:
    """Raises OSError when the mail server cannot be reached or does not want it."""
    text = RESET.format(email=user.email, shop=settings.SHOP_URL, token=token)
    send_mail("Set a new password", text, None, [user.email or ""])


def send_notice(kind: str, email: str) -> None:
    """Raises OSError like send_reset."""
    subject, text = NOTICES[OutgoingMail.Kind(kind)]
    send_mail(subject, text.format(email=email, shop=settings.SHOP_URL), None, [email])
