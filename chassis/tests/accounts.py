"""An issuer that does as it is told, without a network."""

import time
from typing import Any, ClassVar
from uuid import uuid4

from chassis.admin.issuer import Tokens
from chassis.problems import Unauthenticated
from chassis.tests import keys


class ScriptedIssuer:
    """Everybody's password is `right`. `role` is what the next tokens say; `refusal`, if any, is raised by all."""

    role: ClassVar[str] = "staff"
    refusal: ClassVar[Exception | None] = None
    user_id: ClassVar[str] = "0198c5f0-3d5e-7f19-b6c2-1e4a7b9d0f44"
    calls: ClassVar[list[Any]] = []

    @classmethod
    def reset(cls) -> None:
        cls.role, cls.refusal = "staff", None
        cls.calls = []

    def sign_in(self, *, email: str, password: str, address: str) -> Tokens:
        self.calls.append(("sign in", email, address))
        self._refuse()
        if password != "right":
            raise Unauthenticated("There is no account with this e-mail address and password.")
        return self._pair()

    def renew(self, *, refresh: str) -> Tokens:
        self.calls.append(("renew", refresh))
        self._refuse()
        return self._pair()

    def end(self, *, refresh: str) -> None:
        self.calls.append(("end", refresh))
        self._refuse()

    def _refuse(self) -> None:
        if self.refusal:
            raise self.refusal

    def _pair(self) -> Tokens:
        access = keys.access_token(self.role, sub=self.user_id, iat=1_700_000_000, exp=int(time.time()) + 900)
        return Tokens(access, f"refresh-{uuid4().hex}")
