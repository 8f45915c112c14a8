from django.db import migrations, models

IS_LOW = models.GeneratedField(
    expression=models.ExpressionWrapper(
        models.Q(("quantity__lte", models.F("low_stock_threshold"))),
        models.BooleanField(),
    ),
    output_field=models.BooleanField(),
    db_persist=True,
)


class Migration(migrations.Migration):
    dependencies = [("inventory", "0002_ledger_is_append_only")]
    operations = [
        # Room on each page for the next version of a row, before adding the column writes every row anew.
        migrations.RunSQL(
            "ALTER TABLE stock SET (fillfactor = 90)", "ALTER TABLE stock RESET (fillfactor)"
        ),
        migrations.RemoveIndex("stock", "low_stock"),
        migrations.AddField("stock", "is_low", IS_LOW),
        migrations.AddIndex(
            "stock", models.Index(fields=["is_low", "product_id"], name="stock_by_low")
        ),
    ]
