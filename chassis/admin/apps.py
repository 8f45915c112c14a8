"""Django's admin as a library of pages: its templates and files are installed, its one table is not."""

from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app
from django.core import checks


class AdminWithoutTables(SimpleAdminConfig):
    """Django's log of changes hangs on tables of users and content types. Our users are in one service, our changes in ledgers.

    (With it goes settings.MIGRATION_MODULES, since the migrations would make that table.)
    """

    default_site = "chassis.admin.site.StaffSite"

    def import_models(self) -> None:
        self.models = {}

    def ready(self) -> None:
        """The pages of tables are checked as ever; not that there is all that Django's own sign-in would need."""
        checks.register(check_admin_app, checks.Tags.admin)
