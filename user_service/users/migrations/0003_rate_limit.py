from django.db import migrations, models

TABLE = """
-- Unlogged: counts are written often and may be lost. (Django would add a second index to a
-- primary key of type text.)
CREATE UNLOGGED TABLE rate_limit (
    key text COLLATE "C" PRIMARY KEY,
    hits integer NOT NULL CONSTRAINT hits_are_never_negative CHECK (hits >= 0),
    resets_at timestamptz NOT NULL
);
CREATE INDEX rate_limit_by_reset ON rate_limit (resets_at);"""


class Migration(migrations.Migration):
    dependencies = [("users", "0002_search_prefixes")]

    operations = [
        migrations.RunSQL(
            TABLE,
            state_operations=[
                migrations.CreateModel(
                    name="RateLimit",
                    fields=[
                        (
                            "key",
                            models.TextField(db_collation="C", primary_key=True, serialize=False),
                        ),
                        ("hits", models.IntegerField()),
                        ("resets_at", models.DateTimeField()),
                    ],
                    options={
                        "db_table": "rate_limit",
                        "indexes": [models.Index(fields=["resets_at"], name="rate_limit_by_reset")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(hits__gte=0), name="hits_are_never_negative"
                            )
                        ],
                    },
                ),
            ],
        ),
    ]
