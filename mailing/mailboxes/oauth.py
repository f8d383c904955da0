"""Tokens for mailboxes: Google's own flow for a colleague, a service account for delegation, any server's for IMAP.

What lives is the refresh token, sealed; an access token is fetched for each opening and never stored. The state of the
flow is signed and names the colleague; the verifier (PKCE, RFC 7636) is derived from it, so nothing is kept meanwhile.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import requests
from django.conf import settings
from django.core import signing
from google.auth import exceptions as google_errors
from google.auth.credentials import Credentials
from google.auth.transport.requests import Request
from google.oauth2 import credentials as user_credentials
from google.oauth2 import service_account

from accounts.models import User
from mailing.mailboxes.clients import Trouble
from mailing.models import MailboxMode

#: What is asked of Google: as little as the mode needs (developers.google.com/gmail/api/auth/scopes).
SCOPES = {
    MailboxMode.TRASH.value: "https://www.googleapis.com/auth/gmail.modify",
    MailboxMode.PURGE.value: "https://mail.google.com/",
}
STATE_LIVES = 600  # seconds
SALT = "mailing.mailboxes.google"


@dataclass(frozen=True)
class Asked:
    """What a colleague set out to link."""

    user: str
    mode: str


def can_link_google() -> bool:
    return bool(settings.GOOGLE_CLIENT_ID and settings.GOOGLE_CLIENT_SECRET)


def delegable() -> list[str]:
    """The addresses an administrator may link by domain-wide delegation; none while it is off."""
    return list(settings.MAILBOX_DELEGATED) if settings.GOOGLE_SERVICE_ACCOUNT_FILE else []


def google_url(user: User, mode: str) -> str:
    """Where a colleague says yes at Google, and comes back from to this site."""
    state = signing.dumps({"user": str(user.pk), "mode": MailboxMode(mode).value}, salt=SALT)
    challenge = hashlib.sha256(_verifier(state).encode()).digest()
    asked = {
        "client_id": settings.GOOGLE_CLIENT_ID,
        "redirect_uri": _back(),
        "response_type": "code",
        "scope": SCOPES[mode],
        "access_type": "offline",
        "prompt": "consent",  # without it Google gives a refresh token only the first time
        "login_hint": user.email,
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    return f"{settings.GOOGLE_AUTH_URL}?{urlencode(asked)}"


def read_state(state: str) -> Asked | None:
    """What a state that came back was given out for; None for one that is old or not ours."""
    try:
        held = signing.loads(state, salt=SALT, max_age=STATE_LIVES)
        return Asked(held["user"], MailboxMode(held["mode"]).value)
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return None


def exchange(code: str, state: str, mode: str) -> tuple[str, str]:
    """The refresh token for a code, and an access token to begin with. Raises Trouble."""
    answer = _post(
        settings.GOOGLE_TOKEN_URL,
        {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": _verifier(state),
            "client_id": settings.GOOGLE_CLIENT_ID,
            "client_secret": settings.GOOGLE_CLIENT_SECRET,
            "redirect_uri": _back(),
        },
    )
    if SCOPES[mode] not in str(answer.get("scope", "")).split():
        raise Trouble("scope")  # the box was left unticked at Google
    if not answer.get("refresh_token"):
        raise Trouble("no_refresh_token")
    return str(answer["refresh_token"]), str(answer.get("access_token", ""))


def google_credentials(refresh_token: str, mode: str) -> Credentials:
    """A colleague's own yes, as credentials that fetch access tokens by themselves."""
    return user_credentials.Credentials(
        token=None,
        refresh_token=refresh_token,
        token_uri=settings.GOOGLE_TOKEN_URL,
        client_id=settings.GOOGLE_CLIENT_ID,
        client_secret=settings.GOOGLE_CLIENT_SECRET,
        scopes=[SCOPES[mode]],
    )


def delegated_credentials(address: str, mode: str) -> Credentials:
    """The service account in the name of one mailbox of the allow-list. Raises Trouble for any other."""
    if address not in delegable():
        raise Trouble("not_allowed")
    try:
        held = json.loads(Path(settings.GOOGLE_SERVICE_ACCOUNT_FILE).read_text())
        found: Credentials = service_account.Credentials.from_service_account_info(
            held, scopes=[SCOPES[mode]], subject=address
        )
    except (OSError, ValueError, google_errors.GoogleAuthError) as error:
        raise Trouble("no_service_account") from error
    return found


def refreshed(credentials: Credentials) -> Credentials:
    """The same with a fresh access token. Raises Trouble."""
    try:
        credentials.refresh(Request())
    except google_errors.RefreshError as error:
        raise Trouble(trouble_of(error)) from error
    except google_errors.TransportError as error:
        raise Trouble("unreachable") from error
    return credentials


def trouble_of(error: google_errors.RefreshError) -> str:
    """Which of our codes a refused refresh is."""
    told = str(error)
    if "unauthorized_client" in told or "access_denied" in told:
        return "not_delegated"
    return "revoked"


def imap_token(refresh_token: str) -> str:
    """An access token for IMAP, from the server the administrator named. Raises Trouble."""
    if not settings.MAILBOX_OAUTH_TOKEN_URL:
        raise Trouble("no_token_server")
    answer = _post(
        settings.MAILBOX_OAUTH_TOKEN_URL,
        {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            "client_id": settings.MAILBOX_OAUTH_CLIENT_ID,
            "client_secret": settings.MAILBOX_OAUTH_CLIENT_SECRET,
            **({"scope": settings.MAILBOX_OAUTH_SCOPE} if settings.MAILBOX_OAUTH_SCOPE else {}),
        },
    )
    if not answer.get("access_token"):
        raise Trouble("revoked")
    return str(answer["access_token"])


def _post(url: str, data: dict[str, Any]) -> dict[str, Any]:
    try:
        response = requests.post(url, data=data, timeout=settings.MAILBOX_TIMEOUT)
    except requests.RequestException as error:
        raise Trouble("unreachable") from error
    if response.status_code in (400, 401, 403):
        raise Trouble("revoked")
    try:
        answer = response.json() if response.ok else None
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise Trouble("unreachable")
    return answer


def _verifier(state: str) -> str:
    made = hmac.new(settings.SECRET_KEY.encode(), f"{SALT}:{state}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def _back() -> str:
    return f"{settings.BASE_URL}/mailboxes/google/back/"
