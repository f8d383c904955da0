"""Addresses of this room."""

from django.urls import path

from introductions import placing, spotted, views

app_name = "introductions"

urlpatterns = [
    path("candidacies/<uuid:pk>/introduce/", views.introduce, name="introduce"),
    path("candidacies/<uuid:pk>/placement/", placing.placement, name="placement"),
    path("placements/", placing.listed, name="placements"),
    path("placements/books/", placing.books, name="books"),
    path("contacts/<uuid:pk>/invite/", views.invite, name="invite"),
    path("spotted/<uuid:pk>/", spotted.page, name="spotted"),
    path("spotted/<uuid:pk>/settle/", spotted.settle, name="spotted-settle"),
    path("portal/", views.portal, name="portal"),
    path("portal/link/", views.door, name="door"),
    path("portal/enter/<str:token>/", views.enter, name="enter"),
    path("portal/enter/<str:token>/again/", views.enter_again, name="enter-again"),
    path("portal/sign-out/", views.sign_out, name="sign-out"),
    path("portal/people/", views.people, name="people"),
    path("portal/people/<uuid:pk>/", views.person, name="person"),
    path("portal/people/<uuid:pk>/here/", views.still_here, name="still-here"),
    path("portal/people/<uuid:pk>/feedback/", views.feedback, name="feedback"),
    path("portal/deleted/<int:pk>/", views.deleted, name="deleted"),
]
