from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("inventory", "0002_ledger_is_append_only")]
    operations = [migrations.RenameField("idempotencykey", "answer", "response")]
