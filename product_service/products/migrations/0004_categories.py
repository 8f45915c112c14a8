from django.db import migrations

# "Home/Desk lamps" is a path of names. A slug is as Django's slugify makes it, but letters keep
# their accents, and signs that distinguish names stay: C, C#, C++ and .NET. Removed are quotation
# and sentence marks, an "&" between words and a full stop after one. A slug is its own slug.
FUNCTIONS = r"""
CREATE FUNCTION category_slug(name text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN left(coalesce(
    nullif(regexp_replace(btrim(regexp_replace(regexp_replace(
        translate(lower(normalize(btrim(name), NFKC) COLLATE "pg_unicode_fast"),
            '''’‘"“”„«»,;:!?()[]{}', ''),
        '\s&\s', ' ', 'g'), '\.+(\s|$)', '\1', 'g')), '[-\s]+', '-', 'g'), ''),
    regexp_replace(lower(btrim(name) COLLATE "pg_unicode_fast"), '\s+', '-', 'g')), 100);

CREATE FUNCTION category_names(category text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(
    SELECT btrim(name)
    FROM unnest(string_to_array(category, '/')) WITH ORDINALITY AS part(name, place)
    WHERE btrim(name) <> '' ORDER BY place LIMIT 4);

-- The slugs of all levels: {home,home/desk-lamps}.
CREATE FUNCTION category_path(category text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT ARRAY(
        SELECT array_to_string(slugs[1:level], '/')
        FROM generate_series(1, cardinality(slugs)) AS level ORDER BY level)
    FROM (SELECT ARRAY(
        SELECT category_slug(name)
        FROM unnest(category_names(category)) WITH ORDINALITY AS part(name, place) ORDER BY place
    ) AS slugs) AS path);

ALTER TABLE product ADD COLUMN category_path text[] COLLATE "C" NOT NULL
    GENERATED ALWAYS AS (category_path(category)) STORED;
CREATE INDEX non_empty_categories ON category (string_to_array(slug, '/')) WHERE product_count > 0;
"""

# Advisory lock 7305002: see migration 0003.
COUNTS = """
CREATE FUNCTION change_product_counts(texts text[], differences bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF texts IS NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(7305002);
    MERGE INTO category USING (
        SELECT slug, min(name) AS name, sum(difference)::bigint AS difference
        FROM unnest(texts, differences) AS change(text, difference),
            unnest(category_path(text), category_names(text)) AS node(slug, name)
        GROUP BY slug HAVING sum(difference) <> 0
    ) AS change ON category.slug = change.slug
    WHEN MATCHED THEN UPDATE SET
        product_count = product_count + difference,
        name = CASE product_count WHEN 0 THEN change.name ELSE category.name END
    WHEN NOT MATCHED THEN INSERT (slug, name, product_count)
        VALUES (change.slug, change.name, difference);
END $$;

CREATE FUNCTION count_products() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    texts text[];
    differences bigint[];
BEGIN
    CASE TG_OP
    WHEN 'INSERT' THEN
        SELECT array_agg(category), array_agg(difference) INTO texts, differences
        FROM (
            SELECT category, count(*) AS difference
            FROM new_rows WHERE is_active GROUP BY category
        ) AS change;
    WHEN 'DELETE' THEN
        SELECT array_agg(category), array_agg(difference) INTO texts, differences
        FROM (
            SELECT category, -count(*) AS difference
            FROM old_rows WHERE is_active GROUP BY category
        ) AS change;
    WHEN 'UPDATE' THEN
        SELECT array_agg(category), array_agg(difference) INTO texts, differences
        FROM (
            SELECT category, sum(difference) AS difference FROM (
                SELECT category, 1 AS difference FROM new_rows WHERE is_active
                UNION ALL SELECT category, -1 FROM old_rows WHERE is_active
            ) AS each GROUP BY category HAVING sum(difference) <> 0
        ) AS change;
    ELSE
        UPDATE category SET product_count = 0;
    END CASE;
    PERFORM change_product_counts(texts, differences);
    RETURN NULL;
END $$;
"""

# Triggers fire in the order of their names: counting comes after add_spelling_variants, so that
# its lock is not held while words are split.
TRIGGERS = """
CREATE TRIGGER count_products_on_insert AFTER INSERT ON product
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_products();
CREATE TRIGGER count_products_on_update AFTER UPDATE ON product
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_products();
CREATE TRIGGER count_products_on_delete AFTER DELETE ON product
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_products();
CREATE TRIGGER count_products_on_truncate AFTER TRUNCATE ON product
    FOR EACH STATEMENT EXECUTE FUNCTION count_products();
"""


class Migration(migrations.Migration):
    dependencies = [("products", "0003_search")]
    operations = [migrations.RunSQL(FUNCTIONS + COUNTS + TRIGGERS)]
