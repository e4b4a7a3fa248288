"""Every setting of Dailies. Nothing else reads the environment.

The README's table lists each variable with unit and default; a test keeps it complete.
"""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from csp.constants import NONE, SELF
from huey import SqliteHuey
from huey.serializer import SignedSerializer

from studio import lan
from studio.environment import (
    Networks,
    flag,
    forget,
    host_label,
    is_blank,
    key_file,
    networks,
    one_of,
    open_data_dir,
    positive_number,
    read,
    require,
    require_all,
    require_tls_pair,
    web_address,
    whole_number,
)
from studio.sqlite import wal_is_safe

BASE_DIR = Path(__file__).resolve().parent.parent
_port = whole_number(1, 65535)

# Where everything is kept
DATA_DIR = open_data_dir(
    read("DATA_DIR", Path, BASE_DIR / "data", meaning="a folder").expanduser().resolve()
)
MEDIA_ROOT = DATA_DIR / "media"
STATIC_ROOT = DATA_DIR / "static"
SECRET_KEY = key_file(DATA_DIR / "secret.key")
FIELD_KEYS = key_file(DATA_DIR / "field.key", lambda: Fernet.generate_key().decode()).split()
SETUP_TOKEN_FILE = DATA_DIR / "setup.token"

# Where it listens
HOST = read("HOST", str, "", meaning="an address to listen on")
"""Where it is empty, the owner has chosen: this machine alone, or the LAN (services.house)."""
PORT = read("PORT", _port, 8000, meaning="a port from 1 to 65535")
PUBLIC_URL = read("PUBLIC_URL", web_address, "", meaning="like https://studio.example.org")
_mdns_name = read("MDNS_NAME", host_label, "dailies", meaning="letters, digits, hyphens, or empty")
MDNS_NAME = "" if is_blank("MDNS_NAME") else _mdns_name
TLS_CERT = read("TLS_CERT", str, "", meaning="a file")
TLS_KEY = read("TLS_KEY", str, "", meaning="a file")
require_tls_pair(TLS_CERT, TLS_KEY)
WEB_THREADS = read("WEB_THREADS", whole_number(1, 256), 16, meaning="1 to 256")
MEDIA_ACCEL_PREFIX = read(
    "MEDIA_ACCEL_PREFIX", str, "", meaning="the internal location of the web server before it"
)
DEBUG = read("DEBUG", flag, False, meaning="true or false")

# The first owner, while nobody has an account
ADMIN_USER = read("ADMIN_USER", str, "", meaning="a name")
ADMIN_PASSWORD = read("ADMIN_PASSWORD", str, "", meaning="a password")
ADMIN_PASSWORD_FILE = read("ADMIN_PASSWORD_FILE", str, "", meaning="a file")
forget("ADMIN_PASSWORD")

# Others who sign people in: an OpenID Connect service, and a proxy that is believed
OIDC_RP_CLIENT_ID = read("OIDC_CLIENT_ID", str, "", meaning="the studio's id at the service")
OIDC_RP_CLIENT_SECRET = read("OIDC_CLIENT_SECRET", str, "", meaning="its secret there")
OIDC_OP_AUTHORIZATION_ENDPOINT = read("OIDC_AUTHORIZE_URL", web_address, "", meaning="an address")
OIDC_OP_TOKEN_ENDPOINT = read("OIDC_TOKEN_URL", web_address, "", meaning="an address")
OIDC_OP_USER_ENDPOINT = read("OIDC_USERINFO_URL", web_address, "", meaning="an address")
OIDC_OP_JWKS_ENDPOINT = read("OIDC_JWKS_URL", web_address, "", meaning="an address")
OIDC_ISSUER = read("OIDC_ISSUER", str, "", meaning="as the service calls itself")
OIDC_NAME = read("OIDC_NAME", str, "OpenID Connect", meaning="what the button says")
OIDC_RP_SIGN_ALGO = "RS256"
OIDC_RP_SCOPES = "openid profile"
OIDC_USE_PKCE = True
OIDC_TIMEOUT = 10
OIDC_AUTHENTICATION_CALLBACK_URL = "studio:oidc_callback"
PROXY_USER_HEADER = read("PROXY_USER_HEADER", str, "", meaning="a header such as Remote-User")
TRUSTED_PROXIES: Networks = read(
    "TRUSTED_PROXIES", networks, [], meaning="addresses such as 10.0.0.2/32"
)
NEW_MEMBERS = read(
    "NEW_MEMBERS", one_of("none", "viewer", "creator"), "viewer", meaning="none, viewer or creator"
)
require_all("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_AUTHORIZE_URL", "OIDC_TOKEN_URL")
require_all("OIDC_CLIENT_ID", "OIDC_USERINFO_URL", "OIDC_JWKS_URL")
require("PROXY_USER_HEADER", "TRUSTED_PROXIES")

