"""One settings file. A missing or wrong value stops the start with a clear sentence."""

from pathlib import Path
from typing import Any

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from privacy.keyed_hash import parse_keys

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
if (BASE_DIR / ".env").exists():
    env.read_env(BASE_DIR / ".env")
elif "DATABASE_URL" not in env.ENVIRON:
    # Nobody named a database, so it is the embedded one under var/: never a server that happens to run here.
    from watson import embedded  # production has none of the packages it needs

    for name, value in embedded.environment().items():
        env.ENVIRON.setdefault(name, value)


def _required(name: str) -> str:
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"Set {name} in the environment or in .env; .env.example explains it.")
    return value


def _keys(name: str) -> dict[str, bytes]:
    try:
        return dict(parse_keys(_required(name)))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error


DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
SECRET_KEY = _required("SECRET_KEY")
BASE_URL = _required("BASE_URL").rstrip("/")
SECURE = BASE_URL.startswith("https://")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[environ.urlparse(BASE_URL).hostname])
CSRF_TRUSTED_ORIGINS = [BASE_URL]

# Keys that live outside the database. The first of each list is used for what is new, all of them for look-ups.
LINK_KEYS = _keys("LINK_KEYS")
SUPPRESSION_KEYS = _keys("SUPPRESSION_KEYS")
SEAL_KEYS = _keys("SEAL_KEYS")

INSTALLED_APPS = [
    "watson",
    "introductions",
    "candidates",
    "consent",
    "vacancies",
    "mailing",
    "privacy",
    "privacy.vault",
    "accounts",
    "watson.admin_config.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_htmx",
    "pgtrigger",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "watson.middleware.headers",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "accounts.middleware.language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.one_organisation",
    "accounts.middleware.second_factor",
    "accounts.middleware.one_time_links_only",
    "django_htmx.middleware.HtmxMiddleware",
    "watson.middleware.Refusals",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "watson.urls"
WSGI_APPLICATION = "watson.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "watson.context.desk",
            ],
        },
    },
]


def _database(name: str) -> dict[str, Any]:
    url = _required(name)
    return {
        **env.db_url_config(url),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "TIME_ZONE": None,
    }


