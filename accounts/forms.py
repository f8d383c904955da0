"""Forms of the door."""

from allauth.account.forms import ResetPasswordForm

from accounts.models import User


class ForgottenPasswordForm(ResetPasswordForm):
    """A new password, for who works here; for client contacts the answer is that of an unknown address."""

    users: list[User]

    def clean_email(self) -> str:
        email = str(super().clean_email())
        self.users = [user for user in self.users if user.works_here]
        return email
