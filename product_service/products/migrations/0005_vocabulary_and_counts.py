from django.db import migrations, models

# Whoever writes what many products share takes the advisory lock 7305002 first, so that no two can wait for one another in a
# circle. It is taken when the statement on product is done, and a transaction has one such statement.

COUNTS = """
CREATE FUNCTION add_to_categories(texts text[], differences bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF texts IS NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(7305002);
    MERGE INTO category USING (
        SELECT slug, min(name) AS name, sum(difference)::bigint AS difference
        FROM unnest(texts, differences) AS change(text, difference),
            unnest(category_lineage(text), category_names(text)) AS node(slug, name)
        GROUP BY slug HAVING sum(difference) <> 0
    ) AS change ON category.slug = change.slug
    WHEN MATCHED THEN UPDATE SET
        product_count = product_count + difference,
        name = CASE product_count WHEN 0 THEN change.name ELSE category.name END
    WHEN NOT MATCHED THEN INSERT (slug, name, product_count) VALUES (change.slug, change.name, difference);
END $$;

CREATE FUNCTION categories_count_their_products() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    texts text[];
    differences bigint[];
BEGIN
    CASE TG_OP
    WHEN 'INSERT' THEN
        SELECT array_agg(category), array_agg(difference) INTO texts, differences
        FROM (SELECT category, count(*) AS difference FROM new_rows WHERE is_active GROUP BY category) AS change;
    WHEN 'DELETE' THEN
        SELECT array_agg(category), array_agg(difference) INTO texts, differences
        FROM (SELECT category, -count(*) AS difference FROM old_rows WHERE is_active GROUP BY category) AS change;
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
    PERFORM add_to_categories(texts, differences);
    RETURN NULL;
END $$;
"""

WORDS = r"""
CREATE FUNCTION words_of(name text, category text, description text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(
    SELECT word FROM unnest(tsvector_to_array(to_tsvector('pg_catalog.simple',
        search_text(name) || ' ' || search_text(replace(category, '/', ' ')) || ' ' || search_text(description)))) AS word
    WHERE word COLLATE "pg_unicode_fast" ~ '^[[:alpha:]]{3,30}$');

CREATE FUNCTION learn_words(words text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF words IS NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(7305002);
    INSERT INTO spelling (variant, word)
    SELECT DISTINCT left(word, place - 1) || substr(word, place + 1), word
    FROM unnest(words) AS word, generate_series(1, length(word) + 1) AS place
    ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION vocabulary_learns_of_products() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    words text[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(word) INTO words
        FROM (SELECT DISTINCT unnest(words_of(name, category, description)) AS word FROM new_rows) AS said
        WHERE NOT EXISTS (SELECT FROM spelling WHERE spelling.variant = said.word AND spelling.word = said.word);
    ELSE
        SELECT array_agg(word) INTO words
        FROM (
            SELECT DISTINCT unnest(words_of(name, category, description)) AS word FROM (
                SELECT id, name, category, description FROM new_rows EXCEPT SELECT id, name, category, description FROM old_rows
            ) AS changed
        ) AS said
        WHERE NOT EXISTS (SELECT FROM spelling WHERE spelling.variant = said.word AND spelling.word = said.word);
    END IF;
    PERFORM learn_words(words);
    RETURN NULL;
END $$;
"""

# PostgreSQL carries them out by name: the counts come last, so that their lock is not held while words are cut.
TRIGGERS = """
CREATE INDEX categories_in_use ON category (string_to_array(slug, '/')) WHERE product_count > 0;
CREATE TRIGGER learn_words_of_new AFTER INSERT ON product REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION vocabulary_learns_of_products();
CREATE TRIGGER learn_words_of_changed AFTER UPDATE ON product REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION vocabulary_learns_of_products();
CREATE TRIGGER update_counts_of_new AFTER INSERT ON product REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION categories_count_their_products();
CREATE TRIGGER update_counts_of_changed AFTER UPDATE ON product REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION categories_count_their_products();
CREATE TRIGGER update_counts_of_deleted AFTER DELETE ON product REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION categories_count_their_products();
CREATE TRIGGER update_counts_to_none AFTER TRUNCATE ON product
    FOR EACH STATEMENT EXECUTE FUNCTION categories_count_their_products();
"""

WHAT_IS_THERE = """
SELECT add_to_categories(array_agg(category), array_agg(difference))
FROM (SELECT category, count(*) AS difference FROM product WHERE is_active GROUP BY category) AS counted;
SELECT learn_words(array_agg(DISTINCT word)) FROM product, unnest(words_of(name, category, description)) AS word;
"""

FORGET = """
DROP INDEX categories_in_use;
DROP TRIGGER learn_words_of_new ON product;
DROP TRIGGER learn_words_of_changed ON product;
DROP TRIGGER update_counts_of_new ON product;
DROP TRIGGER update_counts_of_changed ON product;
DROP TRIGGER update_counts_of_deleted ON product;
DROP TRIGGER update_counts_to_none ON product;
DROP FUNCTION vocabulary_learns_of_products, learn_words, words_of, categories_count_their_products, add_to_categories;
"""


class Migration(migrations.Migration):
    dependencies = [("products", "0004_search")]
    operations = [
        migrations.CreateModel(
            name="Category",
            fields=[
                ("slug", models.TextField(db_collation="C", primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                ("product_count", models.BigIntegerField()),
            ],
            options={"db_table": "category", "verbose_name_plural": "categories"},
        ),
        migrations.AddConstraint(
            "category",
            models.CheckConstraint(
                condition=models.Q(("product_count__gte", 0)),
                name="product_count_is_never_negative",
            ),
        ),
        migrations.CreateModel(
            name="Spelling",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "variant",
                        "word",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("variant", models.TextField(db_collation="C")),
                ("word", models.TextField(db_collation="C")),
            ],
            options={"db_table": "spelling"},
        ),
        migrations.RunSQL(COUNTS + WORDS + TRIGGERS + WHAT_IS_THERE, FORGET),
    ]
