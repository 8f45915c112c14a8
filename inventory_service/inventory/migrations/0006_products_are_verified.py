from django.db import migrations, models

UNVERIFIED = models.Index(
    fields=["product_id"], condition=models.Q(("product_unverified", True)), name="stock_unverified"
)


class Migration(migrations.Migration):
    dependencies = [("inventory", "0005_lists_in_index_order")]
    operations = [
        migrations.AddField("stock", "product_unverified", models.BooleanField(db_default=False)),
        migrations.AddIndex("stock", UNVERIFIED),
    ]
