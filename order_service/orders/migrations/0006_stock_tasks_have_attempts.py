from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0005_skus_in_any_case"),
    ]

    operations = [
        migrations.AddField("stocktask", "created_at", models.DateTimeField(db_default=Now())),
        migrations.AddField("stocktask", "attempts", models.IntegerField(db_default=0)),
        migrations.AddField(
            "stocktask", "last_error", models.CharField(max_length=200, db_default="")
        ),
        migrations.AddField("stocktask", "failed_at", models.DateTimeField(null=True)),
        migrations.RemoveIndex("stocktask", "stock_tasks_by_due"),
        migrations.AddIndex(
            "stocktask",
            models.Index(
                fields=["due_at"], condition=Q(failed_at__isnull=True), name="stock_tasks_by_due"
            ),
        ),
    ]
