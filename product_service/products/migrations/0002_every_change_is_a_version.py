from django.db import migrations

# The clock, and not the transaction's start: whoever waited for the row's lock began before the change that it waited for.
COUNT = """
CREATE FUNCTION every_change_is_a_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version = OLD.version + 1;
    NEW.updated_at = clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER every_change_is_a_version BEFORE UPDATE ON product
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION every_change_is_a_version();
"""
FORGET = (
    "DROP TRIGGER every_change_is_a_version ON product; DROP FUNCTION every_change_is_a_version();"
)


class Migration(migrations.Migration):
    dependencies = [("products", "0001_initial")]
    operations = [migrations.RunSQL(COUNT, FORGET)]
