import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connections


def run_concurrently(*functions: Callable[[], Any]) -> list[Any]:
    """Run each in a thread with its own connection. An exception counts as a result."""
    results: list[Any] = [None] * len(functions)
    barrier = threading.Barrier(len(functions))

    def run(number: int, function: Callable[[], Any]) -> None:
        barrier.wait(10)
        try:
            results[number] = function()
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(functions)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    return results


def within(seconds: float, holds: Callable[[], Any]) -> Any:
    """The first true result of `holds`; fails after the timeout."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, f"did not come true within {seconds} s"
        time.sleep(0.01)
    return found
