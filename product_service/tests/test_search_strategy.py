"""Searches for terms of many products have a bounded cost."""

import pytest

from products.selectors import search_strategy

pytestmark = pytest.mark.django_db


@pytest.fixture
def common_terms(monkeypatch, product):
    """Every term counts as common: eight lamps, of which the newest six are scanned."""
    for name, value in {
        "COMMON_TERM_ROWS": 0,
        "MAX_SCANNED": 6,
        "MIN_MATCHES": 2,
        "MAX_RANKED": 4,
    }.items():
        monkeypatch.setattr(search_strategy, name, value)
    for number in range(8):
        product(f"L{number}", name="Lamp" if number else "Lamp lantern")


def test_common_terms_rank_the_newest_products(common_terms, search):
    assert search("lamp") == ["L7", "L6", "L5", "L4"]
    assert search("lmap") == ["L7", "L6", "L5", "L4"]
    assert search("lamp", ordering="name")[:2] == ["L1", "L2"]


@pytest.mark.parametrize("very_many", [0, 10**9])
def test_common_terms_that_new_products_lack_match_older_ones(
    common_terms, monkeypatch, search, very_many
):
    monkeypatch.setattr(search_strategy, "VERY_COMMON_TERM_ROWS", very_many)

    assert (
        search("lamp lantern")
        == search("lantern")
        == search("lanter")
        == search("lantren")
        == ["L0"]
    )


def test_very_common_terms_are_sampled_if_the_newest_products_lack_them(
    common_terms, product, monkeypatch, search
):
    monkeypatch.setattr(search_strategy, "VERY_COMMON_TERM_ROWS", 0)
    monkeypatch.setattr(search_strategy, "MAX_BY_INDEX", 0)  # nothing is found without the sample
    monkeypatch.setattr(search_strategy, "estimate_rows", lambda queries: [1])
    for number in range(6):
        product(f"C{number}", name="Chair")

    assert len(search("lamp")) == 4


@pytest.fixture
def index_orders(monkeypatch):
    """The orders for which the strategy uses the index of the order."""
    found = []
    sort = search_strategy.sort

    def spy(rows, question, order, **more):
        result = sort(rows, question, order, **more)
        if result[1] == order:
            found.append(order[0])
        return result

    monkeypatch.setattr(search_strategy, "sort", spy)
    return found


def test_the_index_of_the_order_is_used_if_matches_are_at_both_ends(
    common_terms, index_orders, search
):
    assert (
        search("lamp", ordering="price,-name")
        == ["L7", "L6", "L5", "L4", "L3", "L2", "L1", "L0"][::-1]
    )
    assert index_orders == ["price"]
    assert search("lamp lantern", ordering="name") == search("lantren", ordering="price") == ["L0"]
    assert index_orders == ["price"]


@pytest.mark.parametrize("first", [True, False])
def test_matches_at_one_end_of_the_order_are_sorted_without_its_index(
    common_terms, product, index_orders, search, first
):
    for number in range(6):
        product(f"C{number}", name="Chair", price="5.00" if first else "50.00")
    chairs = [f"C{number}" for number in range(6)]

    assert search("chair", ordering="price") == chairs
    assert search("chair", ordering="-price") == chairs[::-1]
    assert not index_orders


def test_a_selective_filter_ranks_all_matches_of_common_terms(
    common_terms, product, monkeypatch, search
):
    for number in range(9):
        product(f"S{number}", name="Lamp", category="Small")
    monkeypatch.setattr(search_strategy, "COMMON_TERM_ROWS", 100)
    monkeypatch.setattr(
        search_strategy, "estimate_rows", lambda queries: [1000, 1000, 9][-len(queries) :]
    )

    assert (
        search("lam", category="small")
        == search("lmap", category="small")
        == [f"S{number}" for number in range(8, -1, -1)]
    )
    assert search("lamp lantern", category="small") == []
