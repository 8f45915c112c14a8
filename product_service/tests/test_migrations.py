import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from products.models import Category, Product

pytestmark = pytest.mark.django_db(transaction=True)


def migrate(name):
    executor = MigrationExecutor(connection)
    executor.migrate([("products", name)])


@pytest.fixture
def newest():
    [(_, name)] = MigrationExecutor(connection).loader.graph.leaf_nodes("products")
    yield name
    migrate(name)


def test_a_shop_that_is_at_work_is_brought_up_to_date_with_its_products(newest, product, anyone):
    migrate("0002_every_change_is_a_version")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO product (sku, name, price, category, is_active) VALUES"
            " ('A', 'Desk lamp', 1, 'Home/Lighting', true), ('B', 'Chair', 2, 'Home', true), ('C', 'Stool', 3, 'Home', false)"
        )
    migrate(newest)

    assert {row.slug: row.product_count for row in Category.objects.in_use()} == {
        "home": 2,
        "home/lighting": 1,
    }
    for query in ("search=lmap", "search=desk", "category=home/lighting"):
        assert [row["sku"] for row in anyone.get(f"/api/products/?{query}").json()["results"]] == [
            "A"
        ]
    assert set(Product.objects.values_list("version", flat=True)) == {1}


def test_each_fact_of_a_product_makes_a_version_when_it_changes(product):
    """The trigger names the columns one by one, because it cannot compare those that the database generates."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'every_change_is_a_version'"
        )
        [definition] = cursor.fetchone()

    for field in Product._meta.fields:
        assert f"old.{field.column}" in definition
        assert f"new.{field.column}" in definition
