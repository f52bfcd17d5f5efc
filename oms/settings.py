"""Django settings: what an operator may choose comes from `oms.config`, everything else is fixed here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _
from kombu import Queue
from psycopg2.extensions import parse_dsn

from oms.config import ROOT, load_config

CONFIG = load_config()
BASE_DIR = ROOT
DEBUG = False
PRODUCTION = CONFIG.mode == "production"

SECRET_KEY = CONFIG.secret_key.get_secret_value()
FIELD_KEYS = CONFIG.field_keys
BLIND_INDEX_KEY = CONFIG.blind_index_key
ALLOWED_HOSTS = list(CONFIG.allowed_hosts)
CSRF_TRUSTED_ORIGINS = list(CONFIG.trusted_origins)
GATEWAY_ALLOW_PRIVATE = CONFIG.gateway_allow_private
TRUSTED_PROXIES = CONFIG.proxies
DATA_DIR: Path = CONFIG.data_dir

KEEP_DAYS = {
    "calls": CONFIG.keep_calls_days,
    "messages": CONFIG.keep_messages_days,
    "jobs": CONFIG.keep_jobs_days,
    "sign_ins": CONFIG.keep_sign_ins_days,
}
RECEIVERS_A_DAY = CONFIG.receivers_a_day
KEEP_PARTITIONS_DAYS = {"orders_rawtrade": CONFIG.keep_raw_trades_days}
"""Tables of which whole months are dropped; 0 keeps all."""
JOB_FOLDERS = ("imports", "what_if", "exports")
"""Below DATA_DIR: what jobs read and leave."""

OUR_APPS = [
    app
    for app in (
        "oms.core",
        "oms.accounts",
        "oms.catalog",
        "warehouse",
        "promotions",
        "orders",
        "finance",
        "integrations",
        "oms.portal",
        "oms.demo",
    )
    if (ROOT / app.replace(".", "/") / "apps.py").exists()
]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "rest_framework",
    *OUR_APPS,
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "oms.core.web.language.chosen_language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "oms.urls"
WSGI_APPLICATION = "oms.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "oms.portal.context.shell",
            ],
        },
    },
]


def _database(url: str) -> dict[str, Any]:
    dsn = parse_dsn(url)
    known = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    database: dict[str, Any] = {key: dsn.pop(name, "") for name, key in known.items()}
    limits = " ".join(f"-c {name}={seconds}s" for name, seconds in CONFIG.database_limits.items())
    return {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**dsn, "options": f"{limits} {dsn.get('options', '')}".strip(), "connect_timeout": 5},
        **database,
    }


DATABASES = {"default": _database(CONFIG.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "oms.core.cache.ForgivingRedisCache",
        "LOCATION": CONFIG.redis_url,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
    if CONFIG.redis_url
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

AUTH_USER_MODEL = "accounts.Staff"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "oms.accounts.throttle.Patience",
    "oms.accounts.backend.StaffBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "oms.accounts.passwords.LongEnough", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "accounts:sign_in"
CSRF_FAILURE_VIEW = "oms.portal.web.errors.too_old"
LOGIN_REDIRECT_URL = "/"

SECOND_FACTOR_ISSUER = "OMS"
"""As whose code a phone lists it."""

# Failed sign-ins are counted per name and address in PostgreSQL, so that emptying Redis forgives nobody.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "oms.accounts.address.client_address"
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"
AXES_VERBOSE = False

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE = CONFIG.https
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = ROOT / "staticfiles"
STATICFILES_DIRS: list[Any] = [ROOT / "static"]
VENDOR_FILES = {
    "tabulator": ROOT / "node_modules" / "tabulator-tables" / "dist",
    "echarts": ROOT / "node_modules" / "echarts" / "dist",
}
"""Packages from npm that pages load, by the folder they are served under."""
STATICFILES_DIRS += [(f"vendor/{name}", path) for name, path in VENDOR_FILES.items() if path.is_dir()]
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = CONFIG.mode != "production"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA_DIR}},
    "staticfiles": {
        "BACKEND": "oms.core.web.statics.Statics"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONFIG.https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SECURE_SSL_REDIRECT = CONFIG.https
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if CONFIG.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = CONFIG.https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CONFIG.proxies else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 12_000

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "oms.accounts.api_auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["oms.accounts.api_auth.Allowed"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["oms.accounts.api_parsers.ShallowJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "oms.accounts.api_schema.Schema",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": "1200/min"},
    "EXCEPTION_HANDLER": "oms.accounts.api.answer_error",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "OMS API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "ENUM_NAME_OVERRIDES": {
        "OrderState": "orders.models.Order.State",
        "OrderOrigin": "orders.models.Order.Origin",
        "ShipmentState": "warehouse.models.Shipment.State",
        "PurchaseState": "warehouse.models.PurchaseOrder.State",
    },
}

# What calls the outside may take long; it has workers of its own (-Q outside,outbox), so that a slow platform holds up nothing in the
# house. They take from both queues by turns: neither do uploads wait for a long download, nor downloads for many uploads.
CELERY_TASK_DEFAULT_QUEUE = "inside"
CELERY_TASK_QUEUES = [Queue("inside"), Queue("outside"), Queue("outbox")]
CELERY_TASK_ROUTES = {
    "integrations.*": {"queue": "outside"},
    "core.deliver_outbox": {"queue": "outbox"},
    "core.run_jobs": {"queue": "outside"},
}
CELERY_BROKER_URL = CONFIG.redis_url or "memory://localhost/"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_TASK_TIME_LIMIT = 600
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "socket_timeout": 10,
    "socket_connect_timeout": 3,
    "socket_keepalive": True,
    # Of whoever rings, that is of requests; workers come back by their own rule above.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
}
CELERY_TIMEZONE = TIME_ZONE

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": CONFIG.log_level},
    "loggers": {"axes": {"level": "WARNING"}, "httpx": {"level": "WARNING"}, "httpcore": {"level": "WARNING"}},
}
