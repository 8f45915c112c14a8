from django.urls import path

from users.api.views import (
    addresses,
    closed_accounts,
    passwords,
    profile,
    sessions,
    tokens,
    users,
)

urlpatterns = [
    path("", users.UserListView.as_view()),
    path("<id:user_id>/", users.UserView.as_view()),
    path("closed/", closed_accounts.ClosedAccountListView.as_view()),
    path("me/", profile.ProfileView.as_view()),
    path("me/password/", passwords.PasswordView.as_view()),
    path("me/addresses/", addresses.AddressListView.as_view()),
    path("me/addresses/<id:address_id>/", addresses.AddressView.as_view()),
    path("password-reset/", passwords.PasswordResetView.as_view()),
    path("password-reset/confirm/", passwords.PasswordResetConfirmView.as_view()),
    path("session/", sessions.SessionView.as_view()),
    path("session/refresh/", sessions.SessionRefreshView.as_view()),
    path("token/", tokens.TokenView.as_view()),
    path("token/refresh/", tokens.RefreshView.as_view()),
    path("token/revoke/", tokens.RevokeView.as_view()),
]
