from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0003_accounts_are_searchable"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=models.Q(("email__isnull", True)),
                fields=["updated_at", "id"],
                name="closed_by_time",
            ),
        ),
    ]
