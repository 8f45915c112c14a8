from django.urls import include, path
from drf_yasg import openapi

from chassis.urls import chassis_urls

info = openapi.Info(
    title="Order service",
    default_version="v1",
    description="Places orders so that none is lost or placed twice and no stock is left hanging, and follows them to the door.",
)

urlpatterns = [
    path("api/orders/", include("orders.api.urls")),
    *chassis_urls(info),
]
