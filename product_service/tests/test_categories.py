import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from urllib.parse import quote

import pytest
from conftest import product_path, skus
from django.db import IntegrityError, connection, connections, transaction
from hypothesis import HealthCheck, given, settings, strategies

from products import services
from products.models import Category, Product

TREE = [
    "Home",
    "Home/Lighting",
    "Home/Lighting/Desk lamps",
    "Home & Garden",
    "Toys",
    "home/LIGHTING",
]


def sorted_skus(response):
    return sorted(skus(response))


def categories(anyone):
    response = anyone.get("/api/products/categories/")
    assert response.status_code == 200
    return {row["slug"]: row["product_count"] for row in response.json()["results"]}


@pytest.mark.django_db
class TestTree:
    def test_each_level_of_a_path_is_a_category_in_tree_order(self, product, anyone):
        product("A", category="Home/Lighting/Desk lamps")
        product("B", category="Home & Garden")
        product("C", category="Home")

        assert anyone.get("/api/products/categories/").json() == {
            "results": [
                {"slug": "home", "name": "Home", "parent": None, "product_count": 2},
                {"slug": "home/lighting", "name": "Lighting", "parent": "home", "product_count": 1},
                {
                    "slug": "home/lighting/desk-lamps",
                    "name": "Desk lamps",
                    "parent": "home/lighting",
                    "product_count": 1,
                },
                {
                    "slug": "home-garden",
                    "name": "Home & Garden",
                    "parent": None,
                    "product_count": 1,
                },
            ]
        }

    def test_without_products_there_are_no_categories(self, db, anyone):
        assert anyone.get("/api/products/categories/").json() == {"results": []}

    @pytest.mark.parametrize(
        ("category", "expected"),
        [
            ("home", ["A", "B", "C"]),
            ("Home", ["A", "B", "C"]),
            ("home/lighting", ["A", "B"]),
            ("Home/Lighting", ["A", "B"]),
            ("HOME / lighting ", ["A", "B"]),
            ("home/lighting/desk-lamps", ["A"]),
            ("Home/Lighting/Desk lamps", ["A"]),
            ("lighting", []),
            ("hom", []),
            ("home/lighting/desk-lamps/red/large", []),
            ("/", []),
            ("!!!", []),
            ("💡", ["D"]),
            ("Для дома", ["E"]),
            ("для-дома", ["E"]),
            ("' OR 1=1 --", []),
        ],
    )
    def test_a_category_includes_the_products_of_its_subcategories(
        self, product, anyone, category, expected
    ):
        product("A", category="Home/Lighting/Desk lamps")
        product("B", category="Home/Lighting")
        product("C", category="Home")
        product("D", category="💡")
        product("E", category="Для дома")

        assert sorted_skus(anyone.get(f"/api/products/?category={quote(category)}")) == expected

    def test_levels_below_the_fourth_count_as_the_fourth(self, product, anyone):
        product("DEEP", category="a/b/c/d/e/f")

        assert categories(anyone) == {"a": 1, "a/b": 1, "a/b/c": 1, "a/b/c/d": 1}
        assert sorted_skus(anyone.get("/api/products/?category=a/b/c/d")) == ["DEEP"]

    def test_the_text_of_a_category_is_stored_unchanged(self, staff):
        lamp = {"sku": "LAMP", "name": "Lamp", "price": "1", "category": "Home//Lighting"}

        assert staff.post("/api/products/", lamp).json()["category"] == "Home//Lighting"

    def test_archived_products_do_not_count_and_an_empty_category_is_not_listed(
        self, product, staff, anyone
    ):
        lamp = product("A", category="Home/Lighting")
        product("B", category="Home")

        staff.delete(product_path(lamp))
        assert categories(anyone) == {"home": 1}
        staff.patch(product_path(lamp), {"is_active": True, "category": "Toys"})
        assert categories(anyone) == {"home": 1, "toys": 1}
        Product.objects.all().delete()
        assert categories(anyone) == {}

    def test_a_category_that_was_empty_takes_the_name_of_its_next_product(self, product, anyone):
        product("A", category="lamps").delete()
        product("B", category="Lamps")
        product("C", category="LAMPS")

        assert [
            row["name"] for row in anyone.get("/api/products/categories/").json()["results"]
        ] == ["Lamps"]

    def test_the_list_is_one_statement(self, product, anyone, django_assert_num_queries):
        for number in range(5):
            product(f"P{number}", category=f"C{number}")
        with django_assert_num_queries(1):
            assert len(categories(anyone)) == 5

    def test_product_count_is_never_negative(self, product):
        product("A", category="Home")
        with pytest.raises(IntegrityError) as error, transaction.atomic():
            Category.objects.update(product_count=-1)
        assert error.value.__cause__.diag.constraint_name == "product_count_is_never_negative"

    @pytest.mark.parametrize(
        "names",
        [
            ["C", "C#", "C++", "C-", "c*"],
            [".NET", "NET", "ASP.NET", "ASPNET"],
            ["R&D", "RD", "R+D", "R@D"],
            ["☕", "🍵", "茶", "茶+", "+", "#", "++"],
            ["A" * 100, "A" * 99, "A" * 61, "A" * 60],
            ["50%", "50", "50€", "50°"],
            ["Tools/C#", "Tools/C", "Tools/C++"],
        ],
    )
    def test_categories_that_differ_by_a_sign_have_distinct_slugs(self, product, anyone, names):
        for number, name in enumerate(names):
            product(f"P{number}", category=name)

        slugs = categories(anyone)
        assert len(slugs.keys() - {"tools"}) == len(names)
        for number, name in enumerate(names):
            assert sorted_skus(anyone.get(f"/api/products/?category={quote(name)}")) == [
                f"P{number}"
            ]
        for slug in slugs.keys() - {"tools"}:
            assert (
                len(sorted_skus(anyone.get(f"/api/products/?category={quote(slug, safe='')}"))) == 1
            )

    @pytest.mark.parametrize(
        ("name", "slug"),
        [
            ("Home & Garden", "home-garden"),
            ("Kid’s toys", "kids-toys"),
            ("Desk  lamps", "desk-lamps"),
            ("Rugs (wool), new!", "rugs-wool-new"),
            ("St. Ives", "st-ives"),
            ("C#", "c#"),
            ("C++", "c++"),
            (".NET", ".net"),
            ("!!!", "!!!"),
            ("ÄÖ", "äö"),
        ],
    )
    def test_slugs_are_readable(self, product, anyone, name, slug):
        product("A", category=name)
        assert categories(anyone) == {slug: 1}

    @settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        strategies.text(
            strategies.characters(codec="utf-8", min_codepoint=32), min_size=1, max_size=40
        )
    )
    def test_the_slug_of_a_slug_is_itself(self, db, text):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT category_slug(%s), category_slug(category_slug(%s))", [text, text]
            )
            slug, again = cursor.fetchone()
        assert slug == again


