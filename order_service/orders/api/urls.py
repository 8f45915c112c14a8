from django.urls import path

from orders.api import views

urlpatterns = [
    path("", views.OrderListView.as_view()),
    path("<uuid:order_id>/", views.OrderView.as_view()),
    path("<uuid:order_id>/cancel/", views.CancelView.as_view()),
    path("<uuid:order_id>/ship/", views.ShipView.as_view()),
    path("<uuid:order_id>/deliver/", views.DeliverView.as_view()),
    path("<uuid:order_id>/events/", views.EventListView.as_view()),
]
