"""`python -m audit`: its output and exit status."""

import json
import re

import pytest

from audit import __main__ as command
from audit.__main__ import main
from audit.report import KEYS_NOTE
from audit.tests.conftest import Clock
from audit.tests.fake_shop import STAFF, FakeShop


@pytest.fixture
def environment(url: str, clock: Clock) -> dict[str, str]:
    urls = {f"{name}_SERVICE_URL": url for name in ("USER", "PRODUCT", "INVENTORY", "ORDER")}
    return urls | {"ADMIN_EMAIL": STAFF["email"], "ADMIN_PASSWORD": STAFF["password"]}


@pytest.fixture
def wrong_stock(fake_shop: FakeShop) -> str:
    """The id of a product whose stock is wrong."""
    lamp = fake_shop.receive(10)
    fake_shop.stock[lamp]["quantity"] = 11
    return lamp


def summary(found: str) -> str:
    return re.sub(r"\d+\.\d s", "… s", found)


def test_clean_system_exits_with_0(
    fake_shop: FakeShop, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    fake_shop.place((fake_shop.receive(10), 2))

    assert main([], environment) == 0
    output = capsys.readouterr()
    assert summary(output.out).splitlines() == [
        KEYS_NOTE,
        "1 products, 1 orders, 1 reservations and 2 ledger rows checked in … s (0 rechecked): no "
        "violations",
    ]
    assert output.err == ""
    assert "one_attempt_per_key" in output.out


def test_violation_is_one_line_and_exits_with_1(
    wrong_stock: str, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([], environment) == 1

    first, note, last = capsys.readouterr().out.splitlines()
    assert first.startswith(
        f"VIOLATION of invariant 1: product {wrong_stock} has quantity 11 and reserved 0"
    )
    assert (note, last.rpartition(": ")[2]) == (KEYS_NOTE, "1 violation")


def test_json_is_one_object(
    wrong_stock: str, url: str, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--json"], environment) == 1

    output = json.loads(capsys.readouterr().out)
    assert output.pop("seconds") >= 0
    assert output == {
        "clean": False,
        "products": 1,
        "orders": 0,
        "reservations": 0,
        "ledger_rows": 1,
        "rechecked": 1,
        "notes": [KEYS_NOTE],
        "violations": [
            {
                "invariant": 1,
                "message": f"product {wrong_stock} has quantity 11 and reserved 0, together 11; "
                "the sum of its ledger is 10",
                "product_id": wrong_stock,
                "urls": [
                    f"{url}/api/inventory/{wrong_stock}/",
                    f"{url}/api/inventory/{wrong_stock}/movements/",
                ],
            }
        ],
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ADMIN_PASSWORD": "wrong"}, "The login staff@example.com is rejected by "),
        (
            {"USER_SERVICE_URL": "http://127.0.0.1:9"},
            "The user service does not respond at http://127.0.0.1:9: is the system up?",
        ),
        (
            {"USER_SERVICE_URL": "nonsense"},
            "USER_SERVICE_URL has to look like http://host:port, not 'nonsense'.",
        ),
    ],
)
def test_unreadable_system_is_one_line_and_exits_with_2(
    environment: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    change: dict[str, str],
    message: str,
) -> None:
    assert main([], environment | change) == 2

    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(message)
    assert output.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [["--settle", "x"], ["--every", "-1"], ["--settle", "nan"], ["--unknown"]]
)
def test_invalid_argument_exits_with_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as error:
        main(arguments, {})
    assert error.value.code == 2
    assert "error: " in capsys.readouterr().err


class Interrupted:
    """Replaces `time` in the command: records the sleeps, and raises KeyboardInterrupt in the last
    one.
    """

    def __init__(self, sleeps: int) -> None:
        self.left = sleeps
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


def test_watch_repeats_until_ctrl_c(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "time", clock := Interrupted(3))

    assert main(["--watch"], environment) == 0
    assert capsys.readouterr().out.count("no violations\n") == 3
    assert clock.slept == [10.0] * 3


def test_watch_exits_with_the_worst_status(
    fake_shop: FakeShop,
    wrong_stock: str,
    environment: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(command, "time", clock := Interrupted(2))
    original = clock.sleep

    def sleep(seconds: float) -> None:
        fake_shop.stock[wrong_stock]["quantity"] = 10
        original(seconds)

    monkeypatch.setattr(clock, "sleep", sleep)

    assert main(["--watch", "--every", "2.5", "--json"], environment) == 1
    assert [json.loads(line)["clean"] for line in capsys.readouterr().out.splitlines()] == [
        False,
        True,
    ]
    assert clock.slept == [2.5, 2.5]


def test_watch_continues_while_the_system_is_down(
    fake_shop: FakeShop,
    environment: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(command, "time", clock := Interrupted(3))
    fake_shop.instead = lambda path: (503, {}) if len(clock.slept) == 1 else None

    assert main(["--watch"], environment) == 0
    output = capsys.readouterr()
    assert output.out.count("no violations\n") == 2
    assert output.err.count("\n") == 1


def test_watch_of_an_unreachable_system_exits_with_2(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "time", Interrupted(2))

    assert main(["--watch"], environment | {"USER_SERVICE_URL": "http://127.0.0.1:9"}) == 2
    assert capsys.readouterr().err.count("\n") == 2


def test_watch_ends_when_the_login_is_rejected(environment: dict[str, str]) -> None:
    assert main(["--watch"], environment | {"ADMIN_PASSWORD": "wrong"}) == 2


def test_ctrl_c_prints_no_traceback(
    fake_shop: FakeShop, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "check_invariants", interrupted)
    assert main([], environment) == 130
