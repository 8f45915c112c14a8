from django.db import migrations, models

BY_KIND = models.Index(
    fields=["product_id", "kind", "id"],
    condition=models.Q(("kind", "reservation"), _negated=True),
    name="movements_by_kind",
)


class Migration(migrations.Migration):
    dependencies = [("inventory", "0004_movements_say_who_and_what_for")]
    operations = [
        migrations.AddIndex(
            "movement", models.Index(fields=["product_id", "id"], name="movements_by_product")
        ),
        migrations.AddIndex("movement", BY_KIND),
        migrations.AddIndex(
            "reservation",
            models.Index(fields=["status", "order_id"], name="reservations_by_status"),
        ),
        migrations.RemoveIndex("movement", "movement_by_product"),
        migrations.RemoveIndex("reservation", "reservation_by_status"),
    ]
