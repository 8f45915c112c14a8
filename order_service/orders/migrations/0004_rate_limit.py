from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0003_notes_search_erasure"),
    ]

    operations = [
        migrations.CreateModel(
            name="RateLimit",
            fields=[
                ("key", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("theoretical_arrival_time", models.DateTimeField()),
            ],
            options={
                "db_table": "rate_limit",
            },
        ),
        migrations.RunSQL(
            "ALTER TABLE rate_limit SET UNLOGGED", "ALTER TABLE rate_limit SET LOGGED"
        ),
    ]
