"""The sign-in tables: they lie below the ledger that must hear of every change, so they are registered up here."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Organisation, SavedView, Team, User
from privacy.admin import PersonAdmin, ReadOnlyAdmin, WatsonAdmin
from privacy.models import StaffSubject, Subject


class UserForm(forms.ModelForm):
    """A user, with a password to set; left empty it stays as it is, or the person chooses one at the door."""

    new_password = forms.CharField(
        label=_("new password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Leave it empty, and the person chooses one with ‘Forgot your password?’."),
    )

    class Meta:
        model = User
        fields = ["email", "name", "role", "job_title", "phone", "language", "is_active", "mailbox_gone_on"]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean_new_password(self) -> str:
        password = str(self.cleaned_data["new_password"])
        if password:
            validate_password(password, self.instance)
        return password


@admin.register(User)
class UserAdmin(PersonAdmin):
    form = UserForm
    list_display = ["name", "email", "role", "is_active", "last_login"]
    list_filter = ["role", "is_active"]
    search_fields = ["name", "email"]
    ordering = ["name"]
    fields = ["email", "name", "role", "job_title", "phone", "language", "is_active", "mailbox_gone_on", "new_password"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        password = form.cleaned_data.get("new_password")
        if password or not change:
            obj.set_password(password or None)
        super().save_model(request, obj, form, change)
        if obj.works_here and not StaffSubject.objects.filter(user=obj).exists():
            StaffSubject.objects.create(user=obj, subject=Subject.objects.create())


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 1


@admin.register(Team)
class TeamAdmin(WatsonAdmin):
    list_display = ["name"]
    search_fields = ["name"]
    inlines = [MembershipInline]


@admin.register(Membership)
class MembershipAdmin(WatsonAdmin):
    list_display = ["team", "user"]
    list_select_related = ["team", "user"]


@admin.register(SavedView)
class SavedViewAdmin(ReadOnlyAdmin):
    list_display = ["name", "page", "owner", "team", "created_at"]
    list_select_related = ["owner", "team"]


@admin.register(Organisation)
class OrganisationAdmin(WatsonAdmin):
    list_display = ["name", "legal_name", "mail_tracking"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not Organisation.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
