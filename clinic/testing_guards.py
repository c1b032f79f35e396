"""Pytest plugin: what may not happen during a test run, and how a browser is found.

No test reaches another machine. Tests marked `browser` are left out where there is no Chromium; in CI nothing may be
left out at all: there a skip is a failure.
"""

from __future__ import annotations

import gc
import os
import shutil
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC_BROWSER = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def in_ci() -> bool:
    """Is this a run in which nothing may be skipped?"""
    return any(os.environ.get(name, "").lower() in {"1", "true"} for name in ("CI", "CLINIC_CI"))


def find_browser() -> str | None:
    """Chromium or Chrome on this machine; CLINIC_CHROMIUM names another one."""
    named = os.environ.get("CLINIC_CHROMIUM") or next(filter(None, map(shutil.which, _BROWSERS)), None)
    return named or (_MAC_BROWSER if os.path.exists(_MAC_BROWSER) else None)


class NetworkBlocked(RuntimeError):
    """A test tried to reach another machine."""


def _is_near(host: Any) -> bool:
    near = {"localhost", "127.0.0.1", "::1", "", None, "0.0.0.0", socket.gethostname()}
    near |= {urlsplit(os.environ.get(name, "")).hostname for name in ("DATABASE_URL", "REDIS_URL")}
    text = host.decode() if isinstance(host, bytes) else host
    return text in near or (isinstance(text, str) and text.startswith("127."))


def _block_network() -> None:
    connect, connect_ex, lookup = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(address: Any) -> None:
        if isinstance(address, tuple) and not _is_near(address[0]):
            raise NetworkBlocked(f"tests must not reach {address[0]}")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        check(address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        check(address)
        return connect_ex(self, address)

    def guarded_lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        check((host,))
        return lookup(host, *args, **kwargs)

    socket.socket.connect = guarded_connect  # type: ignore[method-assign,assignment]
    socket.socket.connect_ex = guarded_connect_ex  # type: ignore[method-assign,assignment]
    socket.getaddrinfo = guarded_lookup


def pytest_configure(config: pytest.Config) -> None:
    """Before anything is imported that could open a connection."""
    _block_network()
    # The browser's driver keeps an event loop running in this thread; Django would refuse the database beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browser tests come last, and only where there is a browser; in a run of several processes, files stay whole."""
    is_shared = config.getoption("dist", "no") != "no"
    # With several processes the longest must begin first, or all would wait for it in the end.
    items.sort(key=lambda item: (item.get_closest_marker("browser") is not None) != is_shared)
    for item in items:
        kind = next((name for name in ("browser", "slow") if item.get_closest_marker(name)), None)
        item.add_marker(pytest.mark.xdist_group(kind or str(item.path)))
        if kind == "browser" and find_browser() is None:
            item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the collector need not look at it again for each of thousands of tests."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test fails the run."""
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and in_ci() and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line("Nothing may be skipped in CI.", red=True)


def browser_launch() -> dict[str, Any]:
    """How to start the machine's own Chromium; as root it runs only without its sandbox."""
    arguments = ["--disable-dev-shm-usage", "--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    return {"executable_path": find_browser(), "args": arguments}
