"""Today, search, the palette."""

from django.urls import path

from watson import views

app_name = "watson"

urlpatterns = [
    path("", views.today, name="today"),
]
