from django.db import migrations

FORBID = """
CREATE FUNCTION movement_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'movement_is_append_only';
END $$;
CREATE TRIGGER movement_is_append_only BEFORE UPDATE OR DELETE ON movement
    FOR EACH ROW EXECUTE FUNCTION movement_is_append_only();
CREATE TRIGGER movement_is_never_emptied BEFORE TRUNCATE ON movement
    FOR EACH STATEMENT EXECUTE FUNCTION movement_is_append_only();
"""
ALLOW = """
DROP TRIGGER movement_is_never_emptied ON movement;
DROP TRIGGER movement_is_append_only ON movement;
DROP FUNCTION movement_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial")]
    operations = [
        migrations.RunSQL(FORBID, ALLOW),
        # Free space on each page for the new version of an updated row (a HOT update).
        migrations.RunSQL(
            "ALTER TABLE stock SET (fillfactor = 90)", "ALTER TABLE stock RESET (fillfactor)"
        ),
    ]
