"""Clients, their people and agreements, and vacancies."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from privacy.admin import PersonAdmin, WatsonAdmin
from privacy.models import Subject
from vacancies import services
from vacancies.models import Agreement, Client, ClientContact, Vacancy, VacancyAssessment


@admin.register(Client)
class ClientAdmin(WatsonAdmin):
    list_display = ["name", "legal_name", "sector", "place", "is_agency"]
    list_filter = ["is_agency"]
    search_fields = ["name", "legal_name", "kvk"]


@admin.register(ClientContact)
class ClientContactAdmin(PersonAdmin):
    list_display = ["name", "client", "job_title", "email", "left_on"]
    list_select_related = ["client"]
    search_fields = ["name", "email", "client__name"]
    exclude = ["subject", "user"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    def save_model(self, request: HttpRequest, obj: ClientContact, form: Any, change: bool) -> None:
        if not change:
            obj.subject = Subject.objects.create()
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            services.close_door(obj)


@admin.register(Agreement)
class AgreementAdmin(WatsonAdmin):
    list_display = ["title", "client", "role", "signed_on", "valid_from", "valid_until"]
    list_filter = ["role"]
    list_select_related = ["client"]
    search_fields = ["title", "client__name"]


@admin.register(Vacancy)
class VacancyAdmin(WatsonAdmin):
    list_display = ["title", "client", "owner", "state", "created_at"]
    list_filter = ["state"]
    list_select_related = ["client", "owner"]
    search_fields = ["title", "client__name"]
    readonly_fields = ["state", "opened_at", "closed_at", "procedure_closed_at"]


@admin.register(VacancyAssessment)
class VacancyAssessmentAdmin(WatsonAdmin):
    list_display = ["vacancy", "assessment", "confirmed_by", "confirmed_at"]
    list_select_related = ["vacancy", "assessment", "confirmed_by"]
