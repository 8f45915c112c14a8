import chassis.ids
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.UUIDField(db_default=chassis.ids.UUIDv7(), primary_key=True, serialize=False)),
                ('email', models.CharField(help_text='The e-mail address of the account; compared without regard to case.', max_length=254, null=True)),
                ('name', models.CharField(db_default='', help_text='The name to address the user by.', max_length=150)),
                ('role', models.CharField(choices=[('customer', 'Customer'), ('staff', 'Staff')], db_default='customer', help_text='customer or staff.', max_length=8)),
                ('password', models.CharField(max_length=255)),
                ('is_active', models.BooleanField(db_default=True, help_text='Whether the account can sign in.')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'account',
                'indexes': [models.Index(condition=models.Q(('is_active', True), ('role', 'staff')), fields=['id'], name='active_staff'), models.Index(condition=models.Q(('role', 'staff')), fields=['id'], name='staff_by_id'), models.Index(condition=models.Q(('is_active', False)), fields=['id'], name='inactive_by_id'), models.Index(condition=models.Q(('email__isnull', True)), fields=['updated_at', 'id'], name='closed_by_time')],
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='email_is_unique'), models.CheckConstraint(condition=models.Q(('role__in', ['customer', 'staff'])), name='role_is_known'), models.CheckConstraint(condition=models.Q(('email__isnull', False), models.Q(('is_active', False), ('name', ''), ('password', '')), _connector='OR'), name='closed_account_has_no_personal_data')],
            },
        ),
        migrations.CreateModel(
            name='Address',
            fields=[
                ('id', models.UUIDField(db_default=chassis.ids.UUIDv7(), primary_key=True, serialize=False)),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='addresses', to='users.user')),
                ('name', models.CharField(db_default='', help_text='The recipient.', max_length=150)),
                ('line1', models.CharField(help_text='Street and number, or the equivalent.', max_length=200)),
                ('line2', models.CharField(db_default='', help_text='For example floor, company or care of.', max_length=200)),
                ('city', models.CharField(help_text='City or town.', max_length=100)),
                ('region', models.CharField(db_default='', help_text='State or province.', max_length=100)),
                ('postal_code', models.CharField(db_default='', help_text='In the format of the country.', max_length=20)),
                ('country', models.CharField(help_text='ISO 3166-1 alpha-2.', max_length=2)),
                ('phone', models.CharField(db_default='', help_text='For the carrier.', max_length=40)),
                ('is_default', models.BooleanField(db_default=False, help_text='Whether this is the default address; there is exactly one.')),
            ],
            options={
                'db_table': 'address',
                'indexes': [models.Index(fields=['user', 'id'], name='address_by_user')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('user',), name='one_default_address_per_user'), models.CheckConstraint(condition=models.Q(('country__regex', '^[A-Z]{2}$')), name='country_is_two_capitals'), models.CheckConstraint(condition=models.Q(models.Q(('line1', ''), _negated=True), models.Q(('city', ''), _negated=True)), name='line1_and_city_are_not_empty')],
            },
        ),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('id', models.UUIDField(db_default=chassis.ids.UUIDv7(), primary_key=True, serialize=False)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sessions', to='users.user')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'session',
            },
        ),
        migrations.CreateModel(
            name='RefreshToken',
            fields=[
                ('hash', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('session', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='refresh_tokens', to='users.session')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'refresh_token',
                'indexes': [models.Index(fields=['expires_at'], name='refresh_token_by_expiry'), models.Index(fields=['session', 'created_at'], name='refresh_token_by_session')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('used_at', None)), fields=('session',), name='one_unused_token_per_session')],
            },
        ),
        migrations.CreateModel(
            name='ResetToken',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='reset_token', serialize=False, to='users.user')),
                ('hash', models.CharField(max_length=64)),
                ('expires_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'reset_token',
                'indexes': [models.Index(fields=['expires_at'], name='reset_token_by_expiry')],
                'constraints': [models.UniqueConstraint(fields=('hash',), name='reset_token_is_unique')],
            },
        ),
        migrations.CreateModel(
            name='OutgoingMail',
            fields=[
                ('id', models.UUIDField(db_default=chassis.ids.UUIDv7(), primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('reset', 'Reset'), ('password_changed', 'Password Changed'), ('email_changed', 'Email Changed')], max_length=16)),
                ('email', models.CharField(max_length=254)),
                ('due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'outgoing_mail',
                'indexes': [models.Index(fields=['due_at'], name='mail_by_due_time')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['reset', 'password_changed', 'email_changed'])), name='mail_kind_is_known')],
            },
        ),
        migrations.CreateModel(
            name='SigningKey',
            fields=[
                ('kid', models.CharField(max_length=43, primary_key=True, serialize=False)),
                ('private_key', models.TextField()),
                ('public_jwk', models.JSONField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('retired_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'signing_key',
            },
        ),
    ]
