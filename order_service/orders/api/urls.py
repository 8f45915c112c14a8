from django.urls import path

from orders.api.views import events, notes, orders, outbox

urlpatterns = [
    path("", orders.OrderListView.as_view()),
    path("outbox/", outbox.OutboxView.as_view()),
    path("outbox/<id:order_id>/retry/", outbox.OutboxRetryView.as_view()),
    path("<id:order_id>/", orders.OrderView.as_view()),
    path("<id:order_id>/cancel/", orders.CancelView.as_view()),
    path("<id:order_id>/ship/", orders.ShipView.as_view()),
    path("<id:order_id>/deliver/", orders.DeliverView.as_view()),
    path("<id:order_id>/events/", events.EventListView.as_view()),
    path("<id:order_id>/notes/", notes.NoteListView.as_view()),
]
