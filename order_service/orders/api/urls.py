from django.urls import path

from orders.api import history, outbox, views

urlpatterns = [
    path("", views.OrderListView.as_view()),
    path("outbox/", outbox.OutboxView.as_view()),
    path("outbox/<id:order_id>/retry/", outbox.OutboxRetryView.as_view()),
    path("<id:order_id>/", views.OrderView.as_view()),
    path("<id:order_id>/cancel/", views.CancelView.as_view()),
    path("<id:order_id>/ship/", views.ShipView.as_view()),
    path("<id:order_id>/deliver/", views.DeliverView.as_view()),
    path("<id:order_id>/events/", history.EventListView.as_view()),
    path("<id:order_id>/notes/", history.NoteListView.as_view()),
]
