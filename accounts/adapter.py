"""How allauth behaves here: nobody signs up, and every mail goes through the outbox."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by an administrator or by an invitation to the portal."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
