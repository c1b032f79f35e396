"""Every setting of the clinic, from the environment, with defaults that are safe on one machine.

`.env.example` lists what may be set. In production (`CLINIC_ENV=production`) a missing or careless value stops the
start with the name of the setting; there is no secret in this file to fall back to.
"""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from clinic import environment, logs

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
if (BASE_DIR / ".env").is_file() and not env.bool("CLINIC_IGNORE_DOTENV", default=False):
    env.read_env(BASE_DIR / ".env")

CLINIC_ENV = env.str("CLINIC_ENV", default="development")
if CLINIC_ENV not in {"production", "development"}:
    raise environment.refuse("CLINIC_ENV", "must be production or development.")
PRODUCTION = CLINIC_ENV == "production"
DEBUG = env.bool("CLINIC_DEBUG", default=False)

# --- this machine ---------------------------------------------------------------------------------------------------
CLINIC_VAR = Path(env.str("CLINIC_VAR", default=str(BASE_DIR / "var"))).absolute()
OUTBOX_DIR = CLINIC_VAR / "outbox"
QUEUE_DIR = CLINIC_VAR / "queue"
MEDIA_ROOT = CLINIC_VAR / "uploads"

# --- keys -----------------------------------------------------------------------------------------------------------
SECRET_KEY = env.str("CLINIC_SECRET_KEY", default="") or environment.read_key(CLINIC_VAR / "secret_key")
SECRET_KEY_FALLBACKS = env.list("CLINIC_OLD_SECRET_KEYS", default=[])
# The first key encrypts, all of them decrypt: that is how a key is changed without losing a note.
FIELD_KEYS = [key.strip() for key in env.list("CLINIC_FIELD_KEYS", default=[]) if key.strip()]
if not FIELD_KEYS and (kept := environment.read_key(CLINIC_VAR / "field_key")):
    FIELD_KEYS = [key.strip() for key in kept.split(",") if key.strip()]

# --- address --------------------------------------------------------------------------------------------------------
# Links in mails are built from this and never from the Host header.
SITE_ADDRESS = env.str(
    "CLINIC_SITE_ADDRESS", default="" if PRODUCTION else f"http://127.0.0.1:{env.int('CLINIC_PORT', default=8000)}"
).rstrip("/")
_site_host = urlsplit(SITE_ADDRESS).hostname or ""
# Where a text message's links begin: a second, shorter address of this clinic. Without one, the address above.
SHORT_ADDRESS = env.str("CLINIC_SHORT_ADDRESS", default="").rstrip("/")
ALLOWED_HOSTS = env.list("CLINIC_ALLOWED_HOSTS", default=[_site_host] if _site_host else [])
if SHORT_ADDRESS:
    ALLOWED_HOSTS.append(urlsplit(SHORT_ADDRESS).hostname or "")
# Only these peers may say who the client is and whether it came by https (clinic.proxies).
TRUSTED_PROXIES = env.list("CLINIC_TRUSTED_PROXIES", default=[])

if PRODUCTION:
    if DEBUG:
        raise environment.refuse("CLINIC_DEBUG", "must be off in production: its error pages show records.")
    environment.check_secret(SECRET_KEY)
    environment.check_field_keys(FIELD_KEYS)
    environment.check_site(SITE_ADDRESS, ALLOWED_HOSTS)
else:
    SECRET_KEY = SECRET_KEY or environment.keep_key(CLINIC_VAR / "secret_key", environment.new_secret)
    FIELD_KEYS = FIELD_KEYS or [environment.keep_key(CLINIC_VAR / "field_key", environment.new_field_key)]
    environment.check_field_keys(FIELD_KEYS)
    ALLOWED_HOSTS = list({*ALLOWED_HOSTS, "localhost", "127.0.0.1", "[::1]"})

# --- apps -----------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "whitenoise.runserver_nostatic",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "csp",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "lucide",
    "phonenumber_field",
    "clinic",
    "conditions",
    "intake",
    "treatments",
]

