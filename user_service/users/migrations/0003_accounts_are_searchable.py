"""Search keys are written by PostgreSQL itself, in the statement that writes the account."""

from django.db import migrations, models

TABLE_AND_FUNCTIONS = r"""
-- All that a search reads is in the index. (Django would make a second one of each text that is a primary key.)
CREATE TABLE search_key (
    key text COLLATE "C" NOT NULL,
    user_id uuid NOT NULL REFERENCES account DEFERRABLE INITIALLY DEFERRED,
    shared smallint NOT NULL,
    PRIMARY KEY (key) INCLUDE (shared, user_id)
);
CREATE INDEX search_key_by_user ON search_key (user_id);

CREATE FUNCTION search_folded(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btrim(regexp_replace(lower(words COLLATE pg_c_utf8), '[\x01-\x20]+', ' ', 'g'));

-- The words from the beginning of each of the first eight on; of an e-mail address from what comes before or right after its @.
CREATE FUNCTION search_beginnings(words text) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH said AS (SELECT search_folded(words) AS folded),
    starts AS (
        SELECT folded, 1 AS start FROM said
        UNION
        SELECT folded, regexp_instr(folded COLLATE pg_c_utf8, '(?<![[:alnum:]])[[:alnum:]]', 1, nth)
        FROM said, generate_series(1, 8) AS nth
    )
    SELECT substr(folded, start) FROM starts
    WHERE folded <> '' AND start > 0 AND (strpos(folded, '@') = 0 OR start <= strpos(folded, '@') + 1);
END;

CREATE FUNCTION shared_beginning(one text, other text) RETURNS integer LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    shared integer := 0;
BEGIN
    WHILE shared < length(other) AND substr(one, shared + 1, 1) = substr(other, shared + 1, 1) LOOP
        shared := shared + 1;
    END LOOP;
    RETURN shared;
END
$$;

-- Each key ends with the account's id, which makes it unique, behind a character that sorts before all that a word may have.
CREATE FUNCTION search_keys(account_id uuid, email text, name text) RETURNS TABLE (key text, shared integer)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH keys AS (
        SELECT beginning || chr(31) || account_id AS key FROM search_beginnings(email) AS beginning
        UNION
        SELECT beginning || chr(31) || account_id FROM search_beginnings(name) AS beginning
    )
    SELECT key, shared_beginning(lag(key) OVER (ORDER BY key COLLATE "C"), key) FROM keys;
END;

CREATE FUNCTION keep_account_searchable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM search_key WHERE user_id = NEW.id;
    END IF;
    INSERT INTO search_key (user_id, key, shared)
        SELECT NEW.id, keys.key, keys.shared FROM search_keys(NEW.id, NEW.email, NEW.name) AS keys;
    RETURN NULL;
END
$$;

CREATE TRIGGER account_is_searchable AFTER INSERT OR UPDATE OF email, name ON account
FOR EACH ROW EXECUTE FUNCTION keep_account_searchable();

INSERT INTO search_key (user_id, key, shared)
    SELECT account.id, keys.key, keys.shared FROM account, search_keys(account.id, account.email, account.name) AS keys;
"""
BACK = """
DROP TRIGGER account_is_searchable ON account;
DROP FUNCTION keep_account_searchable(), search_keys(uuid, text, text), shared_beginning(text, text), search_beginnings(text),
    search_folded(text);
DROP TABLE search_key;
"""


class Migration(migrations.Migration):
    dependencies = [("users", "0002_addresses_and_resets")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLE_AND_FUNCTIONS, BACK)],
            state_operations=[
                migrations.CreateModel(
                    name="SearchKey",
                    fields=[
                        (
                            "key",
                            models.TextField(db_collation="C", primary_key=True, serialize=False),
                        ),
                        ("shared", models.SmallIntegerField()),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=models.deletion.CASCADE,
                                related_name="search_keys",
                                to="users.user",
                            ),
                        ),
                    ],
                    options={"db_table": "search_key"},
                ),
            ],
        ),
    ]
