"""What people get by mail."""

from django.conf import settings
from django.core.mail import send_mail

from users.models import User

RESET = """Somebody, hopefully you, wants to set a new password for {email}.

Open this address to do so:

    {shop}/reset#token={token}

or use this token:

    {token}

It is good for one hour, once, until you ask for another one. If it was not you, you need not do anything.
"""


def send_reset(user: User, token: str) -> None:
    """Raises OSError when the mail server cannot be reached or does not want it."""
    text = RESET.format(email=user.email, shop=settings.SHOP_URL, token=token)
    send_mail("Set a new password", text, None, [user.email or ""])
