import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from urllib.parse import quote

import pytest
from conftest import path_of
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


def categories(anyone):
    response = anyone.get("/api/products/categories/")
    assert response.status_code == 200
    return {row["slug"]: row["product_count"] for row in response.json()["results"]}


def skus(response):
    assert response.status_code == 200, response.content
    return sorted(row["sku"] for row in response.json()["results"])


@pytest.mark.django_db
class TestTree:
    def test_each_part_of_a_path_is_a_category_and_the_tree_is_in_order(self, product, anyone):
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
        ("asked", "found"),
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
    def test_a_category_has_the_products_of_those_below_it(self, product, anyone, asked, found):
        product("A", category="Home/Lighting/Desk lamps")
        product("B", category="Home/Lighting")
        product("C", category="Home")
        product("D", category="💡")
        product("E", category="Для дома")

        assert skus(anyone.get(f"/api/products/?category={quote(asked)}")) == found

    def test_what_is_below_the_fourth_level_counts_there(self, product, anyone):
        product("DEEP", category="a/b/c/d/e/f")

        assert categories(anyone) == {"a": 1, "a/b": 1, "a/b/c": 1, "a/b/c/d": 1}
        assert skus(anyone.get("/api/products/?category=a/b/c/d")) == ["DEEP"]

    def test_a_category_keeps_the_text_that_staff_gave(self, staff):
        lamp = {"sku": "LAMP", "name": "Lamp", "price": "1", "category": "Home//Lighting"}

        assert staff.post("/api/products/", lamp).json()["category"] == "Home//Lighting"

    def test_archived_products_do_not_count_and_an_empty_category_is_gone(
        self, product, staff, anyone
    ):
        lamp = product("A", category="Home/Lighting")
        product("B", category="Home")

        staff.delete(path_of(lamp))
        assert categories(anyone) == {"home": 1}
        staff.patch(path_of(lamp), {"is_active": True, "category": "Toys"})
        assert categories(anyone) == {"home": 1, "toys": 1}
        Product.objects.all().delete()
        assert categories(anyone) == {}

    def test_a_category_that_comes_back_has_the_name_of_its_return(self, product, anyone):
        product("A", category="lamps").delete()
        product("B", category="Lamps")
        product("C", category="LAMPS")

        assert [
            row["name"] for row in anyone.get("/api/products/categories/").json()["results"]
        ] == ["Lamps"]

    def test_the_list_costs_one_statement(self, product, anyone, django_assert_num_queries):
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
    def test_categories_that_differ_by_a_sign_stay_distinct(self, product, anyone, names):
        for number, name in enumerate(names):
            product(f"P{number}", category=name)

        slugs = categories(anyone)
        assert len(slugs.keys() - {"tools"}) == len(names)
        for number, name in enumerate(names):
            assert skus(anyone.get(f"/api/products/?category={quote(name)}")) == [f"P{number}"]
        for slug in slugs.keys() - {"tools"}:
            assert len(skus(anyone.get(f"/api/products/?category={quote(slug, safe='')}"))) == 1

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
    def test_slugs_can_be_read(self, product, anyone, name, slug):
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
    def test_a_slug_is_its_own_slug(self, db, text):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT category_slug(%s), category_slug(category_slug(%s))", [text, text]
            )
            slug, again = cursor.fetchone()
        assert slug == again


def counted():
    """What the counts ought to be."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT slug, count(*) FROM product, unnest(lineage) AS slug WHERE is_active GROUP BY slug"
        )
        return dict(cursor.fetchall())


def write_something(dice: random.Random, prefix: str) -> None:
    choice = dice.choice(["create", "create", "move", "archive", "delete", "many"])
    mine = list(Product.objects.filter(sku__startswith=prefix).values_list("pk", flat=True))
    if choice == "create" or not mine:
        facts = {"category": dice.choice(TREE), "is_active": dice.random() < 0.8}
        services.create(sku=f"{prefix}{dice.random()}", name="Lamp", price=Decimal(1), **facts)
    elif choice == "move":
        services.change(product_id=dice.choice(mine), category=dice.choice([*TREE, ""]))
    elif choice == "archive":
        services.change(product_id=dice.choice(mine), is_active=dice.random() < 0.5)
    elif choice == "delete":
        Product.objects.filter(pk=dice.choice(mine)).delete()
    else:
        Product.objects.filter(pk__in=dice.sample(mine, len(mine) // 2)).update(
            category=dice.choice(TREE)
        )


@pytest.mark.django_db(transaction=True)
class TestCounts:
    @pytest.mark.parametrize("seed", range(3))
    def test_after_any_writes_the_counts_are_what_there_is(self, seed):
        dice = random.Random(seed)
        for _ in range(60):
            write_something(dice, "P")

        assert {row.slug: row.product_count for row in Category.objects.in_use()} == counted()

    def test_writers_at_the_same_time_neither_miscount_nor_wait_in_a_circle(self):
        def work(number: int) -> str:
            dice = random.Random(number)
            try:
                for _ in range(25):
                    write_something(dice, f"W{number}-")
            finally:
                connections.close_all()
            return "done"

        with ThreadPoolExecutor(6) as pool:
            assert Counter(pool.map(work, range(6))) == {"done": 6}
        assert {row.slug: row.product_count for row in Category.objects.in_use()} == counted()

    def test_emptying_the_table_empties_the_categories(self, product):
        product("A", category="Home")
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE product")
        assert not Category.objects.in_use().exists()
