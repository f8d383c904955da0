"""What a writer of templates types."""

from django import forms
from django.utils.translation import gettext_lazy as _

from mailing.authoring import Words
from mailing.models import TemplateVersion


class DraftForm(forms.ModelForm):
    """The words of a draft as they stand."""

    use_required_attribute = False
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    class Meta:
        model = TemplateVersion
        fields = ["subject_line", "body", "short", "note"]
        widgets = {
            "body": forms.Textarea(attrs={"rows": 22, "spellcheck": "true"}),
            "short": forms.Textarea(attrs={"rows": 6, "spellcheck": "true"}),
        }
        help_texts = {
            "body": _(
                "An empty line begins a new paragraph. A line that begins with “# ” is a heading, with “- ” an item of"
                " a list, with “> ” a block of its own. A link alone between empty lines is a button."
            ),
            "short": _("For InMail, WhatsApp, a text message or the phone, best within 500 characters."),
            "note": _("One line for your colleagues, shown in the history."),
        }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for name in ("subject_line", "body", "short"):
            field = self.fields[name]
            # Shown as what a message needs, and taken as it is: a draft may still lack anything.
            field.required = not self.is_bound and name != "short"
            # Trailing spaces and lines too: what is typed is kept as it is typed.
            field.strip = False  # type: ignore[attr-defined]

    @property
    def words(self) -> Words:
        """What was typed, of a valid form, with line ends as we keep them."""
        typed = {name: self.cleaned_data[name].replace("\r\n", "\n") for name in self.Meta.fields}
        return Words(**typed)


class NameForm(forms.Form):
    """The name of a new template beside the standard one."""

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        help_text=_("What you look for when you choose it, such as “Senior finance, short”."),
    )


class DeleteAfterForm(forms.Form):
    """The last day on which mail of nobody we know is kept."""

    day = forms.DateField(
        label=_("Delete it after"),
        widget=forms.DateInput(attrs={"type": "date", "class": "input--short"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("Choose the day after which it is deleted."),
            "invalid": _("This is not a date."),
        },
    )
