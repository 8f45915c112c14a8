"""The authentication backend of this service's admin."""

from chassis.admin.auth_backend import StaffBackend, Tokens
from users.services import sessions


class LocalAuthBackend(StaffBackend):
    def login(self, *, email: str, password: str, address: str) -> Tokens:
        return _tokens(sessions.sign_in(email=email, password=password, address=address))

    def refresh(self, token: str) -> Tokens:
        return _tokens(sessions.refresh(refresh=token))

    def revoke(self, token: str) -> None:
        sessions.revoke(refresh=token)


def _tokens(pair: sessions.TokenPair) -> Tokens:
    return {"access": pair.access, "refresh": pair.refresh}
