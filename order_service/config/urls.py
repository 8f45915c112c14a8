from django.urls import include, path
from drf_yasg import openapi

from chassis.urls import chassis_urls

info = openapi.Info(
    title="Order service",
    default_version="v1",
    description="Places orders exactly once, without leaked stock, and tracks them until delivery.",
)

urlpatterns = [
    path("api/orders/", include("orders.api.urls")),
    *chassis_urls(info),
]
