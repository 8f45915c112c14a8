"""Functions at the same time, for the tests of the chassis and of all services."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections


def run_concurrently(*functions: Callable[[], Any], connect: bool = True) -> list[Any]:
    """The result or exception of each, run in a thread with its own database connection.

    `connect` opens the connections before the start, so that the functions really overlap.
    """
    results: list[Any] = [None] * len(functions)
    barrier = threading.Barrier(len(functions))

    def run(number: int, function: Callable[[], Any]) -> None:
        try:
            if connect:
                connections["default"].ensure_connection()
            barrier.wait(20)
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
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return results
