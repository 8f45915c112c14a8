"""Keys that come once more when all is over have to be answered as they were."""

import time
from itertools import islice

from proof.client import Client
from proof.load import Load
from proof.system import System
from proof.tally import Placed, Refused, Tally

MOST = 12
PATIENCE = 10.0


def replay_faults(system: System, load: Load) -> list[str]:
    """Those first that took several tries."""
    decided: dict[str, Placed | Refused] = {**load.tally.placed, **load.tally.refused}
    chosen = sorted(decided.items(), key=lambda item: -item[1].tries)
    return [fault for key, earlier in islice(chosen, MOST) for fault in _faults(system, key, earlier)]


def _faults(system: System, key: str, earlier: Placed | Refused) -> list[str]:
    until = time.monotonic() + PATIENCE
    client = Client(system.stack.url("order"), system.staff.buyers[earlier.buyer], Tally(), lambda: time.monotonic() < until)
    try:
        answer = client.ask("POST", "/api/orders/", earlier.body, key)
    finally:
        client.close()
    if answer is None:
        return [f"key {key} has no answer any more"]
    due = (201, earlier.id) if isinstance(earlier, Placed) else (earlier.status, None)
    found = (answer.status_code, answer.json().get("id"))
    if found != due or answer.headers.get("Idempotency-Replayed") != "true":
        return [f"key {key} is answered {found} instead of {due} when it comes again"]
    return []
