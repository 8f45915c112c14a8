from django.urls import include, path
from drf_yasg import openapi

from chassis.urls import chassis_urls

info = openapi.Info(
    title="Product service",
    default_version="v1",
    description="The catalogue: products, prices and categories. Public to read; staff change it.",
)

urlpatterns = [
    path("api/products/", include("products.api.urls")),
    *chassis_urls(info),
]
