"""Counters take the place of rows that were counted; the requests for a reset become a queue of mail of all kinds."""

import django.db.models.functions.datetime
from django.db import migrations, models

import chassis.ids

RATE_LIMIT = """
-- Unlogged: a count is written often and worth little. (Django would make a second index of a text that is a primary key.)
CREATE UNLOGGED TABLE rate_limit (
    key text COLLATE "C" PRIMARY KEY,
    hits integer NOT NULL CONSTRAINT hits_are_never_negative CHECK (hits >= 0),
    resets_at timestamptz NOT NULL
);
CREATE INDEX rate_limit_by_reset ON rate_limit (resets_at);"""
COPY = """
INSERT INTO outgoing_mail (id, kind, email, due_at, created_at)
    SELECT id, 'reset', email, due_at, created_at FROM reset_request WHERE due_at IS NOT NULL"""


class Migration(migrations.Migration):
    dependencies = [("users", "0004_closed_accounts")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(RATE_LIMIT, "DROP TABLE rate_limit")],
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
                                condition=models.Q(("hits__gte", 0)), name="hits_are_never_negative"
                            )
                        ],
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name="OutgoingMail",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=chassis.ids.UUIDv7(), primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("reset", "Reset"),
                            ("password_changed", "Password Changed"),
                            ("email_changed", "Email Changed"),
                        ],
                        max_length=16,
                    ),
                ),
                ("email", models.CharField(max_length=254)),
                (
                    "due_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "db_table": "outgoing_mail",
                "indexes": [models.Index(fields=["due_at"], name="mail_by_due_time")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["reset", "password_changed", "email_changed"])
                        ),
                        name="mail_kind_is_known",
                    )
                ],
            },
        ),
        migrations.RunSQL(COPY, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="refreshtoken",
            index=models.Index(fields=["login", "created_at"], name="refresh_token_by_login"),
        ),
        # Django would drop this constraint with the index of the column, and not make it again.
        migrations.RemoveConstraint(model_name="refreshtoken", name="one_unspent_token_per_login"),
        migrations.AlterField(
            model_name="refreshtoken",
            name="login",
            field=models.ForeignKey(
                db_index=False,
                on_delete=models.deletion.PROTECT,
                related_name="refresh_tokens",
                to="users.login",
            ),
        ),
        migrations.AddConstraint(
            model_name="refreshtoken",
            constraint=models.UniqueConstraint(
                condition=models.Q(("spent_at", None)),
                fields=("login",),
                name="one_unspent_token_per_login",
            ),
        ),
        migrations.DeleteModel(name="ResetRequest"),
        migrations.DeleteModel(name="FailedSignIn"),
    ]