# Two roles everywhere: `default` is the application's and owns nothing; `owner` is used by migrations alone.
DATABASES = {
    "default": _database("DATABASE_URL"),
    "owner": _database("MIGRATE_DATABASE_URL") if env.str("MIGRATE_DATABASE_URL", "") else _database("DATABASE_URL"),
    "vault": _database("VAULT_DATABASE_URL"),
    "vault_owner": (
        _database("MIGRATE_VAULT_DATABASE_URL")
        if env.str("MIGRATE_VAULT_DATABASE_URL", "")
        else _database("VAULT_DATABASE_URL")
    ),
}
DATABASE_ROUTERS = ["privacy.vault.router.VaultRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = _required("REDIS_URL")
CACHE_URL = env.str("CACHE_URL", default=REDIS_URL)
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}}

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_RESULT_EXTENDED = False
# A connection costs more than most tasks: it is kept from task to task, for CONN_MAX_AGE seconds (`watson.celery`).
CELERY_DB_REUSE_MAX = 1_000_000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_TIMEZONE = "Europe/Amsterdam"
CELERY_BEAT_SCHEDULE_FILENAME = env.str("BEAT_SCHEDULE_FILE", default=str(BASE_DIR / "var" / "beat"))
CELERY_BEAT_SCHEDULE = {
    "seal-ledger": {"task": "privacy.tasks.seal_ledger", "schedule": 2.0, "options": {"expires": 2}},
    "hand-over": {"task": "mailing.tasks.hand_over", "schedule": 5.0, "options": {"expires": 5}},
    "take-in-leftovers": {"task": "mailing.tasks.take_in_leftovers", "schedule": 60.0},
    "take-in-mail-leftovers": {"task": "mailing.tasks.take_in_mail_leftovers", "schedule": 60.0},
    "delete-strays": {"task": "mailing.tasks.delete_strays", "schedule": 3600.0},
    "forget-unused-files": {"task": "mailing.tasks.forget_unused_files", "schedule": 3600.0},
    "reconcile": {"task": "mailing.tasks.reconcile", "schedule": 60.0},
    "catch-up": {"task": "mailing.tasks.catch_up", "schedule": 60.0, "options": {"expires": 60}},
    "tell-stops": {"task": "mailing.tasks.tell_stops", "schedule": 60.0, "options": {"expires": 60}},
    "take-over-stops": {"task": "mailing.tasks.take_over_stops", "schedule": 600.0, "options": {"expires": 600}},
    "tend-copies": {"task": "privacy.tasks.tend_copies", "schedule": 300.0, "options": {"expires": 300}},
    "end-clocks": {"task": "consent.tasks.run_clocks", "schedule": 3600.0},
    "run-deadlines": {"task": "privacy.tasks.run_deadlines", "schedule": 3600.0},
    "heartbeat": {"task": "watson.tasks.heartbeat", "schedule": 15.0, "options": {"expires": 15}},
    "take-over-rounds": {"task": "candidates.tasks.take_over_rounds", "schedule": 60.0, "options": {"expires": 60}},
    "remind-due": {"task": "candidates.tasks.remind_due", "schedule": 900.0, "options": {"expires": 900}},
    "ask-to-keep-again": {"task": "candidates.tasks.ask_to_keep_again", "schedule": 3600.0},
    "end-untold": {"task": "candidates.tasks.end_untold", "schedule": 3600.0},
    "forget-words": {"task": "candidates.tasks.forget_words", "schedule": 3600.0},
    "forget-exports": {"task": "candidates.tasks.forget_exports", "schedule": 86400.0},
    # At night, and again in case no worker was there.
    "erase-due": {"task": "candidates.tasks.erase_due", "schedule": crontab(minute="10", hour="2-5")},
    "carry-on-erasures": {"task": "privacy.tasks.carry_on_erasures", "schedule": 60.0, "options": {"expires": 60}},
    "check-mailboxes": {"task": "mailing.tasks.check_mailboxes", "schedule": 3600.0, "options": {"expires": 3600}},
    "forget-request-files": {"task": "privacy.tasks.forget_request_files", "schedule": 21600.0},
    "forget-placements": {"task": "introductions.tasks.forget_placements", "schedule": 86400.0},
    "forget-proofs": {"task": "privacy.tasks.forget_proofs", "schedule": 3600.0},
    "watch-mailboxes": {
        "task": "introductions.tasks.watch_mailboxes",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "clean-up": {"task": "watson.tasks.clean_up", "schedule": 3600.0},
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = env.list(
    "PASSWORD_HASHERS",
    default=[
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ],
)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", default=not DEMO)

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody is mailed because somebody typed their address at the door
ACCOUNT_FORMS = {"reset_password": "accounts.forms.ForgottenPasswordForm"}
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
# Failures of a password are axes' to count: one lock-out, one page, before this limit is reached. Codes of a second
# factor are counted by this one alone, by user.
ACCOUNT_RATE_LIMITS = {"login_failed": "60/m/ip,6/5m/key"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Watson"
# A site without https is on this machine only: browsers offer passkeys to https and to localhost.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "login"
AXES_LOCKOUT_TEMPLATE = "account/lockout.html"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_VERBOSE = False

SESSION_COOKIE_NAME = "__Host-watson" if SECURE else "watson"
SESSION_COOKIE_AGE = 60 * 60 * 12
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "watson.views.csrf_failure"
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_SECURE = SECURE
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"

SECURE_SSL_REDIRECT = SECURE and env.bool("SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_CONTENT_TYPE_NOSNIFF = True
# Not no-referrer: with that a browser sends our own forms with `Origin: null`, and CSRF refuses them.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    },
}

EMAIL_BACKEND = "mailing.backend.Outbox"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="watson@localhost")
SPARKPOST_API_KEY = env.str("SPARKPOST_API_KEY", default="")
SPARKPOST_BASE_URL = env.str("SPARKPOST_BASE_URL", default="https://api.eu.sparkpost.com")
SPARKPOST_WEBHOOK_USER = env.str("SPARKPOST_WEBHOOK_USER", default="")
SPARKPOST_WEBHOOK_PASSWORD = env.str("SPARKPOST_WEBHOOK_PASSWORD", default="")
SPARKPOST_WEBHOOK_SECRET = env.str("SPARKPOST_WEBHOOK_SECRET", default="")
SPARKPOST_RELAY_TOKEN = env.str("SPARKPOST_RELAY_TOKEN", default="")
MAIL_INBOUND_DOMAIN = env.str("MAIL_INBOUND_DOMAIN", default="").strip().lower().rstrip(".")
MAIL_STRAY_DAYS = env.int("MAIL_STRAY_DAYS", default=28)
SPARKPOST_TIMEOUT = env.float("SPARKPOST_TIMEOUT", default=30.0)
MAIL_UNDO_SECONDS = env.int("MAIL_UNDO_SECONDS", default=30)
MAIL_RECONCILE_AFTER = env.int("MAIL_RECONCILE_AFTER", default=3600)  # seconds
MAIL_SILENCE_AFTER = env.int("MAIL_SILENCE_AFTER", default=1800)  # seconds
MAIL_EVENT_DAYS = env.int("MAIL_EVENT_DAYS", default=30)  # what a provider's event told stays in the message itself
if MAIL_RECONCILE_AFTER < 2 * SPARKPOST_TIMEOUT:
    raise ImproperlyConfigured("MAIL_RECONCILE_AFTER is at least twice SPARKPOST_TIMEOUT: a call may still be running.")
MAIL_CONNECTIONS = env.int("MAIL_CONNECTIONS", default=5)  # of one worker process
if not 1 <= MAIL_CONNECTIONS <= 10:
    raise ImproperlyConfigured("MAIL_CONNECTIONS is 1 to 10: SparkPost advises no more than 10 connections at once.")
# Linked mailboxes: IMAP servers that may be inside our network or on another port; a certificate authority of our own.
MAILBOX_HOSTS = [host.strip().lower() for host in env.list("MAILBOX_HOSTS", default=[])]
MAILBOX_CA_FILE = env.str("MAILBOX_CA_FILE", default="")
MAILBOX_TIMEOUT = env.float("MAILBOX_TIMEOUT", default=60.0)  # seconds
MAILBOX_OAUTH_TOKEN_URL = env.str("MAILBOX_OAUTH_TOKEN_URL", default="")
MAILBOX_OAUTH_CLIENT_ID = env.str("MAILBOX_OAUTH_CLIENT_ID", default="")
MAILBOX_OAUTH_CLIENT_SECRET = env.str("MAILBOX_OAUTH_CLIENT_SECRET", default="")
MAILBOX_OAUTH_SCOPE = env.str("MAILBOX_OAUTH_SCOPE", default="")
GOOGLE_CLIENT_ID = env.str("GOOGLE_CLIENT_ID", default="")
GOOGLE_CLIENT_SECRET = env.str("GOOGLE_CLIENT_SECRET", default="")
GOOGLE_AUTH_URL = env.str("GOOGLE_AUTH_URL", default="https://accounts.google.com/o/oauth2/v2/auth")
GOOGLE_TOKEN_URL = env.str("GOOGLE_TOKEN_URL", default="https://oauth2.googleapis.com/token")
GMAIL_API_URL = env.str("GMAIL_API_URL", default="https://gmail.googleapis.com").rstrip("/")
GOOGLE_SERVICE_ACCOUNT_FILE = env.str("GOOGLE_SERVICE_ACCOUNT_FILE", default="")
MAILBOX_DELEGATED = [address.strip().lower() for address in env.list("MAILBOX_DELEGATED", default=[])]
OPERATOR_WEBHOOK_URL = env.str("OPERATOR_WEBHOOK_URL", default="")
if OPERATOR_WEBHOOK_URL and not OPERATOR_WEBHOOK_URL.startswith(("https://", "http://")):
    raise ImproperlyConfigured("OPERATOR_WEBHOOK_URL is an address that begins with https:// (or http://).")
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
BACKUP_DAYS = env.int("BACKUP_DAYS", default=30)
if not 1 <= BACKUP_DAYS <= 90:
    raise ImproperlyConfigured("BACKUP_DAYS is 1 to 90: so long a backup may bring back what was erased.")
REQUEST_YEARS = env.int("REQUEST_YEARS", default=5)
if not 5 <= REQUEST_YEARS <= 10:
    raise ImproperlyConfigured("REQUEST_YEARS is 5 to 10: so long it can be shown that a request was answered.")
PG_BIN = env.str("PG_BIN", default="")
LOG_DAYS = env.int("LOG_DAYS", default=30)
LOG_FILES = env.list("LOG_FILES", default=[])
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
WEBHOOK_MAX_BYTES = 32 * 1024 * 1024
RELAY_MAX_BYTES = 32 * 1024 * 1024  # a mail of 20 MB in base64

LANGUAGE_CODE = "en"
LANGUAGES = [("nl", _("Dutch")), ("en", _("English"))]
FORMAT_MODULE_PATH = ["watson.formats"]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Amsterdam"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "var" / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(BASE_DIR / "var" / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": env.str("STATICFILES_BACKEND", "whitenoise.storage.CompressedManifestStaticFilesStorage")
    },
}
WHITENOISE_MAX_AGE = 0 if DEBUG else 60 * 60

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"()": "watson.logs.Formatter", "format": "{asctime} {levelname} {name} {message}", "style": "{"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        # These two write addresses and query strings; what they know is in our own ledger, without names.
        "axes": {"level": "ERROR"},
        "django.db.backends": {"level": "ERROR"},
        # What goes to a mailbox names people, and how one signs in.
        "imapclient": {"level": "ERROR"},
        "urllib3": {"level": "WARNING"},
        "google": {"level": "WARNING"},
    },
}
