import io
import time

import pytest

from local_stack.progress import Bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_bar_on_a_terminal_is_cleared_at_the_end() -> None:
    bar = Bar(screen := Terminal(), delay=0.0)
    deadline = time.monotonic() + 5
    while (
        "7 orders" not in screen.getvalue() and time.monotonic() < deadline
    ):  # tqdm draws at most ten times a second
        bar("7 orders", 0.5)
    bar.clear()

    assert " 50% |" in screen.getvalue()
    assert screen.getvalue().splitlines()[-1].strip() == ""


@pytest.mark.parametrize("screen", [Terminal(), io.StringIO()])
def test_no_bar_within_the_first_second_and_none_in_a_file(screen: io.StringIO) -> None:
    bar = Bar(screen)
    bar("7 orders", 0.5)
    bar.clear()

    assert screen.getvalue().strip() == ""
