"""`manage.py up`: the whole studio, started by one command."""

import asyncio
import fcntl
import io
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

from studio import logs, mdns
from studio.management import greeting
from studio.management.cli import StudioCommand
from studio.management.greeting import Door
from studio.services import accounts, health, house, providers
from studio.services.backup import (
    BackupProblem,
    refuse_half_restored,
    refuse_newer,
    require_readable,
)
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
            self._door = Door(settings.HOST or house.chosen_host())
            connections.close_all()
            self._require_free_ports()
            self._run()
            self._tell("Stopped.")
        lock.close()

    def _run(self) -> None:
        """Everything runs, and the LAN knows its name, until Ctrl+C."""
        self._sign = _sign(self._door)
        supervisor = Supervisor(_services(self._door.host), self._tell, _pass_on)
        try:
            asyncio.run(supervisor.run(self._welcome, lambda: _answers(self._door.near_host)))
        finally:
            if self._sign:
                self._sign.take_down()

    def _tell(self, text: str) -> None:
        _pass_on("studio", text)

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
        said = io.StringIO()
        call_command("check", verbosity=0, stdout=said, stderr=said)
        for line in said.getvalue().splitlines():
            self._tell(line)
        self._refuse(refuse_newer)
        call_command("migrate", verbosity=0, interactive=False)
        self._refuse(require_readable)
        self._make_admin()
        health.mark(self._tell)
        call_command("collectstatic", verbosity=0, interactive=False)
        if settings.DEMO_PROVIDER:
            providers.register_demo_accounts(f"http://127.0.0.1:{settings.DEMO_PORT}")
        providers.switch_demo(settings.DEMO_PROVIDER)
        connections.close_all()

    def _make_admin(self) -> None:
        try:
            admin = accounts.create_admin()
        except accounts.BadAdmin as e:
            raise CommandError(f"{e} No account was made.") from e
        if admin:
            self._tell(f"The owner's account {admin.get_username()} was made, as ADMIN_USER says.")

    def _require_free_ports(self) -> None:
        wanted = [("PORT", self._door.host, settings.PORT)]
        if settings.DEMO_PROVIDER:
            wanted.append(("DEMO_PORT", "127.0.0.1", settings.DEMO_PORT))
        for name, host, port in wanted:
            if not _is_free(host, port):
                raise CommandError(
                    f"Port {port} is in use by another program. Set {name} to a free one, "
                    f"for example: {name}={port + 1} make run"
                )

    def _welcome(self) -> None:
        problem = self._sign.put_up() if self._sign else ""
        told = self._sign.host if self._sign and not problem else ""
        lines = greeting.lines(self._door, accounts.setup_link(), told)
        if problem:
            lines.append(f"  Note: {problem}")
        if settings.DEMO_PROVIDER:
            lines.append("  The demo provider is on: it makes real clips and costs nothing.")
        if not settings.SQLITE_IS_WAL_SAFE:
            lines.append("  Note: this SQLite is older than 3.51.3; the slower journal is used.")
        if settings.LOG_FORMAT != logs.JSON:
            lines += greeting.qr_code(self._door)
        lines += ["  Stop with Ctrl+C.", ""]
        if settings.LOG_FORMAT == logs.JSON:
            lines = [logs.as_event("studio", line.strip()) for line in lines if line]
        print("\n".join(lines), flush=True)


def _pass_on(process: str, line: str) -> None:
    print(logs.passed_on(process, line, settings.LOG_FORMAT), flush=True)


def _services(host: str) -> list[Service]:
    web = [sys.executable, "-m", "granian", "--interface", "asgi", "--workers", "1"]
    web += ["--host", host, "--port", str(settings.PORT), "--no-ws"]
    if settings.TLS_CERT:
        web += ["--ssl-certificate", settings.TLS_CERT, "--ssl-keyfile", settings.TLS_KEY]
    web += ["--log-level", "warning", "studio.asgi:application"]
    services = [
        # Which names it answers to depends on where it listens.
        Service("web", web, env={"HOST": host}),
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


def _sign(door: Door) -> mdns.Sign | None:
    """What tells the studio's name on the LAN, unless it is switched off or nobody is let in."""
    if not settings.MDNS_NAME or not door.lan_addresses:
        return None
    path, is_tls = f"{settings.SUB_PATH}/", bool(settings.TLS_CERT)
    return mdns.Sign(
        settings.MDNS_NAME, door.lan_addresses, settings.PORT, path=path, is_tls=is_tls
    )


def _answers(host: str) -> bool:
    try:
        with socket.create_connection((host, settings.PORT), timeout=1):
            return True
    except OSError:
        return False
