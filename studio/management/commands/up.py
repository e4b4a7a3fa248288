"""`manage.py up`: the whole studio, started by one command."""

import asyncio
import fcntl
import socket
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections

from studio.management.cli import StudioCommand
from studio.services import accounts, health, providers
from studio.services.backup import BackupProblem, refuse_half_restored, require_readable
from studio.supervisor import Service, Supervisor

MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]


class Command(StudioCommand):
    help = (
        "Start web server, worker and (unless DEMO_PROVIDER is off) the demo provider, and keep "
        "them running until Ctrl+C."
    )
    example = "HOST=0.0.0.0 PORT=8000 manage.py up"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--prepare-only", action="store_true", help="migrate and collect files, then end"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        lock = self._lock()
        self._refuse(refuse_half_restored)
        self._prepare()
        if not options["prepare_only"]:
            self._require_free_ports()
            supervisor = Supervisor(_services(), self._tell)
            asyncio.run(supervisor.run(self._welcome, _answers))
            self._tell("Stopped.")
        lock.close()

    def _tell(self, text: str) -> None:
        print(f"studio | {text}", flush=True)

    def _lock(self) -> IO[str]:
        """Held as long as this process lives: two studios on one data folder would fight."""
        lock = Path(settings.DATA_DIR / "up.lock").open("w")  # noqa: SIM115 - held on purpose
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as e:
            raise CommandError(
                f"A studio is already running on {settings.DATA_DIR}. Stop it first, or set "
                "DATA_DIR to another folder."
            ) from e
        return lock

    def _refuse(self, unless: Callable[[], None]) -> None:
        """End here with the words of what is wrong with the data folder."""
        try:
            unless()
        except BackupProblem as e:
            raise CommandError(str(e)) from e

    def _prepare(self) -> None:
        self._tell("Preparing the database and the pages...")
        call_command("check", verbosity=0)
        call_command("migrate", verbosity=0, interactive=False)
        self._refuse(require_readable)
        health.mark(self._tell)
        call_command("collectstatic", verbosity=0, interactive=False)
        if settings.DEMO_PROVIDER:
            providers.register_demo_accounts(f"http://127.0.0.1:{settings.DEMO_PORT}")
        providers.switch_demo(settings.DEMO_PROVIDER)
        connections.close_all()

    def _require_free_ports(self) -> None:
        wanted = [("PORT", settings.HOST, settings.PORT)]
        if settings.DEMO_PROVIDER:
            wanted.append(("DEMO_PORT", "127.0.0.1", settings.DEMO_PORT))
        for name, host, port in wanted:
            if not _is_free(host, port):
                raise CommandError(
                    f"Port {port} is in use by another program. Set {name} to a free one, "
                    f"for example: {name}={port + 1} make run"
                )

    def _welcome(self) -> None:
        link = accounts.setup_link()
        addresses = [f"http://{host}:{settings.PORT}" for host in _shown_hosts()]
        lines = ["", "Dailies is running."]
        lines += [f"  Open    {address}/" for address in addresses]
        if settings.PUBLIC_URL:
            lines.append(f"  Public  {settings.PUBLIC_URL}/")
        if link:
            lines += ["  First time? Create the owner's account with this link (it works once):"]
            lines.append(f"  Set up  {addresses[0]}{link}")
        if settings.DEMO_PROVIDER:
            lines.append("  The demo provider is on: it makes real clips and costs nothing.")
        if not settings.SQLITE_IS_WAL_SAFE:
            lines.append("  Note: this SQLite is older than 3.51.3; the slower journal is used.")
        lines += ["  Stop with Ctrl+C.", ""]
        print("\n".join(lines), flush=True)


def _services() -> list[Service]:
    web = [sys.executable, "-m", "granian", "--interface", "asgi", "--workers", "1"]
    web += ["--host", settings.HOST, "--port", str(settings.PORT), "--no-ws"]
    web += ["--log-level", "warning", "studio.asgi:application"]
    services = [
        Service("web", web),
        Service("worker", [*MANAGE, "work"]),
    ]
    if settings.DEMO_PROVIDER:
        demo = [*MANAGE, "demo_provider", "--port", str(settings.DEMO_PORT)]
        demo += ["--state-dir", str(settings.DATA_DIR / "demo")]
        services.insert(0, Service("demo", demo))
    return services


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _shown_hosts() -> list[str]:
    """Addresses a person can type: this machine's, and on the LAN the others' way in."""
    if not settings.LISTENS_ON_LAN:
        return [settings.HOST]
    return ["127.0.0.1", *(n for n in settings.LAN_NAMES if n[0].isdigit() and n[:4] != "127.")]


def _answers() -> bool:
    host = settings.HOST if not settings.LISTENS_ON_LAN else "127.0.0.1"
    try:
        with socket.create_connection((host, settings.PORT), timeout=1):
            return True
    except OSError:
        return False
