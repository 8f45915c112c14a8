from django.db import migrations

# "Home/Desk lamps" is a path of names; its slugs are as Django's slugify(allow_unicode=True) has them, but letters keep their
# signs, and what has no letter or digit stays as it is.
FUNCTIONS = r"""
CREATE FUNCTION category_slug(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN left(coalesce(
    nullif(btrim(regexp_replace(regexp_replace(
        lower(normalize(name, NFKC) COLLATE "pg_unicode_fast"), '[^\w\s-]', '', 'g'), '[-\s]+', '-', 'g'), '-_'), ''),
    regexp_replace(lower(btrim(name) COLLATE "pg_unicode_fast"), '\s+', '-', 'g')), 60);

CREATE FUNCTION category_names(category text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(
    SELECT btrim(name) FROM unnest(string_to_array(category, '/')) WITH ORDINALITY AS part(name, place)
    WHERE btrim(name) <> '' ORDER BY place LIMIT 4);

CREATE FUNCTION category_lineage(category text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT ARRAY(SELECT array_to_string(slugs[1:level], '/') FROM generate_series(1, cardinality(slugs)) AS level ORDER BY level)
    FROM (SELECT ARRAY(
        SELECT category_slug(name) FROM unnest(category_names(category)) WITH ORDINALITY AS part(name, place) ORDER BY place
    ) AS slugs) AS path);

ALTER TABLE product ADD COLUMN lineage text[] COLLATE "C" NOT NULL GENERATED ALWAYS AS (category_lineage(category)) STORED;
"""
FORGET_FUNCTIONS = """
ALTER TABLE product DROP COLUMN lineage;
DROP FUNCTION category_lineage, category_names, category_slug;
"""

# The whole row cannot be compared any more: generated columns are not known before the row is written.
FACTS = [
    "id",
    "sku",
    "name",
    "description",
    "price",
    "category",
    "image_url",
    "is_active",
    "version",
    "created_at",
    "updated_at",
]
COUNT = f"""
DROP TRIGGER every_change_is_a_version ON product;
CREATE TRIGGER every_change_is_a_version BEFORE UPDATE ON product FOR EACH ROW
    WHEN (({", ".join(f"OLD.{fact}" for fact in FACTS)}) IS DISTINCT FROM ({", ".join(f"NEW.{fact}" for fact in FACTS)}))
    EXECUTE FUNCTION every_change_is_a_version();
"""
COUNT_AS_BEFORE = """
DROP TRIGGER every_change_is_a_version ON product;
CREATE TRIGGER every_change_is_a_version BEFORE UPDATE ON product
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION every_change_is_a_version();
"""

# One for each order of the list, for the whole of it and for each level of categories. What follows the id is looked at inside
# of the index, so that a product that is passed over is not read.
ORDERS = {
    "created_at": "created_at, id, is_active, price",
    "price": "price, id, is_active",
    "name": '(lower(name COLLATE "pg_unicode_fast") COLLATE "C"), id, is_active, price',
}
INDEXES = {f"products_by_{order}": f"({columns})" for order, columns in ORDERS.items()} | {
    f"category_{level}_by_{order}": f"((lineage[{level}]), {columns}) WHERE lineage[{level}] IS NOT NULL"
    for level in (1, 2, 3, 4)
    for order, columns in ORDERS.items()
}


class Migration(migrations.Migration):
    dependencies = [("products", "0002_every_change_is_a_version")]
    operations = [
        migrations.RunSQL(COUNT, COUNT_AS_BEFORE),
        migrations.RunSQL(FUNCTIONS, FORGET_FUNCTIONS),
        *[
            migrations.RunSQL(f"CREATE INDEX {name} ON product {what}", f"DROP INDEX {name}")
            for name, what in INDEXES.items()
        ],
        migrations.RemoveIndex("product", "active_products"),
    ]
