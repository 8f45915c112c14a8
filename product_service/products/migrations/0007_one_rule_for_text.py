from django.db import migrations

# PostgreSQL's parser asks the server's locale what a letter is. It gets letters, digits and spaces only, so that there is nothing
# to ask: what separates words becomes a space, by tables of Unicode inside PostgreSQL, and what is neither a separator nor a
# letter or digit (accents, joiners, soft hyphens) is left out. products/search.py folds what a customer types in the same way.
SEARCH = r"""
CREATE OR REPLACE FUNCTION search_fold(text text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(normalize(translate(replace(replace(replace(replace(
    lower(text COLLATE "pg_unicode_fast"), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), 'øłđðıħ', 'olddih'), NFKD),
    '[\u0300-\u036f]+', '', 'g');

CREATE OR REPLACE FUNCTION search_text(text text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btrim(regexp_replace(
    regexp_replace(search_fold(text) COLLATE "pg_c_utf8", '[[:punct:][:space:][:cntrl:]\u200b]+', ' ', 'g')
    COLLATE "pg_unicode_fast", '[^[:alnum:] ]+', '', 'g'));

CREATE OR REPLACE FUNCTION search_sku(sku text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN coalesce(
    ('''' || replace(replace(left(nullif(search_fold(sku), ''), 400), '\', '\\'), '''', '''''') || ''':1')::tsvector, ''::tsvector)
    || to_tsvector('pg_catalog.simple', search_text(sku));

CREATE OR REPLACE FUNCTION words_of(name text, category text, description text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(
    SELECT word FROM unnest(tsvector_to_array(to_tsvector('pg_catalog.simple',
        search_text(name || ' ' || category || ' ' || description)))) AS word
    WHERE word COLLATE "pg_unicode_fast" ~ '^[[:alpha:]]{3,30}$');

CREATE OR REPLACE FUNCTION search_words(text text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT plainto_tsquery('pg_catalog.english', search_text(text)) $$;

CREATE OR REPLACE FUNCTION search_term(word text, beginnings tsquery) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE numnode(search_words(word)) WHEN 0 THEN ''::tsquery ELSE beginnings || search_words(word) END;
"""

# Slugs are as Django's slugify has them, but letters keep their signs, and what tells names apart stays: C, C#, C++ and .NET.
# Left out are quotation and sentence marks, an "&" between words and a full stop after one. A slug is its own slug.
SLUGS = r"""
CREATE OR REPLACE FUNCTION category_slug(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN left(coalesce(
    nullif(regexp_replace(btrim(regexp_replace(regexp_replace(
        translate(lower(normalize(btrim(name), NFKC) COLLATE "pg_unicode_fast"), '''’‘"“”„«»,;:!?()[]{}', ''),
        '\s&\s', ' ', 'g'), '\.+(\s|$)', '\1', 'g')), '[-\s]+', '-', 'g'), ''),
    regexp_replace(lower(btrim(name) COLLATE "pg_unicode_fast"), '\s+', '-', 'g')), 100);
"""

# By letters without accents and capitals, signs left out, so that Äpfel is beside Apfel and “Sun” beside Sun. 100 characters of
# them, because an entry of an index has a limit.
COLUMNS = """
ALTER TABLE product
    ALTER COLUMN search SET EXPRESSION AS (search_vector(sku, name, category, description)),
    ALTER COLUMN lineage SET EXPRESSION AS (category_lineage(category)),
    ADD COLUMN sort_name text COLLATE "C" NOT NULL GENERATED ALWAYS AS (left(search_text(name), 100)) STORED;
"""

FORMER_NAME = '(lower(name COLLATE "pg_unicode_fast") COLLATE "C")'
INDEXES = {"products_by_name": "(sort_name, id, is_active, price)"} | {
    f"category_{level}_by_name": f"((lineage[{level}]), sort_name, id, is_active, price) WHERE lineage[{level}] IS NOT NULL"
    for level in (1, 2, 3, 4)
}

DERIVED = """
TRUNCATE spelling;
SELECT learn_words(array_agg(DISTINCT word)) FROM product, unnest(words_of(name, category, description)) AS word;
UPDATE category SET product_count = 0;
SELECT add_to_categories(array_agg(category), array_agg(difference))
FROM (SELECT category, count(*) AS difference FROM product WHERE is_active GROUP BY category) AS counted;
ANALYZE product;
"""


class Migration(migrations.Migration):
    dependencies = [("products", "0006_how_many_are_in_a_category")]
    operations = [
        migrations.RunSQL(SEARCH + SLUGS, migrations.RunSQL.noop),
        *[
            migrations.RunSQL(
                f"DROP INDEX {name}",
                f"CREATE INDEX {name} ON product {what.replace('sort_name', FORMER_NAME)}",
            )
            for name, what in INDEXES.items()
        ],
        migrations.RunSQL(COLUMNS, "ALTER TABLE product DROP COLUMN sort_name"),
        *[
            migrations.RunSQL(f"CREATE INDEX {name} ON product {what}", f"DROP INDEX {name}")
            for name, what in INDEXES.items()
        ],
        migrations.RunSQL(DERIVED, migrations.RunSQL.noop),
    ]
