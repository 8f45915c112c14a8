from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0003_notes_search_erasure"),
    ]

    operations = [
        migrations.CreateModel(
            name="Pace",
            fields=[
                ("address", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("used_until", models.DateTimeField()),
            ],
            options={
                "db_table": "pace",
            },
        ),
        migrations.RunSQL("ALTER TABLE pace SET UNLOGGED", "ALTER TABLE pace SET LOGGED"),
    ]
