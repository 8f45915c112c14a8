from django.urls import path

from products.api import bulk, categories, views

urlpatterns = [
    path("", views.ProductListView.as_view()),
    path("categories/", categories.CategoryListView.as_view()),
    path("import/", bulk.ImportView.as_view()),
    path("export/", bulk.ExportView.as_view()),
    path("<id:product_id>/", views.ProductView.as_view(), name="product"),
]
