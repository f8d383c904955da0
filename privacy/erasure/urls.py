"""Addresses of erasures at the desk."""

from django.urls import path

from privacy.erasure import views

app_name = "erasure"

urlpatterns = [
    path("", views.page, name="page"),
    path("plan/", views.plan, name="plan"),
    path("steps/<int:step>/by-hand/", views.by_hand, name="by-hand"),
    path("steps/<int:step>/again/", views.again, name="again"),
    path("<uuid:erasure>/counted/", views.counted, name="counted"),
    path("<uuid:erasure>/approve/", views.approve, name="approve"),
]
