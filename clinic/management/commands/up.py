"""`manage.py up`: everything the clinic needs on this machine, then web, worker and scheduler together."""

import contextlib
import errno
import fcntl
import getpass
import os
import shutil
import socket
import sys
from argparse import ArgumentParser
from io import StringIO
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connections
from django.utils import timezone

from clinic.supervisor import Child, Supervisor

ROOM_NEEDED = 50 * 1024 * 1024
NO_ROOM = "There is no room left on the disk: free some and run this again."
#: Bring what comes with the product into the database; each may run at every start.
LOADERS = ("load_catalogue", "load_questionnaires")


class Command(BaseCommand):
    """Prepares `var/` and the database, then supervises the clinic's processes until Ctrl-C."""

    help = "Run the clinic. The first time it fills itself with a demo clinic; --empty starts with the owner alone."
    # The database and the keys are prepared here first; checks run with migrate.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=None, help="where the pages are (default 8000)")
        parser.add_argument("--host", default="127.0.0.1", help="which address to listen on (default 127.0.0.1)")
        parser.add_argument("--empty", action="store_true", help="no demo clinic: create the owner instead")

    def handle(self, *args: Any, **options: Any) -> None:
        """Every foreseeable trouble ends in one plain sentence."""
        port = options["port"] or int(os.environ.get("CLINIC_PORT", "8000"))
        try:
            self._up(host=options["host"], port=port, empty=options["empty"] or settings.PRODUCTION)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise CommandError(NO_ROOM) from error
            raise CommandError(f"The clinic cannot start: {error.strerror or error}.") from error
        except OperationalError as error:
            if "disk is full" in str(error) or "No space left" in str(error):
                raise CommandError(NO_ROOM) from error
            raise CommandError(f"The database cannot be used: {str(error).strip().splitlines()[0]}.") from error
        except KeyboardInterrupt as error:
            raise CommandError("Stopped before everything was ready; run it again.", returncode=130) from error

    def _up(self, *, host: str, port: int, empty: bool) -> None:
        prepare_folders()
        with hold_lock(), listen(host, port) as listener:
            self.bound = f"http://{host}:{listener.getsockname()[1]}"
            self.site = settings.SITE_ADDRESS
            if "CLINIC_SITE_ADDRESS" not in os.environ and not settings.PRODUCTION:
                self.site = f"http://127.0.0.1:{listener.getsockname()[1]}"
            self.prepare_database()
            self.prepare_people(empty=empty)
            connections.close_all()
            self.announce()
            Supervisor(children(listener, site=self.site), say=self._say).run()
        self._say("Stopped.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def prepare_database(self) -> None:
        """Tables, the cache's own table, and in production the static files."""
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        if settings.PRODUCTION:
            call_command("collectstatic", interactive=False, verbosity=0)
        for name in LOADERS:
            call_command(name, verbosity=0, stdout=StringIO())

    def prepare_people(self, *, empty: bool) -> None:
        """The first time: the demo clinic, or the owner."""
        from clinic.models import User

        if User.objects.exists():
            return
        if empty:
            self.create_owner()
            return
        self._say("Filling the demo clinic (once) ...")
        said = StringIO()
        call_command("load_demo", stdout=said)
        write_privately("demo_logins.txt", said.getvalue().strip() + "\n")

    def create_owner(self) -> None:
        """Asks at a terminal; elsewhere CLINIC_OWNER_EMAIL says who, and a link lets them choose a password."""
        from clinic import audit
        from clinic.first_owner import create_first_owner, set_password_link

        asking = sys.stdin.isatty() and "CLINIC_OWNER_EMAIL" not in os.environ
        email = os.environ.get("CLINIC_OWNER_EMAIL", "") or (ask("The owner's e-mail address: ") if asking else "")
        if not email:
            raise CommandError("Who owns this clinic? Set CLINIC_OWNER_EMAIL, or run this at a terminal.")
        name = os.environ.get("CLINIC_OWNER_NAME", "") or (ask("The owner's name: ") if asking else "Owner")
        password = getpass.getpass("A password of 15 characters or more (empty: by link): ") or None if asking else None
        try:
            owner = create_first_owner(email=email, name=name, password=password, by=audit.SYSTEM, now=timezone.now())
        except ValidationError as error:
            raise CommandError("The owner's account was not made. " + " ".join(error.messages)) from error
        if password is None:
            self._say(f"Choose the owner's password here (works once): {set_password_link(owner, site=self.site)}")

    def announce(self) -> None:
        """Where it is, and who can sign in."""
        with contextlib.suppress(FileNotFoundError):
            self._say((settings.CLINIC_VAR / "demo_logins.txt").read_text(encoding="utf-8").rstrip())
        if settings.REDIS_URL and not redis_answers():
            self._say("Redis does not answer yet: pages work, messages wait until it does.")
        if settings.PRODUCTION:
            self._say(f"Waiting for the proxy at {self.bound}.")
        self._say(f"The clinic is open at {self.site}/  (Ctrl-C stops it)")


def prepare_folders() -> None:
    """`var/` and what is in it, for this user's eyes only."""
    os.umask(0o077)
    for folder in (
        settings.CLINIC_VAR,
        settings.OUTBOX_DIR,
        settings.QUEUE_DIR,
        settings.QUEUE_DIR / "messages",
        settings.QUEUE_DIR / "control",
        settings.MEDIA_ROOT,
        settings.STATIC_ROOT,
    ):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.CLINIC_VAR.chmod(0o700)
    if shutil.disk_usage(settings.CLINIC_VAR).free < ROOM_NEEDED:
        raise CommandError(NO_ROOM)


@contextlib.contextmanager
def hold_lock() -> Any:
    """One supervisor for each `var/`: two schedulers would plan everything twice."""
    with open(settings.CLINIC_VAR / "up.lock", "w", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(f"The clinic in {settings.CLINIC_VAR} is running already.") from None
        yield


def listen(host: str, port: int) -> socket.socket:
    """The listening socket, taken before anything else and kept while the web process is started anew."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(512)
    except (OSError, OverflowError) as error:
        listener.close()
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            raise CommandError(f"Port {port} is taken: try 'python3 manage.py up --port {port + 1}'.") from None
        if getattr(error, "errno", None) == errno.EACCES:
            raise CommandError(f"Port {port} needs more rights: try 'python3 manage.py up --port 8000'.") from None
        raise CommandError(f"The clinic cannot listen on {host} port {port}.") from None
    return listener


def children(listener: socket.socket, *, site: str) -> list[Child]:
    """The processes. The scheduler keeps its notes in var/; the worker is one process on the file queue.

    The sender needs neither broker nor scheduler: whatever becomes of those, messages go out.
    """
    var = settings.CLINIC_VAR
    common = {
        "CLINIC_NO_BOOTSTRAP": "1",
        "DJANGO_SETTINGS_MODULE": "clinic.settings",
        "PYTHONUNBUFFERED": "1",
        # In a container everything runs as root; five lines about it at each start would hide real warnings.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
    }
    if not settings.PRODUCTION:
        common["CLINIC_SITE_ADDRESS"] = site
    celery = [sys.executable, "-m", "celery", "--quiet", "--app", "clinic", "--workdir", str(settings.BASE_DIR)]
    pool = ["--pool", "prefork", "--concurrency", "2"] if settings.REDIS_URL else ["--pool", "solo"]
    web = [sys.executable, "-m", "gunicorn", "--chdir", str(settings.BASE_DIR), "-c", "python:clinic.web_server"]
    fd = listener.fileno()
    return [
        Child("web", [*web, "--bind", f"fd://{fd}", "clinic.wsgi"], common, pass_fds=[fd]),
        Child("worker", [*celery, "worker", *pool, "--without-mingle", "--without-gossip", "-l", "WARNING"], common),
        Child("sender", [sys.executable, str(settings.BASE_DIR / "manage.py"), "send_due", "--loop"], common),
        # No pid file: the lock above keeps schedulers single, and a stale one would stop the next start.
        Child("scheduler", [*celery, "beat", "-s", str(var / "beat"), "--pidfile=", "-l", "WARNING"], common),
    ]


def write_privately(name: str, text: str) -> None:
    """A file in `var/` that only this user can read."""
    path = settings.CLINIC_VAR / name
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def redis_answers() -> bool:
    """Is the broker there? Only to tell the person at the terminal."""
    import redis

    client: Any = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=0.5)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def ask(question: str) -> str:
    """One line from the terminal."""
    return input(question).strip()
