"""Addresses of the assessments, below /privacy-desk/assessments/."""

from django.urls import path

from privacy.governance import views

app_name = "governance"

urlpatterns = [
    path("", views.assessments, name="assessments"),
    path("new/", views.assessment_new, name="assessment-new"),
    path("<uuid:pk>/", views.assessment, name="assessment"),
    path("<uuid:pk>/edit/", views.assessment_edit, name="assessment-edit"),
    path("<uuid:pk>/approve/", views.assessment_approve, name="assessment-approve"),
    path("<uuid:pk>/new-version/", views.assessment_new_version, name="assessment-new-version"),
    path("<uuid:pk>/withdraw/", views.assessment_withdraw, name="assessment-withdraw"),
]
