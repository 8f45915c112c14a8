import chassis.ids
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.db.models.lookups
import orders.models.functions
from django.db import migrations, models


APPEND_ONLY_NOTES = """
    CREATE FUNCTION notes_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'notes are append-only'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME;
    END $$;
    CREATE TRIGGER notes_are_append_only BEFORE UPDATE OR DELETE ON note
        FOR EACH ROW EXECUTE FUNCTION notes_are_append_only()"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('number', models.CharField(db_collation='C', max_length=20)),
                ('user_id', models.UUIDField()),
                ('status', models.CharField(choices=[('confirmed', 'Confirmed'), ('shipped', 'Shipped'), ('delivered', 'Delivered'), ('cancelled', 'Cancelled')], max_length=9)),
                ('total', models.DecimalField(decimal_places=2, max_digits=18)),
                ('currency', models.CharField(max_length=3)),
                ('shipping_address', models.JSONField(null=True)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'order',
                'indexes': [models.Index(fields=['user_id', 'id'], name='orders_of_a_user'), models.Index(fields=['user_id', 'status', 'id'], name='orders_of_a_user_by_status'), models.Index(condition=models.Q(('status', 'confirmed')), fields=['id'], name='orders_confirmed'), models.Index(condition=models.Q(('status', 'shipped')), fields=['id'], name='orders_shipped'), models.Index(condition=models.Q(('status', 'delivered')), fields=['id'], name='orders_delivered'), models.Index(condition=models.Q(('status', 'cancelled')), fields=['id'], name='orders_cancelled')],
                'constraints': [models.UniqueConstraint(fields=('number',), name='order_number_is_unique'), models.CheckConstraint(condition=models.Q(('status__in', ['confirmed', 'shipped', 'delivered', 'cancelled'])), name='order_status_is_known'), models.CheckConstraint(condition=models.Q(('total__gte', 0)), name='total_is_never_negative'), models.CheckConstraint(condition=models.Q(django.db.models.lookups.Exact(orders.models.functions.UuidVersion('id'), 7), ('created_at', orders.models.functions.UuidTimestamp('id'))), name='an_order_is_as_old_as_its_id')],
            },
        ),
        migrations.CreateModel(
            name='OrderLine',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('order', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='orders.order')),
                ('position', models.SmallIntegerField()),
                ('product_id', models.UUIDField()),
                ('sku', models.CharField(max_length=64)),
                ('name', models.CharField(max_length=200)),
                ('unit_price', models.DecimalField(decimal_places=2, max_digits=12)),
                ('quantity', models.IntegerField()),
                ('line_total', models.DecimalField(decimal_places=2, max_digits=18)),
            ],
            options={
                'db_table': 'order_line',
                'indexes': [models.Index(orders.models.functions.Uppercase('sku'), models.F('order'), name='lines_by_uppercase_sku')],
                'constraints': [models.UniqueConstraint(fields=('order', 'position'), name='one_line_per_position'), models.UniqueConstraint(fields=('product_id', 'order'), name='one_line_per_product'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='a_line_has_units'), models.CheckConstraint(condition=models.Q(('line_total', django.db.models.expressions.CombinedExpression(models.F('unit_price'), '*', models.F('quantity')))), name='a_line_adds_up')],
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.UUIDField(db_default=chassis.ids.UUIDv7(), primary_key=True, serialize=False)),
                ('order', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='orders.order')),
                ('type', models.CharField(choices=[('placed', 'Placed'), ('cancelled', 'Cancelled'), ('shipped', 'Shipped'), ('delivered', 'Delivered')], max_length=9)),
                ('actor', models.UUIDField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'event',
                'indexes': [models.Index(fields=['order', 'id'], name='events_of_an_order')],
                'constraints': [models.CheckConstraint(condition=models.Q(('type__in', ['placed', 'cancelled', 'shipped', 'delivered'])), name='event_type_is_known')],
            },
        ),
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.UUIDField(db_default=chassis.ids.UUIDv7(), primary_key=True, serialize=False)),
                ('order', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='orders.order')),
                ('text', models.CharField(max_length=2000)),
                ('author', models.UUIDField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'note',
                'indexes': [models.Index(fields=['order', 'id'], name='notes_of_an_order')],
                'constraints': [models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='a_note_has_text')],
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.UUIDField(db_default=chassis.ids.UUIDv7(), primary_key=True, serialize=False)),
                ('user_id', models.UUIDField()),
                ('idempotency_key', models.CharField(max_length=255)),
                ('fingerprint', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('started', 'Started'), ('completed', 'Completed'), ('rejected', 'Rejected'), ('aborting', 'Aborting'), ('aborted', 'Aborted')], max_length=9)),
                ('order_id', models.UUIDField()),
                ('lease_until', models.DateTimeField()),
                ('response_status', models.SmallIntegerField(null=True)),
                ('response_body', models.TextField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'attempt',
                'indexes': [models.Index(condition=models.Q(('state__in', ['started', 'aborting'])), fields=['lease_until'], name='unfinished_attempts'), models.Index(fields=['created_at'], name='attempts_by_age')],
                'constraints': [models.UniqueConstraint(fields=('user_id', 'idempotency_key'), name='one_attempt_per_key'), models.CheckConstraint(condition=models.Q(('state__in', ['started', 'completed', 'rejected', 'aborting', 'aborted'])), name='attempt_state_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('response_body__isnull', False), ('response_status__isnull', False), ('state__in', ['completed', 'rejected'])), models.Q(('response_body__isnull', True), ('state__in', ['started', 'aborting', 'aborted'])), _connector='OR'), name='a_finished_attempt_has_a_response'), models.CheckConstraint(condition=models.Q(models.Q(('response_status', 201), ('state', 'completed')), models.Q(('response_status__in', [409, 422]), ('state', 'rejected')), models.Q(('response_status__isnull', True), ('state__in', ['started', 'aborting', 'aborted'])), _connector='OR'), name='only_definitive_responses_are_stored')],
            },
        ),
        migrations.CreateModel(
            name='OutboxMessage',
            fields=[
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to='orders.order')),
                ('verb', models.CharField(choices=[('release', 'Release'), ('fulfil', 'Fulfil')], max_length=7)),
                ('due_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('attempts', models.IntegerField(db_default=0)),
                ('last_error', models.CharField(db_default='', max_length=200)),
                ('failed_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'outbox_message',
                'indexes': [models.Index(condition=models.Q(('failed_at__isnull', True)), fields=['due_at'], name='outbox_messages_by_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('verb__in', ['release', 'fulfil'])), name='outbox_operation_is_known')],
            },
        ),
        migrations.CreateModel(
            name='ClosedAccount',
            fields=[
                ('user_id', models.UUIDField(primary_key=True, serialize=False)),
                ('closed_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'closed_account',
                'indexes': [models.Index(fields=['closed_at'], name='closed_accounts_by_time'), models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='closed_accounts_by_due')],
            },
        ),
        migrations.CreateModel(
            name='RateLimit',
            fields=[
                ('key', models.CharField(max_length=80, primary_key=True, serialize=False)),
                ('theoretical_arrival_time', models.DateTimeField()),
            ],
            options={
                'db_table': 'rate_limit',
            },
        ),
        migrations.RunSQL(
            sql=APPEND_ONLY_NOTES,
        ),
        migrations.RunSQL(
            sql='ALTER TABLE rate_limit SET UNLOGGED',
        ),
    ]
