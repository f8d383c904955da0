"""Filing mail of people who are not here: under a vacancy, or with somebody who wrote from a new address."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy

from accounts.models import User
from candidates.forms.desk import LANGUAGES
from candidates.models import ContactGround
from privacy.words import gated
from vacancies.models import Vacancy


class FileReplyForm(forms.Form):
    """Under which vacancy a stranger's mail is filed, and what the person is called."""

    vacancy = forms.ModelChoiceField(
        label=gettext_lazy("Vacancy"),
        queryset=Vacancy.objects.none(),
        empty_label=gettext_lazy("Choose a vacancy"),
        help_text=gettext_lazy("Only vacancies that are open for sourcing."),
        error_messages={"required": gettext_lazy("Choose the vacancy this mail is about.")},
    )
    given_name = forms.CharField(label=gettext_lazy("First name"), required=False, max_length=100)
    infix = forms.CharField(label=gettext_lazy("Infix"), required=False, max_length=30)
    surname = forms.CharField(
        label=gettext_lazy("Surname"),
        max_length=120,
        error_messages={"required": gettext_lazy("Type the name of the person.")},
    )
    language = forms.ChoiceField(label=gettext_lazy("Writes"), choices=LANGUAGES)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        open_ones = Vacancy.objects.visible_to(user).sourcing().select_related("client").order_by("title")
        cast(forms.ModelChoiceField, self.fields["vacancy"]).queryset = open_ones


class OwnAddressForm(forms.Form):
    """Why the address somebody wrote from may be used for them, and where that can be seen."""

    ground = forms.ChoiceField(
        label=gettext_lazy("Why may we use this address?"),
        choices=ContactGround.choices,
        initial=ContactGround.APPLICATION,
        error_messages={"required": gettext_lazy("Choose why it may be used.")},
    )
    evidence = forms.CharField(
        label=gettext_lazy("Where that can be seen"),
        max_length=500,
        error_messages={"required": gettext_lazy("Say where that can be seen.")},
    )

    def clean_evidence(self) -> str:
        return gated(self.cleaned_data["evidence"])
