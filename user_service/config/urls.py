from django.urls import include, path
from drf_yasg import openapi

from chassis.urls import chassis_urls
from users.api.keys import KeySetView, SlashedKeySetView

info = openapi.Info(
    title="User service",
    default_version="v1",
    description="Who people are: accounts, sign-in, and the tokens by which the other services know them.",
)

urlpatterns = [
    path(".well-known/jwks.json", KeySetView.as_view()),
    path(".well-known/jwks.json/", SlashedKeySetView.as_view()),
    path("api/users/", include("users.api.urls")),
    *chassis_urls(info),
]
