from django.db import migrations

COLUMNS = (
    *("id", "sku", "name", "description", "price", "category"),
    *("image_url", "is_active", "version", "created_at", "updated_at"),
)

# clock_timestamp() and not now(): a transaction that waited for the row lock began before the
# change that it waited for. The WHEN clause lists the columns, because generated columns have no
# new value yet in a BEFORE trigger.
TRIGGER = f"""
CREATE FUNCTION increment_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version = OLD.version + 1;
    NEW.updated_at = clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER increment_version BEFORE UPDATE ON product FOR EACH ROW
    WHEN (({", ".join(f"OLD.{name}" for name in COLUMNS)})
        IS DISTINCT FROM ({", ".join(f"NEW.{name}" for name in COLUMNS)}))
    EXECUTE FUNCTION increment_version();
"""


class Migration(migrations.Migration):
    dependencies = [("products", "0001_initial")]
    operations = [migrations.RunSQL(TRIGGER)]
