import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.lookups
from django.db import migrations, models

import chassis.ids
import orders.models.orders

AS_OLD_AS_THEIR_IDS = """
    UPDATE "order" SET created_at = uuid_extract_timestamp(id) WHERE created_at <> uuid_extract_timestamp(id)"""

ONLY_ADDED = """
    CREATE FUNCTION notes_are_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'notes are only added' USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END $$;
    CREATE TRIGGER notes_are_only_added BEFORE UPDATE OR DELETE ON note
        FOR EACH ROW EXECUTE FUNCTION notes_are_only_added()"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0002_order_number"),
    ]

    operations = [
        migrations.RunSQL(AS_OLD_AS_THEIR_IDS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="ClosedAccount",
            fields=[
                ("user_id", models.UUIDField(primary_key=True, serialize=False)),
                ("closed_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "closed_account",
            },
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=chassis.ids.UUIDv7(), primary_key=True, serialize=False
                    ),
                ),
                ("text", models.CharField(max_length=2000)),
                ("author", models.UUIDField()),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "db_table": "note",
            },
        ),
        migrations.RemoveIndex(
            model_name="order",
            name="orders_by_status",
        ),
        migrations.RemoveIndex(
            model_name="order",
            name="orders_of_a_user",
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["user_id", "id"], name="orders_of_a_user"),
        ),
        migrations.RemoveField(
            model_name="attempt",
            name="order_number",
        ),
        migrations.RunSQL("DROP SEQUENCE order_number", "CREATE SEQUENCE order_number"),
        migrations.AlterField(
            model_name="order",
            name="number",
            field=models.CharField(db_collation="C", max_length=20),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("status", "confirmed")), fields=["id"], name="orders_confirmed"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("status", "shipped")), fields=["id"], name="orders_shipped"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("status", "delivered")), fields=["id"], name="orders_delivered"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("status", "cancelled")), fields=["id"], name="orders_cancelled"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["user_id", "status", "id"], name="orders_of_a_user_by_status"
            ),
        ),
        migrations.AddIndex(
            model_name="orderline",
            index=models.Index(fields=["sku", "order"], name="lines_by_sku"),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer_status", 201), ("state", "completed")),
                    models.Q(("answer_status__in", [409, 422]), ("state", "refused")),
                    models.Q(
                        ("answer_status__isnull", True),
                        ("state__in", ["started", "aborting", "aborted"]),
                    ),
                    _connector="OR",
                ),
                name="only_definitive_answers_are_kept",
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(("type__in", ["placed", "cancelled", "shipped", "delivered"])),
                name="event_type_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    django.db.models.lookups.Exact(orders.models.orders.Version("id"), 7),
                    ("created_at", orders.models.orders.Moment("id")),
                ),
                name="an_order_is_as_old_as_its_id",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.UniqueConstraint(
                fields=("product_id", "order"), name="one_line_per_product"
            ),
        ),
        migrations.AddIndex(
            model_name="closedaccount",
            index=models.Index(fields=["closed_at"], name="closed_accounts_by_time"),
        ),
        migrations.AddIndex(
            model_name="closedaccount",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["due_at"],
                name="closed_accounts_by_due",
            ),
        ),
        migrations.AddField(
            model_name="note",
            name="order",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notes",
                to="orders.order",
            ),
        ),
        migrations.AddIndex(
            model_name="note",
            index=models.Index(fields=["order", "id"], name="notes_of_an_order"),
        ),
        migrations.AddConstraint(
            model_name="note",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="a_note_says_something"
            ),
        ),
        migrations.RunSQL(
            ONLY_ADDED,
            "DROP TRIGGER notes_are_only_added ON note; DROP FUNCTION notes_are_only_added",
        ),
    ]
