from django.urls import path

from users.api import addresses, closures, passwords, session, tokens, views

urlpatterns = [
    path("", views.UserListView.as_view()),
    path("<id:user_id>/", views.UserView.as_view()),
    path("closed/", closures.ClosureListView.as_view()),
    path("me/", views.ProfileView.as_view()),
    path("me/password/", passwords.PasswordView.as_view()),
    path("me/addresses/", addresses.AddressListView.as_view()),
    path("me/addresses/<id:address_id>/", addresses.AddressView.as_view()),
    path("password-reset/", passwords.ResetView.as_view()),
    path("password-reset/confirm/", passwords.ResetConfirmationView.as_view()),
    path("session/", session.SessionView.as_view()),
    path("session/refresh/", session.SessionRefreshView.as_view()),
    path("token/", tokens.TokenView.as_view()),
    path("token/refresh/", tokens.RefreshView.as_view()),
    path("token/revoke/", tokens.RevokeView.as_view()),
]
