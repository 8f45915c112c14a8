from django.urls import include, path
from rest_framework.routers import DefaultRouter

from inventory.views import StockViewSet

router = DefaultRouter()
router.register("inventory", StockViewSet)
urlpatterns = [path("api/", include(router.urls))]
