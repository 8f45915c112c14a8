from django.db import migrations

# Without accents and capitals, in the same way under every locale of the database.
VECTOR = r"""
CREATE FUNCTION search_text(text text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(normalize(lower(text COLLATE "pg_unicode_fast"), NFD), '[\u0300-\u036f]+', '', 'g');

CREATE FUNCTION search_sku(sku text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN search_text(sku) = '' THEN ''::tsvector
    ELSE ('''' || replace(replace(search_text(sku), '\', '\\'), '''', '''''') || ''':1')::tsvector
        || to_tsvector('pg_catalog.simple', regexp_replace(search_text(sku), '[^[:alnum:]]+', ' ', 'g')) END;

CREATE FUNCTION search_vector(sku text, name text, category text, description text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN setweight(search_sku(sku), 'A')
    || setweight(to_tsvector('pg_catalog.english', search_text(name)), 'A')
    || setweight(to_tsvector('pg_catalog.simple', search_text(name)), 'A')
    || setweight(to_tsvector('pg_catalog.english', search_text(replace(category, '/', ' '))), 'C')
    || setweight(to_tsvector('pg_catalog.english', search_text(description)), 'D');

-- What a typed word asks for: words that begin with it, or have its stem; nothing for a word such as "the".
CREATE FUNCTION search_term(word text, beginnings tsquery) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE numnode(plainto_tsquery('pg_catalog.english', word)) WHEN 0 THEN ''::tsquery
    ELSE beginnings || plainto_tsquery('pg_catalog.english', word) END;

CREATE FUNCTION search_query(terms tsquery, beginnings tsquery) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE numnode(terms) WHEN 0 THEN beginnings ELSE terms END;

ALTER TABLE product ADD COLUMN search tsvector NOT NULL
    GENERATED ALWAYS AS (search_vector(sku, name, category, description)) STORED;
CREATE INDEX products_by_word ON product USING gin (search) WITH (gin_pending_list_limit = 256);
"""
FORGET = """
ALTER TABLE product DROP COLUMN search;
DROP FUNCTION search_query, search_term, search_vector, search_sku, search_text;
"""


class Migration(migrations.Migration):
    dependencies = [("products", "0003_categories_are_a_tree")]
    operations = [migrations.RunSQL(VECTOR, FORGET)]
