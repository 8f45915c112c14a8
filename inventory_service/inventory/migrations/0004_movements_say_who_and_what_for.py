from django.db import migrations, models
from django.db.models import Q

FORBID = """
CREATE TRIGGER movement_is_never_emptied BEFORE TRUNCATE ON movement
    FOR EACH STATEMENT EXECUTE FUNCTION movement_is_append_only();
"""
ALLOW = "DROP TRIGGER movement_is_never_emptied ON movement"

KIND = models.CheckConstraint(
    condition=Q(kind__in=["receipt", "adjustment", "reservation", "release", "fulfilment"]),
    name="movement_kind_is_known",
)
ACTOR = models.CheckConstraint(condition=~Q(actor=""), name="movement_names_its_actor")
REFERENCE = models.CheckConstraint(
    condition=Q(kind__in=["receipt", "adjustment"], reference__isnull=True)
    | Q(kind__in=["reservation", "release", "fulfilment"], reference__isnull=False),
    name="movement_of_an_order_names_it",
)


class Migration(migrations.Migration):
    dependencies = [("inventory", "0003_low_stock_is_a_column")]
    operations = [
        migrations.AddConstraint("movement", KIND),
        migrations.AddConstraint("movement", ACTOR),
        migrations.AddConstraint("movement", REFERENCE),
        migrations.RunSQL(FORBID, ALLOW),
    ]
