from django.urls import path

from products.api.views import categories, exports, imports, products

urlpatterns = [
    path("", products.ProductListView.as_view()),
    path("categories/", categories.CategoryListView.as_view()),
    path("import/", imports.ImportView.as_view()),
    path("export/", exports.ExportView.as_view()),
    path("<id:product_id>/", products.ProductView.as_view(), name="product"),
]
