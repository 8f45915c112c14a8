from django.db import migrations

# PostgreSQL's parser asks the server's locale what a letter is. It gets letters, digits and spaces
# only, so that the result does not depend on the locale: PostgreSQL's Unicode tables turn what
# separates words into a space, and what is neither a separator nor a letter or digit (accents,
# joiners, soft hyphens) is removed. selectors/search.py folds the search text in the same way.
FUNCTIONS = r"""
CREATE FUNCTION search_fold(text text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(normalize(translate(replace(replace(replace(replace(
    lower(text COLLATE "pg_unicode_fast"), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'),
    'øłđðıħ', 'olddih'), NFKD), '[\u0300-\u036f]+', '', 'g');

CREATE FUNCTION search_text(text text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btrim(regexp_replace(
    regexp_replace(search_fold(text) COLLATE "pg_c_utf8",
        '[[:punct:][:space:][:cntrl:]\u200b]+', ' ', 'g') COLLATE "pg_unicode_fast",
    '[^[:alnum:] ]+', '', 'g'));

-- The whole SKU as one lexeme, and its parts.
CREATE FUNCTION search_sku(sku text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN coalesce(
    ('''' || replace(replace(left(nullif(search_fold(sku), ''), 400), '\', '\\'), '''', '''''')
        || ''':1')::tsvector, ''::tsvector)
    || to_tsvector('pg_catalog.simple', search_text(sku));

CREATE FUNCTION search_vector(sku text, name text, category text, description text)
RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN setweight(search_sku(sku), 'A')
    || setweight(to_tsvector('pg_catalog.english', search_text(name)), 'A')
    || setweight(to_tsvector('pg_catalog.simple', search_text(name)), 'A')
    || setweight(to_tsvector('pg_catalog.english', search_text(replace(category, '/', ' '))), 'C')
    || setweight(to_tsvector('pg_catalog.english', search_text(description)), 'D');

CREATE FUNCTION search_words(text text) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT plainto_tsquery('pg_catalog.english', search_text(text)) $$;

-- Words that have the prefix or the stem; an empty query for a stop word such as "the".
CREATE FUNCTION search_term(word text, prefix tsquery) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE numnode(search_words(word)) WHEN 0 THEN ''::tsquery
    ELSE prefix || search_words(word) END;

CREATE FUNCTION search_query(terms tsquery, prefixes tsquery) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE numnode(terms) WHEN 0 THEN prefixes ELSE terms END;
"""

# sort_name has 100 characters because the size of an index entry is limited.
COLUMNS = """
ALTER TABLE product
    ADD COLUMN search tsvector NOT NULL
        GENERATED ALWAYS AS (search_vector(sku, name, category, description)) STORED,
    ADD COLUMN sort_name text COLLATE "C" NOT NULL
        GENERATED ALWAYS AS (left(search_text(name), 100)) STORED;
CREATE INDEX product_search ON product USING gin (search) WITH (gin_pending_list_limit = 256);
"""

# Advisory lock 7305002 (services/locks.py): concurrent writers of shared rows would deadlock
# without it. Each statement takes it at its end, and a transaction has one such statement.
SPELLING = r"""
CREATE FUNCTION correctable_words(name text, category text, description text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(
    SELECT word FROM unnest(tsvector_to_array(to_tsvector('pg_catalog.simple',
        search_text(name || ' ' || category || ' ' || description)))) AS word
    WHERE word COLLATE "pg_unicode_fast" ~ '^[[:alpha:]]{3,30}$');

CREATE FUNCTION add_spelling_variants() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    words text[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(word) INTO words FROM (
            SELECT DISTINCT unnest(correctable_words(name, category, description)) AS word
            FROM new_rows
        ) AS written;
    ELSE
        SELECT array_agg(word) INTO words FROM (
            SELECT DISTINCT unnest(correctable_words(name, category, description)) AS word FROM (
                SELECT id, name, category, description FROM new_rows
                EXCEPT SELECT id, name, category, description FROM old_rows
            ) AS changed
        ) AS written;
    END IF;
    SELECT array_agg(written.word) INTO words FROM unnest(words) AS written(word)
    WHERE NOT EXISTS (
        SELECT FROM spelling_variant AS known
        WHERE known.variant = written.word AND known.word = written.word
    );
    IF words IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(7305002);
        INSERT INTO spelling_variant (variant, word)
        SELECT DISTINCT left(word, place - 1) || substr(word, place + 1), word
        FROM unnest(words) AS written(word), generate_series(1, length(word) + 1) AS place
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
"""
TRIGGERS = """
CREATE TRIGGER add_spelling_variants_on_insert AFTER INSERT ON product
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION add_spelling_variants();
CREATE TRIGGER add_spelling_variants_on_update AFTER UPDATE ON product
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION add_spelling_variants();
"""


class Migration(migrations.Migration):
    dependencies = [("products", "0002_product_versions")]
    operations = [migrations.RunSQL(FUNCTIONS + COLUMNS + SPELLING + TRIGGERS)]
