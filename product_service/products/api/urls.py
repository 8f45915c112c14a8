from django.urls import path

from products.api import views

urlpatterns = [
    path("", views.ProductListView.as_view()),
    path("categories/", views.CategoryListView.as_view()),
    path("<uuid:product_id>/", views.ProductView.as_view(), name="product"),
]