MIDDLEWARE = [
    "clinic.proxies.ProxyMiddleware",
    "clinic.middleware.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    # Above WhiteNoise, so that static files carry the same headers as pages.
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "clinic.middleware.MethodsMiddleware",
    # A page goes at a fifth of its size. Django pads each answer by a random length, so that its size tells nothing of
    # a secret in it (BREACH); the CSRF token is masked anew each time anyway.
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "clinic.middleware.ClinicTimeMiddleware",
    "clinic.middleware.SlidingSessionMiddleware",
    "clinic.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "intake.middleware.TabletMiddleware",
    "clinic.middleware.StaffSessionMiddleware",
    "clinic.middleware.EmergencyAccessMiddleware",
]

ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
                "csp.context_processors.nonce",
                "clinic.context.shell",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- database -------------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{CLINIC_VAR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE takes the write lock at BEGIN: with the default, a read-then-write transaction that meets another
    # writer fails at once with "database is locked", whatever the timeout says.
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        timeout=20,
        transaction_mode="IMMEDIATE",
        init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    )
# A connection of its own for every request would cost more than most pages: SQLite tidies up its log at each close.
DATABASES["default"].update(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True)

# In the database, so that limits and used-up codes hold across processes and do not need Redis to be up.
CACHES = {
    "default": {
        "BACKEND": "clinic.counting_cache.CountingCache",
        "LOCATION": "clinic_cache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}

# --- people ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "clinic.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "clinic.passwords.MaximumLengthValidator"},
    # Django's own list of common passwords has next to none of fifteen characters: ours fits that length.
    {"NAME": "clinic.passwords.EasyPhraseValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "treatments:day_sheet"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "clinic.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(SITE_ADDRESS).scheme or "https"
# allauth's own per-account limit would lock the account for every address: an attacker could lock the desk out.
# django-axes below counts wrong passwords per account AND address.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip"}
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_FORMS = {"reset_password": "clinic.forms.sign_in.ResetPasswordForm"}
MFA_ADAPTER = "clinic.adapters.MFAAdapter"
MFA_FORMS = {
    "authenticate": "clinic.forms.sign_in.CodeForm",
    "reauthenticate": "clinic.forms.sign_in.CodeAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Staff come in by a link sent to that very address; there is no other way to own it.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Clinic"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
# The library would write five queries into every request; clinic.middleware notes the last use once a minute.
USERSESSIONS_TRACK_ACTIVITY = False

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_HTTP_RESPONSE_CODE = 429
AXES_ENABLE_ADMIN = False
AXES_SENSITIVE_PARAMETERS = ["password", "login"]

# --- sessions and cookies -------------------------------------------------------------------------------------------
# Sliding: a desk left alone for fifteen minutes is signed out. The absolute limit sits in clinic.middleware.
SESSION_COOKIE_AGE = 15 * 60
SESSION_SAVE_EVERY_REQUEST = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = False
SESSION_ABSOLUTE_AGE = 12 * 60 * 60
# "Ann Archer is booked": in the session, which ends with signing out, not in a cookie on the desk's machine.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = PRODUCTION
if PRODUCTION:
    # The prefix makes the browser refuse these cookies from a sub-domain or over http.
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    LANGUAGE_COOKIE_NAME = "__Host-language"
    CSRF_TRUSTED_ORIGINS = [SITE_ADDRESS]

# --- headers --------------------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
# The health check comes from the machine itself, by http.
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "report-uri": "/csp-report/",
    },
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: []
    for feature in (
        "accelerometer",
        "autoplay",
        "camera",
        "display-capture",
        "encrypted-media",
        "fullscreen",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
# A photo of 15 MB must come through, a larger one be told so on its page. In memory: the disk gets it sealed only.
FILE_UPLOAD_MAX_MEMORY_SIZE = 40 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "clinic.upload_limits.Capped",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_PERMISSIONS = 0o600

# --- static files ---------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = CLINIC_VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "clinic.static_files.ModuleStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# Embedded: served straight from the apps, so nobody has to run collectstatic.
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = DEBUG

# --- language and time ----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
# What clients read that stands in data files: each yields (where, English text) for `manage.py translations`.
CLIENT_TEXTS = ["clinic.texts.texts", "conditions.texts.texts", "intake.texts.texts", "treatments.texts.texts"]
LOCALE_PATHS = [BASE_DIR / "clinic" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
PHONENUMBER_DEFAULT_REGION = env.str("CLINIC_PHONE_REGION", default="US")
PHONENUMBER_DB_FORMAT = "E164"

# --- outgoing messages ----------------------------------------------------------------------------------------------
if EMAIL_URL := env.str("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(OUTBOX_DIR)
OUTBOX = environment.outbox_numbers(os.environ)
# None, Django's default, lets one hung relay hold the sender for ever.
EMAIL_TIMEOUT = OUTBOX["connect"]
# A bare number is no mail domain.
_mail_host = "localhost" if _site_host.replace(".", "").isdigit() or ":" in _site_host else _site_host or "localhost"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("CLINIC_FROM_EMAIL", default=f"clinic@{_mail_host}")
# None: texts become files in the outbox folder.
SMS_GATEWAY = environment.sms_gateway(env, site=SITE_ADDRESS)
TWILIO_TOKEN = env.str("CLINIC_TWILIO_TOKEN", default="")
# Providers sign what they tell us at /hooks/…; several secrets while one is being changed. None: nobody is heard.
HOOK_SECRETS = [secret for secret in env.list("CLINIC_HOOK_SECRETS", default=[]) if secret]
# Whether a text may ask for a reply: only where one would reach us.
SMS_REPLIES = SMS_GATEWAY is not None and bool(HOOK_SECRETS or TWILIO_TOKEN)
# The verb that keeps what a client texted back and says how to answer (clinic.replies).
REPLY_TAKER = "treatments.replies.take"
# Foundation code never imports the apps above it: it finds their wording here, by the first part of the kind.
MESSAGE_RENDERERS = {
    "intake.": "intake.inviting.messages.render",
    "intake.check": "intake.inviting.reminders.render",
    "intake.reminder": "intake.inviting.reminders.render",
    "aftercare.": "treatments.messages.render",
    "reply.": "clinic.reply_messages.render",
    "reply.ok": "treatments.replies.render",
    "reply.worse": "treatments.replies.render",
    "staff.": "clinic.staff_messages.render",
    "staff.call_back": "treatments.messages.render_staff",
    "staff.series_test": "treatments.trial_sends.render",
}
# The topic of each kind of message to a client, found like its wording; a kind without one asks only for the channel.
MESSAGE_TOPICS = {
    "intake.": "forms",
    "aftercare.": "aftercare",
    "aftercare.pre_next": "appointments",
    "aftercare.h24": "check_ins",
    "aftercare.h72": "check_ins",
    "aftercare.d7": "check_ins",
    "aftercare.d14": "check_ins",
    "aftercare.check_in": "check_ins",
    "aftercare.rebook": "appointments",
    "aftercare.reminder": "appointments",
    "aftercare.book": "appointments",
}
# Verbs that make messages which should be there and are not; called with now=, they return how many they made.
COMPLETENESS_SWEEPS = ["treatments.aftercare.fill_gaps", "treatments.preparing.fill_gaps"]
# When the question in a message was answered: called with messages whose kind begins so, they return {pk: moment}.
MESSAGE_ANSWERS = {
    "aftercare.": "treatments.check_ins.when_answered",
    "intake.": "intake.inviting.invitations.when_answered",
}
# Clients whom no channel reaches and who have a visit: each (client, the visit's beginning), called with now=.
OUT_OF_REACH = "treatments.reach.out_of_reach"
# Web processes also look whether messages are late: when worker and scheduler are dead, nobody else does.
WATCH_FROM_THE_WEB = True
# Opens the figures of /healthz to a monitor that sends it as “Authorization: Bearer …”; without it nobody sees them.
HEALTH_TOKEN = env.str("CLINIC_HEALTH_TOKEN", default="")
# How much waits for a person behind an entry of the navigation: called with the user and now=, they return how many and
# how many of them are late.
NAV_COUNTS = {"treatments:task_list": "treatments.call_backs.waiting"}
# Rounds of the apps above that go with every sweep; called with now=, they put into the outbox what staff must hear.
STAFF_ROUNDS = ["treatments.overdue.tell"]
# What `audit_verify` also holds against the trail; each yields a line for every record that differs from it.
AUDIT_WITNESSES = ["treatments.witness.signed_notes"]
# Whom to ask whether a mail arrived whose answer was lost: an address with {message_id} in it, or file:///folder.
RELAY_LOOKUP_URL = env.str("CLINIC_RELAY_LOOKUP_URL", default="")
RELAY_LOOKUP_TOKEN = env.str("CLINIC_RELAY_LOOKUP_TOKEN", default="")  # the whole Authorization header
# Asked for after each good pass, so that a watcher outside notices when there are none.
DEAD_MAN_URL = env.str("CLINIC_DEAD_MAN_URL", default="")
# Addresses, contexts and files of messages are forgotten after so many days; the line in the log stays.
MESSAGES_KEPT_DAYS = env.int("CLINIC_MESSAGES_KEPT_DAYS", default=90)
# Lets `fault_enqueue` and its kin invent clients and sessions: for tests of the outbox on a database made for them.
FAULT_TESTING = env.bool("CLINIC_FAULT_TESTING", default=False)
if FAULT_TESTING and PRODUCTION:
    raise environment.refuse("CLINIC_FAULT_TESTING", "must be off in production: it invents clients and sessions.")

# Verbs of the apps above that must hear, in the same transaction, when a client's contact data change: each is
# called as hook(client=…, changed=frozenset of field names, by=…, now=…).
CLIENT_CHANGED_HOOKS: list[str] = [
    "intake.inviting.invitations.client_changed",
    "intake.consent.agreement_links.client_changed",
    "intake.safety.rescreening.client_changed",
    "treatments.client_pages.client_changed",
]

# --- worker and scheduler -------------------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost//"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    # A web request publishes a nudge and must never wait for a broker that is away.
    {
        "socket_connect_timeout": 0.3,
        "socket_timeout": 5,
        "max_retries": 0,
        "visibility_timeout": max(3600, 2 * int(OUTBOX["lease"]) + 600),
    }
    if REDIS_URL
    else {
        "data_folder_in": str(QUEUE_DIR / "messages"),
        "data_folder_out": str(QUEUE_DIR / "messages"),
        "control_folder": str(QUEUE_DIR / "control"),
        "polling_interval": 0.2,
    }
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "clinic"
# A tick is worth nothing once it is old, and doing it twice does no harm: so it is acknowledged late, and not lost with
# the process that had it.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# A letter in hand must not be cut short: longer than a lease, shorter than what makes the broker hand it out again.
CELERY_TASK_TIME_LIMIT = int(OUTBOX["lease"]) + 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "UTC"
# Ticks expire before the next few are due: a scheduler that ran while no worker did must not leave a pile behind.
CELERY_BEAT_SCHEDULE = {
    "send-due": {"task": "clinic.tasks.send_due", "schedule": OUTBOX["send"], "options": {"expires": 10}},
    "sweep": {"task": "clinic.tasks.sweep", "schedule": OUTBOX["sweep"], "options": {"expires": 60}},
    "reconcile": {"task": "clinic.tasks.reconcile", "schedule": OUTBOX["reconcile"], "options": {"expires": 120}},
    "hourly": {"task": "clinic.tasks.hourly", "schedule": OUTBOX["hourly"], "options": {"expires": 1800}},
    "nightly": {
        "task": "clinic.tasks.nightly",
        "schedule": crontab(hour=3, minute=15),
        "options": {"expires": 6 * 3600},
    },
}

# --- logs -----------------------------------------------------------------------------------------------------------
LOGGING = logs.configuration(production=PRODUCTION, level=env.str("CLINIC_LOG_LEVEL", default="INFO"), words=DEBUG)