def expected_counts():
    """Counted from the products."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT slug, count(*) FROM product, unnest(category_path) AS slug"
            " WHERE is_active GROUP BY slug"
        )
        return dict(cursor.fetchall())


def random_write(rng: random.Random, prefix: str) -> None:
    choice = rng.choice(["create", "create", "move", "archive", "delete", "many"])
    mine = list(Product.objects.filter(sku__startswith=prefix).values_list("pk", flat=True))
    if choice == "create" or not mine:
        fields = {"category": rng.choice(TREE), "is_active": rng.random() < 0.8}
        services.create(sku=f"{prefix}{rng.random()}", name="Lamp", price=Decimal(1), **fields)
    elif choice == "move":
        services.update(product_id=rng.choice(mine), category=rng.choice([*TREE, ""]))
    elif choice == "archive":
        services.update(product_id=rng.choice(mine), is_active=rng.random() < 0.5)
    elif choice == "delete":
        Product.objects.filter(pk=rng.choice(mine)).delete()
    else:
        Product.objects.filter(pk__in=rng.sample(mine, len(mine) // 2)).update(
            category=rng.choice(TREE)
        )


@pytest.mark.django_db(transaction=True)
class TestCounts:
    @pytest.mark.parametrize("seed", range(3))
    def test_counts_equal_the_products_after_random_writes(self, seed):
        rng = random.Random(seed)
        for _ in range(60):
            random_write(rng, "P")

        assert {
            row.slug: row.product_count for row in Category.objects.non_empty()
        } == expected_counts()

    def test_concurrent_writers_neither_miscount_nor_deadlock(self):
        def write(number: int) -> str:
            rng = random.Random(number)
            try:
                for _ in range(25):
                    random_write(rng, f"W{number}-")
            finally:
                connections.close_all()
            return "done"

        with ThreadPoolExecutor(6) as pool:
            assert Counter(pool.map(write, range(6))) == {"done": 6}
        assert {
            row.slug: row.product_count for row in Category.objects.non_empty()
        } == expected_counts()

    def test_truncate_resets_the_counts(self, product):
        product("A", category="Home")
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE product")
        assert not Category.objects.non_empty().exists()
