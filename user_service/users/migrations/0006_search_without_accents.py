"""Staff's search finds accounts without regard to accents, as the search for products does."""

from django.db import migrations

FOLD = r"""
CREATE OR REPLACE FUNCTION search_folded(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btrim(regexp_replace(
    regexp_replace(normalize(lower(words COLLATE "pg_unicode_fast"), NFD), '[\u0300-\u036f]+', '', 'g'),
    '[\x01-\x20]+', ' ', 'g'
));
"""
FOLD_BEFORE = r"""
CREATE OR REPLACE FUNCTION search_folded(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btrim(regexp_replace(lower(words COLLATE pg_c_utf8), '[\x01-\x20]+', ' ', 'g'));
"""
REINDEX = """
TRUNCATE search_key;
INSERT INTO search_key (user_id, key, shared)
    SELECT account.id, keys.key, keys.shared FROM account, search_keys(account.id, account.email, account.name) AS keys;
"""


class Migration(migrations.Migration):
    dependencies = [("users", "0005_rate_limits_and_outgoing_mail")]

    operations = [migrations.RunSQL(FOLD + REINDEX, FOLD_BEFORE + REINDEX)]
