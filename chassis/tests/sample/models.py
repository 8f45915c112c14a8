from typing import ClassVar

from django.db import models

from chassis.ids import UUIDv7


class Thing(models.Model):
    id = models.UUIDField(primary_key=True, db_default=UUIDv7())
    name = models.CharField(max_length=50)
    weight = models.DecimalField(max_digits=6, decimal_places=2, db_default=0)
    seen_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        db_table = "thing"
        constraints: ClassVar = [models.UniqueConstraint(fields=["name"], name="name_is_unique")]
