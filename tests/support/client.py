"""Django's test client with a sign-in of one row; the door itself has tests of its own (tests/accounts/)."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client as DjangoClient
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.models import User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class Client(DjangoClient):
    """`force_login` writes the session that a sign-in leaves, and none of the nine rows and looks on the way to it."""

    def force_login(self, user: Any, backend: str | None = None) -> None:
        assert isinstance(user, User)
        key = get_random_string(32)
        held = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: backend or BACKEND,
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
        data = SessionStore().encode(held)
        Session.objects.create(session_key=key, session_data=data, expire_date=timezone.now() + timedelta(days=1))
        self.cookies[settings.SESSION_COOKIE_NAME] = key
