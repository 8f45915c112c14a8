from django.db import models


class Stock(models.Model):
    product_id = models.UUIDField(primary_key=True)
    quantity = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "stock"
