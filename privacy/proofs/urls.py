"""Addresses of sealed proofs, below /privacy-desk/proofs/."""

from django.urls import path

from privacy.proofs import views

app_name = "proofs"

urlpatterns = [
    path("", views.proofs, name="proofs"),
    path("rule/", views.rule, name="rule"),
    path("rule/end/", views.end_rule, name="end-rule"),
    path("<uuid:pk>/", views.proof, name="proof"),
    path("<uuid:pk>/ask/", views.ask, name="ask"),
    path("openings/<uuid:pk>/approve/", views.approve, name="approve"),
    path("openings/<uuid:pk>/show/", views.show, name="show"),
]
