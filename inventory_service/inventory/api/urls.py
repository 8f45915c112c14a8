from django.urls import path

from inventory.api.views import imports, reservations, stock

urlpatterns = [
    path("", stock.StockListView.as_view()),
    path("import/", imports.ImportView.as_view()),
    path("reservations/", reservations.ReservationListView.as_view()),
    path("reservations/<id:order_id>/", reservations.ReservationView.as_view()),
    path("reservations/<id:order_id>/fulfil/", reservations.FulfilmentView.as_view()),
    path("<id:product_id>/", stock.StockView.as_view()),
    path("<id:product_id>/adjustments/", stock.AdjustmentView.as_view()),
    path("<id:product_id>/movements/", stock.MovementListView.as_view()),
]
