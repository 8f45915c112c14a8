import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chassis.tests.settings")

from chassis.wsgi import application as make_application  # noqa: E402

application = make_application()
