"""How passwords are hashed."""

from concurrent.futures import ThreadPoolExecutor

from django.contrib.auth.hashers import Argon2PasswordHasher

FEW = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
"""Each hash takes 19 MiB for as long as it lasts, and all of a processor: more at once are not quicker."""


class Argon2id(Argon2PasswordHasher):
    """Argon2id with one of the settings that OWASP recommends (Password Storage Cheat Sheet)."""

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        return str(FEW.submit(super().encode, password, salt).result())

    def verify(self, password: str, encoded: str) -> bool:
        return bool(FEW.submit(super().verify, password, encoded).result())
