from django.urls import path

from users.api import tokens, views

urlpatterns = [
    path("", views.UserListView.as_view()),
    path("<uuid:user_id>/", views.UserView.as_view()),
    path("me/", views.ProfileView.as_view()),
    path("me/password/", views.PasswordView.as_view()),
    path("token/", tokens.TokenView.as_view()),
    path("token/refresh/", tokens.RefreshView.as_view()),
    path("token/revoke/", tokens.RevokeView.as_view()),
]
