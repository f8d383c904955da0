"""Addresses of this room. The board of a vacancy, /vacancies/<uuid>/, belongs to the floor above."""

from django.urls import path

from vacancies.views import clients, vacancies

app_name = "vacancies"

urlpatterns = [
    path("clients/", clients.clients, name="clients"),
    path("clients/new/", clients.client_new, name="client-new"),
    path("clients/<uuid:pk>/", clients.client, name="client"),
    path("clients/<uuid:pk>/edit/", clients.client_edit, name="client-edit"),
    path("clients/<uuid:pk>/contacts/new/", clients.contact_new, name="contact-new"),
    path("clients/<uuid:pk>/contacts/<uuid:contact>/", clients.contact_edit, name="contact-edit"),
    path("clients/<uuid:pk>/agreements/new/", clients.agreement_new, name="agreement-new"),
    path("clients/<uuid:pk>/agreements/<uuid:agreement>/", clients.agreement_edit, name="agreement-edit"),
    path("clients/<uuid:pk>/agreements/<uuid:agreement>/file/", clients.agreement_file, name="agreement-file"),
    path("vacancies/", vacancies.vacancies, name="vacancies"),
    path("vacancies/new/", vacancies.vacancy_new, name="vacancy-new"),
    path("vacancies/<uuid:pk>/intake/", vacancies.intake, name="intake"),
    path("vacancies/<uuid:pk>/intake/check/", vacancies.intake_check, name="intake-check"),
    path("vacancies/<uuid:pk>/open/", vacancies.vacancy_open, name="open"),
    path("vacancies/<uuid:pk>/close/", vacancies.vacancy_close, name="close"),
    path("vacancies/<uuid:pk>/close-procedure/", vacancies.procedure_close, name="close-procedure"),
    path("vacancies/<uuid:pk>/reopen/", vacancies.vacancy_reopen, name="reopen"),
    path("vacancies/<uuid:pk>/review/", vacancies.vacancy_review, name="review"),
]
