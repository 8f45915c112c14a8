"""`make up`: the system in the foreground, until somebody asks it to stop."""

import queue
import signal
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType

from local_stack import health, ports, table
from local_stack.catalogue import REPOSITORY
from local_stack.services import ADMIN
from local_stack.stack import Stack

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOKING_AROUND = 0.1
"""Seconds. A signal that the system gives to another thread is attended to by the main one, but does not wake it up."""


class Foreground:
    """The stack is opened beside the main thread, which can so attend to signals at any moment."""

    def __init__(self, stack: Stack, environment: Mapping[str, str]) -> None:
        self._stack = stack
        self._environment = environment
        self._events: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
        """None for a request to stop; otherwise what the opening failed with."""
        self._asked = False

    def run(self) -> None:
        for number in STOP_SIGNALS:
            signal.signal(number, self._ask_to_stop)
        opening = threading.Thread(target=self._open, name="opening")
        opening.start()
        try:
            if error := self._next_event():
                raise error
            print("Stopping …", flush=True)
        finally:
            self._stack.refuse_more()
            opening.join()
            self._stack.close()

    def _next_event(self) -> BaseException | None:
        while True:
            with suppress(queue.Empty):
                return self._events.get(timeout=LOOKING_AROUND)

    def _open(self) -> None:
        began = time.monotonic()
        try:
            self._stack.open()
        except BaseException as error:
            self._events.put(error)
        else:
            print(f"Ready after {time.monotonic() - began:.1f} s.")
            empty = health.is_empty(self._stack.ports["product"])
            print(table.render(self._stack, {**ADMIN, **self._environment}, empty=empty), flush=True)

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            self._stack.hurry()
        self._asked = True
        self._events.put(None)


def run(environment: Mapping[str, str], root: Path = REPOSITORY) -> None:
    """Returns when it has been asked to stop and everything has ended."""
    chosen = ports.from_environment(environment)
    ports.check_free(chosen)
    stack = Stack(Path(environment.get("SHOP_DATA") or root / ".data"), ports=chosen, quiet=False, root=root)
    stack.data.open()
    print(f"Starting PostgreSQL, four services, the order worker and the gateway in {stack.data.path} …", flush=True)
    Foreground(stack, environment).run()
