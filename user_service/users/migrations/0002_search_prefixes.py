"""PostgreSQL writes the search prefixes in the statement that writes the account."""

from django.db import migrations, models

TABLE_AND_FUNCTIONS = r"""
-- A search reads only this index. (Django would add a second one to a primary key of type text.)
CREATE TABLE user_search_prefix (
    prefix text COLLATE "C" NOT NULL,
    user_id uuid NOT NULL REFERENCES account DEFERRABLE INITIALLY DEFERRED,
    shared_length smallint NOT NULL,
    PRIMARY KEY (prefix) INCLUDE (shared_length, user_id)
);
CREATE INDEX user_search_prefix_by_user ON user_search_prefix (user_id);

-- Lower case, without accents, with single spaces.
CREATE FUNCTION normalize_search_text(input text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btrim(regexp_replace(
    regexp_replace(
        normalize(lower(input COLLATE "pg_unicode_fast"), NFD), '[\u0300-\u036f]+', '', 'g'
    ),
    '[\x01-\x20]+', ' ', 'g'
));

-- The text from each of its first eight words on. For an e-mail address, only words before the @
-- and the one right after it.
CREATE FUNCTION texts_from_each_word(input text) RETURNS SETOF text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH normalized AS (SELECT normalize_search_text(input) AS text),
    starts AS (
        SELECT text, 1 AS start FROM normalized
        UNION
        SELECT text, regexp_instr(
            text COLLATE pg_c_utf8, '(?<![[:alnum:]])[[:alnum:]]', 1, word_number
        )
        FROM normalized, generate_series(1, 8) AS word_number
    )
    SELECT substr(text, start) FROM starts
    WHERE text <> '' AND start > 0
    AND (strpos(text, '@') = 0 OR start <= strpos(text, '@') + 1);
END;

CREATE FUNCTION shared_prefix_length(one text, other text) RETURNS integer
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    shared integer := 0;
BEGIN
    WHILE shared < length(other) AND substr(one, shared + 1, 1) = substr(other, shared + 1, 1) LOOP
        shared := shared + 1;
    END LOOP;
    RETURN shared;
END
$$;

-- Each prefix ends with the id of the account, which makes it unique, after a character that sorts
-- before all that a word can contain.
CREATE FUNCTION search_prefixes(account_id uuid, email text, name text)
RETURNS TABLE (prefix text, shared_length integer)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH prefixes AS (
        SELECT text || chr(31) || account_id AS prefix FROM texts_from_each_word(email) AS text
        UNION
        SELECT text || chr(31) || account_id FROM texts_from_each_word(name) AS text
    )
    SELECT prefix, shared_prefix_length(lag(prefix) OVER (ORDER BY prefix COLLATE "C"), prefix)
    FROM prefixes;
END;

CREATE FUNCTION write_search_prefixes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM user_search_prefix WHERE user_id = NEW.id;
    END IF;
    INSERT INTO user_search_prefix (user_id, prefix, shared_length)
        SELECT NEW.id, written.prefix, written.shared_length
        FROM search_prefixes(NEW.id, NEW.email, NEW.name) AS written;
    RETURN NULL;
END
$$;

CREATE TRIGGER account_search_prefixes AFTER INSERT OR UPDATE OF email, name ON account
FOR EACH ROW EXECUTE FUNCTION write_search_prefixes();
"""


class Migration(migrations.Migration):
    dependencies = [("users", "0001_initial")]

    operations = [
        migrations.RunSQL(
            TABLE_AND_FUNCTIONS,
            state_operations=[
                migrations.CreateModel(
                    name="UserSearchPrefix",
                    fields=[
                        (
                            "prefix",
                            models.TextField(db_collation="C", primary_key=True, serialize=False),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=models.CASCADE,
                                related_name="search_prefixes",
                                to="users.user",
                            ),
                        ),
                        ("shared_length", models.SmallIntegerField()),
                    ],
                    options={"db_table": "user_search_prefix"},
                ),
            ],
        ),
    ]
