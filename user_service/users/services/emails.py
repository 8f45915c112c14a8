"""The texts of the e-mails. Each function raises OSError if the mail server rejects the e-mail."""

from django.conf import settings
from django.core.mail import send_mail

from users.models import OutgoingMail, User

RESET = """A new password was requested for {email}.

To set it, open this address:

    {shop}/reset#token={token}

or use this token:

    {token}

The token is valid for one hour, once, and only until you request another one.
If you did not request it, you can ignore this e-mail.
"""

NOTICES = {
    OutgoingMail.Kind.PASSWORD_CHANGED: (
        "Your password was changed",
        """The password of your account {email} was changed, and other sessions were ended.

If this was not you, set a new password now:

    {shop}/reset
""",
    ),
    OutgoingMail.Kind.EMAIL_CHANGED: (
        "Your e-mail address was changed",
        """The e-mail address of your account was changed. This e-mail goes to the old address and
to the new one.

If this was not you, reply to this e-mail. The person who changed the address knew your password.
""",
    ),
}


def send_reset(user: User, token: str) -> None:
    text = RESET.format(email=user.email, shop=settings.SHOP_URL, token=token)
    send_mail("Set a new password", text, None, [user.email or ""])


def send_notice(kind: str, email: str) -> None:
    subject, text = NOTICES[OutgoingMail.Kind(kind)]
    send_mail(subject, text.format(email=email, shop=settings.SHOP_URL), None, [email])
