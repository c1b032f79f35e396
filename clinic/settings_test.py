"""Settings of the test suite. Its environment is set before clinic.settings reads it.

DATABASE_URL and REDIS_URL from outside are kept: that is how the suite runs on PostgreSQL and Redis.
"""

import atexit
import os
import shutil
import tempfile

_KEPT = {"CLINIC_CI", "CLINIC_NO_BOOTSTRAP", "CLINIC_CHROMIUM"}
for _name in [name for name in os.environ if name.startswith("CLINIC_") and name not in _KEPT]:
    del os.environ[_name]
_VAR = tempfile.mkdtemp(prefix="clinic-test-")
atexit.register(shutil.rmtree, _VAR, ignore_errors=True)
os.environ.update(
    CLINIC_ENV="development",
    CLINIC_IGNORE_DOTENV="1",
    CLINIC_VAR=_VAR,
    CLINIC_SECRET_KEY="the-test-suite-signs-with-this-and-nobody-else-does-0123456789",  # noqa: S106 - a test key
    CLINIC_FIELD_KEYS="dGVzdC1zdWl0ZS1rZXktbm90LWEtc2VjcmV0LTAxMjM=",
    CLINIC_SITE_ADDRESS="http://clinic.test",
    CLINIC_LOG_LEVEL="INFO",
    EMAIL_URL="",
)
os.environ.setdefault("DATABASE_URL", "sqlite://:memory:")

from clinic.settings import *  # noqa: E402, F403
from clinic.settings import INSTALLED_APPS, MIDDLEWARE, OUTBOX_DIR, STATIC_ROOT  # noqa: E402

# A page that asks the database once for each row raises. Counted by request: a test may well ask twice.
INSTALLED_APPS = [*INSTALLED_APPS, "zeal"]
MIDDLEWARE = ["clinic.testing.OneAtATimeMiddleware", "zeal.middleware.zeal_middleware", *MIDDLEWARE]
# One link by e-mail and by text is two rows of the outbox, each looked up by its own key; a signed note has a pain
# before and a pain after.
ZEAL_ALLOWLIST = [
    {"model": "clinic.Message", "field": "get()"},
    {"model": "treatments.Outcome", "field": "get()"},
]

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1", "clinic.test"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WATCH_FROM_THE_WEB = False  # a thread of its own would look into another database
# Nothing in a test talks to a broker unless it starts one itself.
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
# A test without the database may still touch the cache.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# Look a static file up when it is asked for: each test's browser would list them all again.
WHITENOISE_AUTOREFRESH = True
for _folder in (OUTBOX_DIR, STATIC_ROOT):
    _folder.mkdir(parents=True)
