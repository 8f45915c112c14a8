from django.urls import include, path
from drf_yasg import openapi

from chassis.urls import chassis_urls

info = openapi.Info(
    title="Inventory service",
    default_version="v1",
    description="Stock of each product, reservations of orders, and the ledger of all changes.",
)

urlpatterns = [
    path("api/inventory/", include("inventory.api.urls")),
    *chassis_urls(info),
]
