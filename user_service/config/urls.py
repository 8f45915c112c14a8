from django.urls import include, path
from drf_yasg import openapi

from chassis.urls import chassis_urls
from users.api.views.jwks import KeySetView, SlashedKeySetView

info = openapi.Info(
    title="User service",
    default_version="v1",
    description="Accounts, address books, sign-in, and the access tokens that the services verify.",
)

urlpatterns = [
    path(".well-known/jwks.json", KeySetView.as_view()),
    path(".well-known/jwks.json/", SlashedKeySetView.as_view()),
    path("api/users/", include("users.api.urls")),
    *chassis_urls(info),
]
