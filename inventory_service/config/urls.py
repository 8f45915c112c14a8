from django.urls import include, path
from drf_yasg import openapi

from chassis.urls import chassis_urls

info = openapi.Info(
    title="Inventory service",
    default_version="v1",
    description="How many units of each product there are, who holds them, and every change that made it so.",
)

urlpatterns = [
    path("api/inventory/", include("inventory.api.urls")),
    *chassis_urls(info),
]
