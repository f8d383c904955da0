"""Addresses of the pages on limited use."""

from django.urls import path

from privacy.limits import views

app_name = "limits"

urlpatterns = [
    path("requests/<uuid:pk>/restriction/", views.page, name="page"),
    path("requests/<uuid:pk>/restriction/restrict/", views.restrict, name="restrict"),
    path("requests/<uuid:pk>/restriction/tell/", views.tell, name="tell"),
    path("requests/<uuid:pk>/restriction/lift/", views.lift, name="lift"),
]
