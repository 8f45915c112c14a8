"""Reads of single products; lists and searches have test files of their own."""

from uuid import uuid4

import pytest

from products import services
from products.selectors import by_ids

pytestmark = pytest.mark.django_db


def test_by_ids_returns_archived_products_on_request_only(product):
    lamp = product("LAMP")

    services.archive(product_id=lamp.pk)

    assert by_ids([lamp.pk]) == []
    [(_, archived)] = by_ids([lamp.pk], include_archived=True)
    assert archived["is_active"] is False


@pytest.mark.usefixtures("unprepared_statements")
def test_by_ids_is_one_statement_and_omits_unknown_ids(numbered, django_assert_num_queries):
    ids = [product.pk for product in numbered(1, 100)]

    for known in (ids[:1], ids):
        with django_assert_num_queries(1):
            rows = by_ids([*known, uuid4()])
        assert [product["id"] for _, product in rows] == sorted(known, reverse=True)