# The work
WORKER_THREADS = read("WORKER_THREADS", whole_number(1, 64), 8, meaning="1 to 64")
LOOK_INTERVAL_FACTOR = read(
    "LOOK_INTERVAL_FACTOR", positive_number, 1.0, meaning="a number above 0"
)
EVIDENCE_FACTOR = 1.0
"""Multiplies how long a send has to be over before a list proves anything. It is about money, so
it is no setting; the tests compress it."""
LEASE_S = 60.0
"""How long a worker that says nothing keeps the job it holds."""
MAX_UPLOAD_MB = read("MAX_UPLOAD_MB", whole_number(1, 500), 30, meaning="1 to 500")
MAX_VIDEO_MB = read("MAX_VIDEO_MB", whole_number(1, 100_000), 4096, meaning="1 to 100000")
FETCHES_AT_ONCE = read("FETCHES_AT_ONCE", whole_number(1, 64), 4, meaning="1 to 64")
DOWNLOAD_STALL_S = read("DOWNLOAD_STALL_S", positive_number, 30.0, meaning="a number above 0")
DISK_SOFT_MB = read("DISK_SOFT_MB", whole_number(0, 100_000_000), 5000, meaning="0 or more")
DISK_HARD_MB = read("DISK_HARD_MB", whole_number(0, 100_000_000), 1000, meaning="0 or more")
_days = whole_number(0, 36_500)
TRASH_DAYS = read("TRASH_DAYS", _days, 0, meaning="0 (keep for ever) to 36500")
UPLOAD_DAYS = read("UPLOAD_DAYS", _days, 0, meaning="0 (keep for ever) to 36500")
EVENT_DAYS = read("EVENT_DAYS", _days, 0, meaning="0 (keep for ever) to 36500")
DEMO_PROVIDER = read("DEMO_PROVIDER", flag, True, meaning="true or false")
DEMO_PORT = read("DEMO_PORT", _port, 8099, meaning="a port from 1 to 65535")

METRICS_TOKEN = read("METRICS_TOKEN", str, "", meaning="a long random word")

TIME_ZONE = read("TIME_ZONE", str, "UTC", meaning="a time zone such as Europe/Berlin")
LOG_LEVEL = read(
    "LOG_LEVEL",
    one_of("DEBUG", "INFO", "WARNING", "ERROR"),
    "INFO",
    meaning="DEBUG, INFO, WARNING or ERROR",
)
LOG_FORMAT = read("LOG_FORMAT", one_of("text", "json"), "text", meaning="text or json")


LISTENS_ON_LAN = bool(HOST) and HOST not in lan.HERE
LAN_NAMES = lan.names(MDNS_NAME) if LISTENS_ON_LAN else []
_public = urlsplit(PUBLIC_URL)
SUB_PATH = _public.path
"""The path under which a proxy has the studio, such as `/dailies`; usually nothing."""
IS_HTTPS = bool(TLS_CERT) or _public.scheme == "https"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *LAN_NAMES]
if _public.hostname:
    ALLOWED_HOSTS.append(_public.hostname)
