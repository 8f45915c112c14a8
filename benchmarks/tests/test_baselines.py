"""The baselines implement a shop: they place orders, decrement stock, and reject unknown products
and insufficient stock.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import requests

from benchmarks import test_data
from benchmarks.baseline import Baseline
from benchmarks.host_metrics import Meter
from benchmarks.loads import FIVE_LINES, HOT, ONE, READINGS, Load, LoadProfile
from benchmarks.pgbench import PgBench, script
from benchmarks.shop_setup import BenchmarkShop
from benchmarks.targets import Outcome
from local_stack.postgres import Cluster

UNTIL_FORTY = LoadProfile(0.0, 60.0, maximum=40)
UNKNOWN = "00000000-0000-7000-8000-999999999999"


def order(baseline: Baseline, *lines: tuple[str, int], key: str = "") -> requests.Response:
    body = {"items": [{"product_id": product_id, "quantity": units} for product_id, units in lines]}
    url = f"http://127.0.0.1:{baseline.ports['order']}/api/orders/"
    return requests.post(
        url, json=body, headers={"Idempotency-Key": key} if key else {}, timeout=20
    )


def quantity(baseline: Baseline, product_id: str) -> int:
    return int(
        rows(
            baseline, "inventory", f"SELECT quantity FROM stock WHERE product_id = '{product_id}'"
        )[0][0]
    )


def orders(baseline: Baseline) -> int:
    return int(rows(baseline, "order", 'SELECT count(*) FROM "order"')[0][0])


def rows(baseline: Baseline, name: str, statement: str) -> list[Any]:
    with baseline.session(name) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


@contextmanager
def limited_stock(baseline: Baseline, product_id: str, units: int) -> Iterator[None]:
    """Limits the stock of a product temporarily."""
    with baseline.session("inventory") as connection, connection.cursor() as cursor:
        change = "UPDATE stock SET quantity = %s WHERE product_id = %s"
        cursor.execute(change, [units, product_id])
        yield
        cursor.execute(change, [test_data.PLENTY, product_id])


def run_load(baseline: Baseline, load: Load) -> Outcome:
    target = baseline.target()
    client = BenchmarkShop(target.ports, target.tokens)
    client.place_orders(target.product_ids[0], 1)
    target.orders = client.newest_orders()
    return target.run_load(load, UNTIL_FORTY, Meter([]))


def test_an_order_is_placed_and_takes_its_stock(baseline):
    lamp, chair = test_data.product_id(1), test_data.product_id(2)
    before = quantity(baseline, lamp), quantity(baseline, chair), orders(baseline)

    response = order(baseline, (lamp, 3), (chair, 1))

    assert response.status_code == 201
    placed = response.json()
    prices = {id: price for id, _, _, price in test_data.rows(2)}
    assert {
        item["product_id"]: (item["unit_price"], item["quantity"]) for item in placed["items"]
    } == {
        lamp: (prices[lamp], 3),
        chair: (prices[chair], 1),
    }
    assert placed["total"] == f"{3 * float(prices[lamp]) + float(prices[chair]):.2f}"
    assert (quantity(baseline, lamp), quantity(baseline, chair), orders(baseline)) == (
        before[0] - 3,
        before[1] - 1,
        before[2] + 1,
    )


def test_insufficient_stock_is_rejected_and_nothing_is_decremented(baseline):
    plenty, short = test_data.product_id(3), test_data.product_id(4)
    before = quantity(baseline, plenty), 2, orders(baseline)

    with limited_stock(baseline, short, 2):
        response = order(baseline, (plenty, 1), (short, 3))
        after = quantity(baseline, plenty), quantity(baseline, short), orders(baseline)

    assert response.status_code == 409
    assert after == before


def test_an_unknown_product_is_refused(baseline):
    before = orders(baseline)

    response = order(baseline, (UNKNOWN, 1))

    assert response.status_code == 422
    assert orders(baseline) == before


def test_the_load_generator_places_orders_of_five_lines(baseline):
    before = orders(baseline)

    outcome = run_load(baseline, FIVE_LINES)

    assert outcome.statuses == {"201": 40}
    assert len(outcome.latencies) == 40
    assert orders(baseline) >= before + 40


def test_a_hot_load_orders_one_product_only(baseline):
    before = [quantity(baseline, test_data.product_id(n)) for n in (1, 5)]

    run_load(baseline, HOT)

    after = [quantity(baseline, test_data.product_id(n)) for n in (1, 5)]
    assert before[0] - after[0] >= 40
    assert after[1] == before[1]


def test_all_reads_respond_with_200(baseline):
    for load in READINGS:
        outcome = run_load(baseline, load)

        assert outcome.statuses == {"200": 40}, load


def test_orders_of_other_users_are_hidden(baseline):
    mine, others = (BenchmarkShop(baseline.ports, [str(uuid4())]) for _ in range(2))
    for client, count in ((mine, 2), (others, 1)):
        client.place_orders(test_data.product_id(7), count)
    [(hidden, _)] = others.newest_orders()

    response = requests.get(
        f"http://127.0.0.1:{baseline.ports['order']}/api/orders/{hidden}/",
        headers={"Authorization": f"Bearer {mine.tokens[0]}"},
        timeout=20,
    )

    assert [token for _, token in mine.newest_orders()] == mine.tokens * 2
    assert response.status_code == 404


def test_a_search_finds_the_products_with_the_word(baseline):
    found = requests.get(
        f"http://127.0.0.1:{baseline.ports['product']}/api/products/?search=lamp", timeout=20
    ).json()["results"]

    assert {product["id"] for product in found} == {
        id for id, _, name, _ in test_data.rows(60) if "lamp" in name
    }


def test_pgbench_writes_complete_orders(cluster: Cluster, tables: None):
    pgbench = PgBench(cluster, [], 60)

    outcome = pgbench.run_load(FIVE_LINES, LoadProfile(1.0, 1.0), Meter([]))

    assert outcome.done > 0
    with cluster.session("pgbench") as connection, connection.cursor() as cursor:
        counts = (
            "SELECT count(*), (SELECT count(*) FROM order_line), (SELECT count(*) FROM movement) "
            'FROM "order"'
        )
        cursor.execute(counts)
        placed, lines, movements = cursor.fetchall()[0]
        cursor.execute(
            "SELECT count(*) FROM attempt a JOIN reservation r USING (order_id) WHERE a.state = "
            "'completed'"
        )
        whole = cursor.fetchall()[0][0]
        cursor.execute(f"SELECT sum({test_data.PLENTY} - quantity), sum(reserved) FROM stock")
        taken = cursor.fetchall()[0]
    assert placed >= outcome.done
    assert (lines, movements, whole, taken) == (
        5 * placed,
        5 * placed,
        placed,
        (5 * placed, 5 * placed),
    )


def test_the_pgbench_script_has_the_lines_of_the_load():
    drawn = [script(load, 60).count("\\set ") for load in (ONE, FIVE_LINES, HOT)]

    assert drawn == [1, 5, 1]
    assert re.search(r"\{\w+\}", script(FIVE_LINES, 60)) is None
    assert "random(100000000001, 100000000001)" in script(HOT, 60)
