"""`make up`: runs the system in the foreground until it receives a stop signal."""

import queue
import signal
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType

from local_stack import health, ports, status_table
from local_stack.services import ADMIN
from local_stack.stack import Stack
from local_stack.topology import REPOSITORY

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
POLL_INTERVAL = 0.1
"""Seconds.

Python runs signal handlers in the main thread; a signal delivered to another thread does not wake
it up.
"""


class Foreground:
    """Opens the stack in a second thread, so that the main thread can handle signals."""

    def __init__(self, stack: Stack, environment: Mapping[str, str]) -> None:
        self._stack = stack
        self._environment = environment
        self._events: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
        """None for a stop request; otherwise the exception of the opening."""
        self._stop_requested = False

    def run(self) -> None:
        for number in STOP_SIGNALS:
            signal.signal(number, self._request_stop)
        opening = threading.Thread(target=self._open, name="opening")
        opening.start()
        try:
            if error := self._next_event():
                raise error
            print("Stopping …", flush=True)
        finally:
            self._stack.begin_shutdown()
            opening.join()
            self._stack.close()

    def _next_event(self) -> BaseException | None:
        while True:
            with suppress(queue.Empty):
                return self._events.get(timeout=POLL_INTERVAL)

    def _open(self) -> None:
        began = time.monotonic()
        try:
            self._stack.open()
        except BaseException as error:
            self._events.put(error)
        else:
            print(f"Ready after {time.monotonic() - began:.1f} s.")
            empty = health.is_empty(self._stack.ports["product"])
            print(
                status_table.render(self._stack, {**ADMIN, **self._environment}, empty=empty),
                flush=True,
            )

    def _request_stop(self, number: int, frame: FrameType | None) -> None:
        if self._stop_requested:
            self._stack.force_shutdown()
        self._stop_requested = True
        self._events.put(None)


def run(environment: Mapping[str, str], root: Path = REPOSITORY) -> None:
    """Returns after a stop signal, when all processes have exited."""
    chosen = ports.from_environment(environment)
    ports.check_free(chosen)
    stack = Stack(
        Path(environment.get("SHOP_DATA") or root / ".data"), ports=chosen, quiet=False, root=root
    )
    stack.data.open()
    print(
        "Starting PostgreSQL, four services, the order worker and the gateway in "
        f"{stack.data.path} …",
        flush=True,
    )
    Foreground(stack, environment).run()