if LISTENS_ON_LAN and HOST not in lan.EVERYWHERE:
    ALLOWED_HOSTS.append(lan.in_address(HOST))
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"] if PUBLIC_URL else []

if SUB_PATH:
    FORCE_SCRIPT_NAME = SUB_PATH
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = LANGUAGE_COOKIE_PATH = f"{SUB_PATH}/"

INSTALLED_APPS = [
    "studio.apps.StudioConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "huey.contrib.djhuey",
    "auditlog",
    "csp",
    "axes",
]
MIDDLEWARE = [
    "studio.middleware.Numbered",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "studio.middleware.Compression",
    "studio.middleware.foresight",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "studio.middleware.without_nul",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "studio.middleware.TrustedProxy",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "auditlog.middleware.AuditlogMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "studio.middleware.Roles",
    "studio.middleware.toasts",
    "studio.middleware.one_guess_at_a_time",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "studio.urls"
WSGI_APPLICATION = "studio.wsgi.application"
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
                "studio.templatetags.context.studio",
            ]
        },
    }
]

# The database: reliable before fast. FULL, because NORMAL may drop the last commit at a power
# cut, and that commit can be a paid job's id.
SQLITE_IS_WAL_SAFE = wal_is_safe()
_journal = "WAL" if SQLITE_IS_WAL_SAFE else "TRUNCATE"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA_DIR / "studio.sqlite3",
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": f"PRAGMA journal_mode={_journal};PRAGMA synchronous=FULL;"
            "PRAGMA journal_size_limit=67108864;PRAGMA cache_size=-20000;",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The queue only rings bells: a lost, repeated or late task changes nothing.
HUEY = SqliteHuey(
    "dailies",
    filename=str(DATA_DIR / "queue.sqlite3"),
    journal_mode=_journal.lower(),
    timeout=20,
    immediate=False,
    results=False,
    serializer=SignedSerializer(secret=key_file(DATA_DIR / "queue.key"), salt="dailies.queue"),
)

STATIC_URL = f"{SUB_PATH}/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_MIMETYPES = {".rules": "application/speculationrules+json"}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

LOGIN_URL = "studio:login"
LOGIN_REDIRECT_URL = "studio:compose"
LOGOUT_REDIRECT_URL = "studio:login"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "studio.services.backend.MemberBackend",
    "studio.services.backend.ProxyBackend",
]
if OIDC_RP_CLIENT_ID:
    AUTHENTICATION_BACKENDS.append("studio.services.oidc.OidcBackend")
# Guessing: five tries for one name from one address, then a quarter of an hour of nothing. It
# hangs on signing in itself, so it holds for the admin panel too.
AXES_FAILURE_LIMIT = 5
AXES_CLIENT_IP_CALLABLE = "studio.addresses.client_address"
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_HTTP_RESPONSE_CODE = 429
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken"]
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
# Believed of a proxy alone; with a certificate of our own each connection speaks for itself.
_has_tls_proxy = IS_HTTPS and not TLS_CERT
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _has_tls_proxy else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# The audit log keeps who, what and when. An address or id that a request names proves nothing.
AUDITLOG_DISABLE_REMOTE_ADDR = True
AUDITLOG_CID_HEADER = None
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English"), ("de", "Deutsch")]
USE_I18N = True
USE_TZ = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"event": {"()": "studio.logs.Formatter", "style": LOG_FORMAT}},
    "handlers": {"stderr": {"class": "studio.logs.Handler", "formatter": "event"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # httpx logs whole addresses at INFO, and signed links are secrets.
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        # Their own handlers know nothing of secrets and formats.
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "_granian": {"handlers": [], "propagate": True},
        # At INFO it tells every signing in, several times.
        "axes": {"level": "WARNING"},
        # With a handler of its own, Huey adds none; at INFO it would log every bell.
        "huey": {
            "handlers": ["stderr"],
            "propagate": False,
            "level": "WARNING" if LOG_LEVEL == "INFO" else LOG_LEVEL,
        },
    },
}
