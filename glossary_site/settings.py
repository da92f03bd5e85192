"""One settings file; every deployment choice is an environment variable with a safe default.

The table in README.md lists them all; a test holds the two together.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, default: str = "") -> str:
    """Return a TERMBOOK_ variable, or the default when it is unset or empty."""
    return os.environ.get(f"TERMBOOK_{name}", "").strip() or default


def env_flag(name: str, default: bool = False) -> bool:
    """Return a yes-or-no variable; anything but the usual words is refused."""
    value = env(name, "1" if default else "0").lower()
    if value not in {"1", "true", "yes", "on", "0", "false", "no", "off"}:
        raise ImproperlyConfigured(f"TERMBOOK_{name} is {value!r}. Use 1 or 0.")
    return value in {"1", "true", "yes", "on"}


def env_number(name: str, default: int) -> int:
    """Return a variable that is a number from 0 up; anything else is refused."""
    value = env(name, str(default))
    if not value.isascii() or not value.isdigit():
        raise ImproperlyConfigured(f"TERMBOOK_{name} is {value!r}. Use a number, such as {default}.")
    return int(value)


def env_list(name: str, default: str = "") -> list[str]:
    """Return a comma-separated variable as a list."""
    return [item.strip() for item in env(name, default).split(",") if item.strip()]


DATA_DIR = Path(env("DATA", str(BASE_DIR / "var"))).expanduser().resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)


def _kept_secret_key() -> str:
    """Return the key of this installation, made on the first start and readable by its owner only."""
    path = DATA_DIR / "secret_key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        key = secrets.token_urlsafe(64)
        file.write(key)
    return key


# --- The deployment ------------------------------------------------------------------------------

DEBUG = env_flag("DEBUG")
SECRET_KEY = env("SECRET_KEY") or _kept_secret_key()
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("TRUSTED_ORIGINS")
DATABASES = {
    "default": dj_database_url.parse(env("DATABASE_URL", f"sqlite:///{DATA_DIR / 'termbook.sqlite3'}"))
}
DATABASES["default"]["CONN_MAX_AGE"] = 600
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # Without IMMEDIATE two editors who save at once get "database is locked".
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
    }

HTTPS = env_flag("HTTPS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
BEHIND_PROXY = env_flag("BEHIND_PROXY")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
# The form of a term with 500 aliases, each of five fields, must not be refused: its text would be lost.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
# A folder of articles is uploaded file by file.
DATA_UPLOAD_MAX_NUMBER_FILES = 1_000

# --- The glossary --------------------------------------------------------------------------------

SITE_NAME = env("SITE_NAME", "Termbook")
SITE_TAGLINE = env("SITE_TAGLINE", "Words that matter, explained.")
SITE_URL = env("SITE_URL").rstrip("/")
if SITE_URL and not SITE_URL.startswith(("http://", "https://")):
    raise ImproperlyConfigured(
        f"TERMBOOK_SITE_URL is {SITE_URL!r}. Use an address such as https://glossary.example."
    )
LICENSE_URL = env("LICENSE_URL")
ACCENT_COLOR = env("ACCENT_COLOR", "#8a2f1d")
ACCENT_COLOR_DARK = env("ACCENT_COLOR_DARK", "#f0a38f")
PARENT_NAME = env("PARENT_NAME")
PARENT_URL = env("PARENT_URL")
SELF_REVIEW = env_flag("SELF_REVIEW")
MERGE_REVIEW = env_flag("MERGE_REVIEW")
SUMMARY_REQUIRED = env_flag("SUMMARY_REQUIRED")
SHOW_AUTHORS = env_flag("SHOW_AUTHORS")
# From one place and without an account; 0 closes the forms for readers.
SUGGESTIONS_PER_HOUR = env_number("SUGGESTIONS_PER_HOUR", 5)
# What each process keeps of pages that everybody gets; whoever works on the pages wants to see them anew.
PAGE_CACHE_MB = 0 if DEBUG else env_number("PAGE_CACHE_MB", 32)
# How long the link in an invitation, or for a new password, can be used.
PASSWORD_RESET_TIMEOUT = max(1, env_number("LINK_DAYS", 3)) * 86_400

# --- Mail ----------------------------------------------------------------------------------------

# Without a server mails are shown on standard output, where a first try finds them.
EMAIL_HOST = env("SMTP_HOST")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
EMAIL_PORT = env_number("SMTP_PORT", 587)
EMAIL_HOST_USER = env("SMTP_USER")
EMAIL_HOST_PASSWORD = env("SMTP_PASSWORD")
_SMTP_SECURITY = env("SMTP_SECURITY", "starttls").lower()
if _SMTP_SECURITY not in {"starttls", "tls", "none"}:
    raise ImproperlyConfigured(
        f"TERMBOOK_SMTP_SECURITY is {_SMTP_SECURITY!r}. Use starttls, tls (from the first byte) or none."
    )
EMAIL_USE_TLS = _SMTP_SECURITY == "starttls"
EMAIL_USE_SSL = _SMTP_SECURITY == "tls"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("MAIL_FROM", "termbook@localhost")

# --- Django --------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "terms.apps.TermsConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "taggit",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "csp",
    "django_tasks",
    "django_tasks_db",
]

# Long imports run in a process of their own, `manage.py db_worker`, which finds them in the database.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "glossary_site.policy.PolicyMadeOnce",
    "glossary_site.front.PackedUnlessKept",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "terms.doors.note_the_door",
]

ROOT_URLCONF = "glossary_site.urls"
WSGI_APPLICATION = "glossary_site.wsgi.application"
LOGIN_URL = "login"
CSRF_FAILURE_VIEW = "terms.views.form_expired"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FIXTURE_DIRS = [BASE_DIR / "fixtures"]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "terms.views.site_context",
            ],
        },
    }
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = env("LANGUAGE", "en-us")
TIME_ZONE = env("TIME_ZONE", "UTC")
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if DEBUG:
    STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
MEDIA_ROOT = DATA_DIR / "uploads"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

TAGGIT_CASE_INSENSITIVE = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "terms.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["terms.api.authentication.ScopeAllows"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "terms.api.errors.problem_response",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": f"{SITE_NAME} API",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", "WARNING")},
}
