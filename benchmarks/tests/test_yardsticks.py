"""The yardsticks are real shops: they place orders, take the stock, and refuse what is short or unknown. No straw men."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import requests

from benchmarks import goods
from benchmarks.contenders import Outcome
from benchmarks.floor import Floor, script
from benchmarks.loads import FIVE_LINES, HOT, ONE, READINGS, Load, Pace
from benchmarks.machine import Meter
from benchmarks.shop_client import ShopClient
from benchmarks.yardstick import Yardstick
from local_stack.postgres import Cluster

UNTIL_FORTY = Pace(0.0, 60.0, most=40)
NOBODY = "00000000-0000-7000-8000-999999999999"


def order(yardstick: Yardstick, *lines: tuple[str, int], key: str = "") -> requests.Response:
    body = {"items": [{"product_id": product_id, "quantity": units} for product_id, units in lines]}
    url = f"http://127.0.0.1:{yardstick.ports['order']}/api/orders/"
    return requests.post(url, json=body, headers={"Idempotency-Key": key} if key else {}, timeout=20)


def quantity(yardstick: Yardstick, product_id: str) -> int:
    return int(rows(yardstick, "inventory", f"SELECT quantity FROM stock WHERE product_id = '{product_id}'")[0][0])


def orders(yardstick: Yardstick) -> int:
    return int(rows(yardstick, "order", 'SELECT count(*) FROM "order"')[0][0])


def rows(yardstick: Yardstick, name: str, statement: str) -> list[Any]:
    with yardstick.session(name) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


@contextmanager
def only(yardstick: Yardstick, product_id: str, units: int) -> Iterator[None]:
    """So many units of a product for a while, then plenty again."""
    with yardstick.session("inventory") as connection, connection.cursor() as cursor:
        change = "UPDATE stock SET quantity = %s WHERE product_id = %s"
        cursor.execute(change, [units, product_id])
        yield
        cursor.execute(change, [goods.PLENTY, product_id])


def carry_out(yardstick: Yardstick, load: Load) -> Outcome:
    target = yardstick.contender()
    client = ShopClient(target.ports, target.tokens)
    client.place_orders(target.product_ids[0], 1)
    target.orders = client.orders()
    return target.carry_out(load, UNTIL_FORTY, Meter([]))


def test_an_order_is_placed_and_takes_its_stock(yardstick):
    lamp, chair = goods.numbered(1), goods.numbered(2)
    before = quantity(yardstick, lamp), quantity(yardstick, chair), orders(yardstick)

    answer = order(yardstick, (lamp, 3), (chair, 1))

    assert answer.status_code == 201
    placed = answer.json()
    prices = {id: price for id, _, _, price in goods.rows(2)}
    assert {item["product_id"]: (item["unit_price"], item["quantity"]) for item in placed["items"]} == {
        lamp: (prices[lamp], 3),
        chair: (prices[chair], 1),
    }
    assert placed["total"] == f"{3 * float(prices[lamp]) + float(prices[chair]):.2f}"
    assert (quantity(yardstick, lamp), quantity(yardstick, chair), orders(yardstick)) == (
        before[0] - 3,
        before[1] - 1,
        before[2] + 1,
    )


def test_an_order_that_is_short_takes_nothing(yardstick):
    plenty, short = goods.numbered(3), goods.numbered(4)
    before = quantity(yardstick, plenty), 2, orders(yardstick)

    with only(yardstick, short, 2):
        answer = order(yardstick, (plenty, 1), (short, 3))
        after = quantity(yardstick, plenty), quantity(yardstick, short), orders(yardstick)

    assert answer.status_code == 409
    assert after == before


def test_an_unknown_product_is_refused(yardstick):
    before = orders(yardstick)

    answer = order(yardstick, (NOBODY, 1))

    assert answer.status_code == 422
    assert orders(yardstick) == before


def test_the_load_generator_places_orders_of_some_lines(yardstick):
    before = orders(yardstick)

    outcome = carry_out(yardstick, FIVE_LINES)

    assert outcome.statuses == {"201": 40}
    assert len(outcome.latencies) == 40
    assert orders(yardstick) >= before + 40


def test_a_hot_product_is_everybodys(yardstick):
    before = [quantity(yardstick, goods.numbered(n)) for n in (1, 5)]

    carry_out(yardstick, HOT)

    after = [quantity(yardstick, goods.numbered(n)) for n in (1, 5)]
    assert before[0] - after[0] >= 40
    assert after[1] == before[1]


def test_its_pages_are_served(yardstick):
    for load in READINGS:
        outcome = carry_out(yardstick, load)

        assert outcome.statuses == {"200": 40}, load


def test_a_user_sees_no_order_but_own(yardstick):
    mine, others = (ShopClient(yardstick.ports, [str(uuid4())]) for _ in range(2))
    for client, count in ((mine, 2), (others, 1)):
        client.place_orders(goods.numbered(7), count)
    [(hidden, _)] = others.orders()

    answer = requests.get(
        f"http://127.0.0.1:{yardstick.ports['order']}/api/orders/{hidden}/",
        headers={"Authorization": f"Bearer {mine.tokens[0]}"},
        timeout=20,
    )

    assert [token for _, token in mine.orders()] == mine.tokens * 2
    assert answer.status_code == 404


def test_a_search_finds_what_has_the_word(yardstick):
    found = requests.get(f"http://127.0.0.1:{yardstick.ports['product']}/api/products/?search=lamp", timeout=20).json()["results"]

    assert {product["id"] for product in found} == {id for id, _, name, _ in goods.rows(60) if "lamp" in name}


def test_the_floor_writes_whole_orders(cluster: Cluster, tables: None):
    floor = Floor(cluster, [], 60)

    outcome = floor.carry_out(FIVE_LINES, Pace(1.0, 1.0), Meter([]))

    assert outcome.done > 0
    with cluster.session("floor") as connection, connection.cursor() as cursor:
        counts = 'SELECT count(*), (SELECT count(*) FROM order_line), (SELECT count(*) FROM movement) FROM "order"'
        cursor.execute(counts)
        placed, lines, movements = cursor.fetchall()[0]
        cursor.execute("SELECT count(*) FROM attempt a JOIN reservation r USING (order_id) WHERE a.state = 'completed'")
        whole = cursor.fetchall()[0][0]
        cursor.execute(f"SELECT sum({goods.PLENTY} - quantity), sum(reserved) FROM stock")
        taken = cursor.fetchall()[0]
    assert placed >= outcome.done
    assert (lines, movements, whole, taken) == (5 * placed, 5 * placed, placed, (5 * placed, 5 * placed))


def test_the_floor_orders_as_many_lines_as_it_should():
    drawn = [script(load, 60).count("\\set ") for load in (ONE, FIVE_LINES, HOT)]

    assert drawn == [1, 5, 1]
    assert re.search(r"\{\w+\}", script(FIVE_LINES, 60)) is None
    assert "random(100000000001, 100000000001)" in script(HOT, 60)
