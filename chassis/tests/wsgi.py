import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chassis.tests.settings")

from chassis.wsgi import application as make_application

application = make_application()
