"""The Django admin as Watson has it: behind the same door, on our ledger, with every view of a person logged.

Whatever registers itself here, other people's apps included, writes to the ledger instead of Django's own log, which
would store names, and never shows a column classified as secret.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy import access, ledger, registry
from privacy.registry import ERASED, Class

# Few rows each, so a select is handier than a number.
SHORT_LISTS = frozenset({"accounts.User", "accounts.Team", "vacancies.Client"})


class Accountable(admin.ModelAdmin):
    """Changes go to the ledger as ids and names of fields; whoever is shown goes to the access log."""

    show_full_result_count = False
    list_per_page = 50
    actions: Any = None

    def __init__(self, model: type[models.Model], admin_site: admin.AdminSite) -> None:
        super().__init__(model, admin_site)
        self.raw_id_fields = tuple(  # type: ignore[misc]
            field.name
            for field in model._meta.fields
            if field.is_relation and field.related_model and field.related_model._meta.label not in SHORT_LISTS
        )

    # The ledger

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Names of fields and of the tables of inlines, never a value."""
        inlines = {formset.model._meta.model_name for formset in formsets or () if formset.has_changed()}
        return [*form.changed_data, *sorted(inlines)]

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        self._note("admin.added", request, obj, fields=message)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        self._note("admin.changed", request, obj, fields=message)

    def log_deletion(self, request: HttpRequest, obj: models.Model, object_repr: str) -> Any:
        self._note("admin.deleted", request, obj)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            self._note("admin.deleted", request, obj)

    def _note(self, kind: str, request: HttpRequest, obj: models.Model, **codes: Any) -> None:
        fields = codes.pop("fields", None)
        # Other people's actions pass sentences; ours pass lists of names.
        if isinstance(fields, list):
            codes["fields"] = [str(name) for name in fields if str(name).isidentifier()]
        shown = list(self._people([obj.pk])) if kind != "admin.deleted" else []
        ledger.append(
            kind,
            subject=shown[0] if len(shown) == 1 else None,
            actor=request.user,  # type: ignore[arg-type]
            table=obj._meta.label,
            row=str(obj.pk),
            **codes,
        )

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What the ledger says about this row."""
        return redirect(f"{reverse('admin:privacy_ledgerentry_changelist')}?q={object_id}")

    # The access log

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and "cl" in (response.context_data or {}):
            shown = response.context_data["cl"].result_list  # type: ignore[index]
            self._log_access(request, "list", [row.pk for row in shown])
        return response

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        response = super().changeform_view(request, object_id, form_url, extra_context)
        if object_id is not None and response.status_code == 200:
            self._log_access(request, "view", [object_id])
        return response

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().delete_view(request, object_id, extra_context)
        if response.status_code == 200:
            self._log_access(request, "view", [object_id])
        return response

    def _log_access(self, request: HttpRequest, action: str, keys: Iterable[Any]) -> None:
        about = self.model._meta.model_name or ""
        access.log(request.user, action, self._people(keys), about_kind=about[:30])  # type: ignore[arg-type]

    def _people(self, keys: Iterable[Any]) -> list[UUID]:
        """The subjects behind these rows, when the table holds anything personal and leads to one."""
        label, keys = self.model._meta.label, list(keys)
        if not keys or not ERASED & set(registry.classified().get(label, {}).values()):
            return []
        found: list[UUID] = []
        for handler in registry.handlers.values():
            if path := handler.paths.get(label):
                rows = self.model._default_manager.filter(pk__in=keys, **{f"{path}__isnull": False})
                found += rows.order_by().values_list(path, flat=True)
        return found

    # What is never shown

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = registry.classified().get(self.model._meta.label, {})
        secret = [name for name, kind in fields.items() if kind == Class.SECRET]
        return [*(super().get_exclude(request, obj) or ()), *secret]


class WatsonAdmin(Accountable):
    """The base of every admin of ours; no bulk actions, so nothing is removed by a slip of the hand."""


class ReadOnlyAdmin(WatsonAdmin):
    """Ledgers, logs and what only its own verbs may write: to look at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PersonAdmin(WatsonAdmin):
    """People: corrected here, but neither made nor removed; they come by sourcing and go by erasure."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class VersionForm(forms.ModelForm):
    """A draft that is published by ticking a box, once it says everything it must."""

    publish = forms.BooleanField(
        label=_("publish"), required=False, help_text=_("A published version never changes. Save a draft first.")
    )

    def lacking(self) -> list[str]:
        """What these words must say and do not, for a form of a text that is linted."""
        return []

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("publish") and not self.errors and (lacking := self.lacking()):
            self.add_error("publish", _("It still lacks: %(items)s.") % {"items": ", ".join(lacking)})
        return cleaned


class VersionAdmin(WatsonAdmin):
    """Texts with versions: drafts are written here, and read-only once `published_field` is set (I10)."""

    form: type[forms.ModelForm] = VersionForm
    published_field = "published_at"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_readonly_fields(request, obj), self.published_field, "author"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.author = request.user
        if form.cleaned_data.get("publish"):
            setattr(obj, self.published_field, timezone.now())
        super().save_model(request, obj, form, change)

    def _is_published(self, obj: Any) -> bool:
        return obj is not None and getattr(obj, self.published_field) is not None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not self._is_published(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not self._is_published(obj) and super().has_delete_permission(request, obj)


class WatsonSite(admin.AdminSite):
    """One door for everybody: signing in, its second factor and its lock-out are those of the desk."""

    site_title = _("Watson administration")
    site_header = _("Watson administration")
    index_title = _("Tables")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        admin_class = admin_class or WatsonAdmin
        if not issubclass(admin_class, Accountable):
            admin_class = type(admin_class.__name__, (Accountable, admin_class), {"actions": None})
        super().register(model_or_iterable, admin_class, **options)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if request.user.is_authenticated:
            # Signed in, but not an administrator: asking again would only go round in circles.
            if not self.has_permission(request):
                raise Http404
            return redirect("admin:index")
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), settings.LOGIN_URL)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("account_change_password")
