"""Addresses of the copies people get."""

from django.urls import path

from privacy.exports import views

app_name = "exports"

urlpatterns = [
    path("requests/<uuid:pk>/copy/", views.copy_page, name="copy"),
    path("requests/<uuid:pk>/copy/prepare/", views.prepare, name="prepare"),
    path("copies/<uuid:pk>/cover/", views.cover, name="cover"),
    path("copies/<uuid:pk>/deliver/", views.deliver, name="deliver"),
    path("copies/<uuid:pk>/preview/", views.preview, name="preview"),
    path("copies/<uuid:pk>/preview/<path:name>", views.preview, name="preview-file"),
    path("copies/<uuid:pk>/download/", views.download, name="download"),
]
