from django.db import migrations, models

from orders.models.orders import InCapitals


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_rate_limit")]
    operations = [
        migrations.RemoveIndex("orderline", "lines_by_sku"),
        migrations.AddIndex(
            "orderline", models.Index(InCapitals("sku"), "order", name="lines_by_sku_in_any_case")
        ),
    ]
