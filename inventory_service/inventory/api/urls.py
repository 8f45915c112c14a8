from django.urls import path

from inventory.api import imports, reservations, views

urlpatterns = [
    path("", views.StockListView.as_view()),
    path("import/", imports.ImportView.as_view()),
    path("reservations/", reservations.ReservationListView.as_view()),
    path("reservations/<id:order_id>/", reservations.ReservationView.as_view()),
    path("reservations/<id:order_id>/fulfil/", reservations.FulfilmentView.as_view()),
    path("<id:product_id>/", views.StockView.as_view()),
    path("<id:product_id>/adjustments/", views.AdjustmentView.as_view()),
    path("<id:product_id>/movements/", views.MovementListView.as_view()),
]
