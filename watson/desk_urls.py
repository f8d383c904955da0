"""Today, search, the palette."""

from django.urls import path

from watson import styleguide, views

app_name = "watson"

urlpatterns = [
    path("", views.today, name="today"),
    path("styleguide/", styleguide.page, name="styleguide"),
    path("styleguide/<slug:page>/", styleguide.page, name="styleguide-page"),
]
