from django.urls import path
from drf_yasg import openapi

from chassis.tests.sample import views
from chassis.urls import chassis_urls

urlpatterns = [
    path("api/echo/", views.EchoView.as_view()),
    path("api/import/", views.EchoView.as_view()),
    path("api/raw/", views.RawView.as_view()),
    path("api/wait/", views.WaitView.as_view()),
    path("api/things/", views.ThingListView.as_view()),
    path("api/documented/", views.DocumentedView.as_view()),
    path("api/fails/<str:how>/", views.FailingView.as_view()),
    path("api/plain/<str:how>/", views.plain),
    path("api/who/", views.SignedInView.as_view()),
    path("api/who/staff/", views.StaffView.as_view()),
    path("api/who/optional/", views.OptionalView.as_view()),
    path("api/who/either/", views.EitherView.as_view()),
    path("api/client/", views.ClientView.as_view()),
    path("api/backend/", views.BackendView.as_view()),
    path("api/slow/", views.SlowView.as_view()),
    *chassis_urls(openapi.Info(title="Sample", default_version="v1")),
]
