"""`python -m proof.audit`: what it prints, and its exit status."""

import json
import re

import pytest

from proof import audit as command
from proof.audit import main
from proof.report import ABOUT_KEYS
from proof.tests.conftest import Clock
from proof.tests.stand_in import STAFF, StandIn


@pytest.fixture
def environment(url: str, clock: Clock) -> dict[str, str]:
    urls = {f"{name}_SERVICE_URL": url for name in ("USER", "PRODUCT", "INVENTORY", "ORDER")}
    return urls | {"ADMIN_EMAIL": STAFF["email"], "ADMIN_PASSWORD": STAFF["password"]}


@pytest.fixture
def broken(stand_in: StandIn) -> str:
    """The id of a product whose stock is wrong."""
    lamp = stand_in.receive(10)
    stand_in.stock[lamp]["quantity"] = 11
    return lamp


def summary(found: str) -> str:
    return re.sub(r"\d+\.\d s", "… s", found)


def test_a_clean_system_is_status_0(stand_in: StandIn, environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    stand_in.place((stand_in.receive(10), 2))

    assert main([], environment) == 0
    said = capsys.readouterr()
    assert summary(said.out).splitlines() == [
        ABOUT_KEYS,
        "1 products, 1 orders, 1 reservations and 2 ledger rows looked at in … s (0 of them again): no violations",
    ]
    assert said.err == ""
    assert "one_attempt_per_key" in said.out


def test_a_violation_is_a_line_and_status_1(broken: str, environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], environment) == 1

    first, note, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"VIOLATION of invariant 1: product {broken} has quantity 11 and reserved 0")
    assert (note, last.rpartition(": ")[2]) == (ABOUT_KEYS, "1 violation")


def test_json_is_one_object(broken: str, url: str, environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json"], environment) == 1

    said = json.loads(capsys.readouterr().out)
    assert said.pop("seconds") >= 0
    assert said == {
        "clean": False,
        "products": 1,
        "orders": 0,
        "reservations": 0,
        "ledger_rows": 1,
        "looked_at_again": 1,
        "notes": [ABOUT_KEYS],
        "violations": [
            {
                "invariant": 1,
                "message": f"product {broken} has quantity 11 and reserved 0, together 11; its ledger sums up to 10",
                "product_id": broken,
                "urls": [f"{url}/api/inventory/{broken}/", f"{url}/api/inventory/{broken}/movements/"],
            }
        ],
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ADMIN_PASSWORD": "wrong"}, "The login staff@example.com is refused by "),
        ({"USER_SERVICE_URL": "http://127.0.0.1:9"}, "The user service does not answer at http://127.0.0.1:9: is the system up?"),
        ({"USER_SERVICE_URL": "nonsense"}, "USER_SERVICE_URL has to look like http://host:port, not 'nonsense'."),
    ],
)
def test_a_system_that_cannot_be_read_is_one_line_and_status_2(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str], change: dict[str, str], words: str
) -> None:
    assert main([], environment | change) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(words)
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--settle", "x"], ["--every", "-1"], ["--settle", "nan"], ["--unknown"]])
def test_an_argument_that_makes_no_sense_is_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(arguments, {})
    assert refused.value.code == 2
    assert "error: " in capsys.readouterr().err


class Interrupted:
    """For `time` in proof.audit: the sleeps between audits are noted, and Ctrl-C comes in the last of them."""

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


def test_watch_goes_on_until_ctrl_c(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "time", clock := Interrupted(3))

    assert main(["--watch"], environment) == 0
    assert capsys.readouterr().out.count("no violations\n") == 3
    assert clock.slept == [10.0] * 3


def test_watch_ends_with_the_worst_that_it_has_seen(
    stand_in: StandIn,
    broken: str,
    environment: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(command, "time", clock := Interrupted(2))
    mend = clock.sleep

    def sleep(seconds: float) -> None:
        stand_in.stock[broken]["quantity"] = 10
        mend(seconds)

    monkeypatch.setattr(clock, "sleep", sleep)

    assert main(["--watch", "--every", "2.5", "--json"], environment) == 1
    assert [json.loads(line)["clean"] for line in capsys.readouterr().out.splitlines()] == [False, True]
    assert clock.slept == [2.5, 2.5]


def test_watch_outlives_a_system_that_is_away(
    stand_in: StandIn, environment: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "time", clock := Interrupted(3))
    stand_in.instead = lambda path: (503, {}) if len(clock.slept) == 1 else None

    assert main(["--watch"], environment) == 0
    said = capsys.readouterr()
    assert said.out.count("no violations\n") == 2
    assert said.err.count("\n") == 1


def test_watch_of_a_system_that_was_never_there_is_status_2(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "time", Interrupted(2))

    assert main(["--watch"], environment | {"USER_SERVICE_URL": "http://127.0.0.1:9"}) == 2
    assert capsys.readouterr().err.count("\n") == 2


def test_watch_does_not_go_on_with_a_login_that_is_refused(environment: dict[str, str]) -> None:
    assert main(["--watch"], environment | {"ADMIN_PASSWORD": "wrong"}) == 2


def test_ctrl_c_is_no_traceback(stand_in: StandIn, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "audit", interrupted)
    assert main([], environment) == 130
