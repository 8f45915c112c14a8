"""Signing staff in to the admin, where the accounts are: settings.ISSUER of this one service."""

from chassis.admin.issuer import Tokens
from users.services import sessions


class LocalIssuer:
    def sign_in(self, *, email: str, password: str, address: str) -> Tokens:
        return _tokens(sessions.sign_in(email=email, password=password, address=address))

    def renew(self, *, refresh: str) -> Tokens:
        return _tokens(sessions.refresh(refresh=refresh))

    def end(self, *, refresh: str) -> None:
        sessions.revoke(refresh=refresh)


def _tokens(pair: sessions.TokenPair) -> Tokens:
    return Tokens(access=pair.access, refresh=pair.refresh)
