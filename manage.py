#!/usr/bin/env python3
"""The clinic's one command: `python3 manage.py up` runs it, `python3 manage.py test` proves it.

The first part uses the standard library only and old syntax: it runs before anything is installed, and must be able to
tell the owner of an old Python what is wrong. It makes `.venv`, fills it from the requirements and starts again inside.
An active virtual environment or CLINIC_NO_BOOTSTRAP=1 turns that off.
"""

import errno
import hashlib
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, ".venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")
OLDEST = (3, 11)
NEED_MORE = ("test", "fault_test", "benchmark_outbox")  # they use what only development needs
ROOM_NEEDED = {"requirements.txt": 500, "requirements-dev.txt": 1000}  # MB, with pip's own working space
NO_ROOM = "There is no room left on the disk: free about {} MB and run this again."


def stop(sentence):
    """End with one plain sentence instead of a traceback."""
    sys.stderr.write(sentence + "\n")
    sys.exit(1)


def needs_bootstrap():
    return not os.environ.get("CLINIC_NO_BOOTSTRAP") and sys.prefix == sys.base_prefix


def fingerprint(requirements):
    """Changes when the wanted packages, the Python or the place of the folder do."""
    digest = hashlib.sha256(("%s %s" % (sys.version, HERE)).encode())
    for name in ("requirements.txt", requirements):
        with open(os.path.join(HERE, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def stamp_of(requirements):
    return os.path.join(VENV, "." + requirements + ".sha256")


def is_installed(requirements):
    try:
        with open(stamp_of(requirements)) as file:
            return file.read() == fingerprint(requirements) and os.access(VENV_PYTHON, os.X_OK)
    except OSError:
        return False


def run_quietly(command, complaint, needed):
    """Run `command`; when it fails, show the end of what it said and one sentence."""
    done = subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode == 0:
        return
    said = done.stdout.decode("utf-8", "replace")
    if "No space left" in said or shutil.disk_usage(HERE).free < 20 * 1024 * 1024:
        stop(NO_ROOM.format(needed))
    sys.stderr.write("\n".join(said.strip().splitlines()[-5:]) + "\n")
    stop(complaint)


def make_venv(uv, needed):
    """An empty `.venv`, replacing a broken or moved one."""
    if uv:
        command = [uv, "venv", "--quiet", "--clear", "--seed", "--python", sys.executable, VENV]
    else:
        try:
            import ensurepip  # noqa: F401
            import venv  # noqa: F401
        except ImportError:
            stop(
                "Python's venv module is not installed: on Debian or Ubuntu run "
                "'sudo apt install python3-venv' and try again."
            )
        command = [sys.executable, "-m", "venv", "--clear", VENV]
    run_quietly(command, "The virtual environment in .venv could not be made.", needed)


def install(requirements):
    """Fill `.venv`; a fingerprint written last makes the next start quick."""
    needed = ROOM_NEEDED[requirements]
    if shutil.disk_usage(HERE).free < needed * 1024 * 1024:
        stop(NO_ROOM.format(needed))
    sys.stderr.write("Installing what the clinic needs into .venv (once, about a minute) ...\n")
    uv = shutil.which("uv")
    if not is_installed("requirements.txt"):
        make_venv(uv, needed)
    path = os.path.join(HERE, requirements)
    pip = [VENV_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", path]
    quick = [uv, "pip", "install", "--quiet", "--python", VENV_PYTHON, "-r", path]
    # uv does not read pip's configuration (mirrors, proxies): where it fails, pip may still succeed.
    if not uv or subprocess.run(quick, cwd=HERE, stderr=subprocess.DEVNULL).returncode != 0:
        run_quietly(pip, "The packages could not be installed: is this machine online? Run this again.", needed)
    for name in {"requirements.txt", requirements}:
        with open(stamp_of(name), "w") as file:
            file.write(fingerprint(name))


def bootstrap(command):
    """Start again inside `.venv`, made first if need be."""
    if sys.version_info < OLDEST:
        stop(
            "The clinic needs Python %d.%d or newer, this is %d.%d: install a newer one and run "
            "'python3.11 manage.py %s'." % (OLDEST + tuple(sys.version_info[:2]) + (command or "up",))
        )
    requirements = "requirements-dev.txt" if command in NEED_MORE else "requirements.txt"
    try:
        if not is_installed(requirements):
            install(requirements)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            stop(NO_ROOM.format(ROOM_NEEDED[requirements]))
        stop("The clinic cannot set itself up in %s: %s." % (HERE, error.strerror))
    sys.stderr.flush()
    os.execv(VENV_PYTHON, [VENV_PYTHON, os.path.join(HERE, "manage.py")] + sys.argv[1:])


def main():
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if os.name != "posix":
        stop("The clinic runs on Linux and macOS; on Windows use it inside WSL.")
    if needs_bootstrap():
        bootstrap(command)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ImportError:
        stop("This virtual environment lacks the clinic's packages: pip install -r requirements.txt")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as refusal:
        stop("The clinic does not start. %s" % refusal)


if __name__ == "__main__":
    main()
