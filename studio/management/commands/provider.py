"""`manage.py provider add|list|check|remove`: the accounts at hosted APIs."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import IntegrityError

from studio.management.cli import StudioCommand, pairs, provider_named
from studio.models import Provider
from studio.providers import registry
from studio.providers.errors import ProviderError
from studio.services import providers
from studio.services.export import provider_document
from studio.services.providers import CannotRemove, spent_words


class Command(StudioCommand):
    help = "Add, list, check or remove accounts at hosted video APIs."
    example = (
        'printf %s "$GETIMG_API_KEY" | manage.py provider add getimg --name Team --api-key-stdin'
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        add = actions.add_parser("add", help="add an account", epilog=f"Example: {self.example}")
        add.add_argument("slug", choices=sorted(registry.ADAPTERS), help="which API")
        add.add_argument("--name", required=True, help="how the studio calls it")
        add.add_argument("--base-url", default="", help="default: the API's own address")
        add.add_argument(
            "--api-key-stdin", action="store_true", help="read the API key from standard input"
        )
        add.add_argument(
            "--option", action="append", default=[], metavar="KEY=VALUE", help="may be repeated"
        )
        add.add_argument(
            "--option-file",
            action="append",
            default=[],
            metavar="KEY=FILE",
            help="an option whose value stands in a file: a secret that no list of processes shows",
        )
        self.add_common(add)
        shown = actions.add_parser(
            "list", help="list the accounts", epilog="Example: manage.py provider list --json"
        )
        self.add_common(shown)
        for action, text in (
            ("check", "call the API (free): key, balance, models"),
            ("remove", "remove an account that was never used"),
        ):
            sub = actions.add_parser(
                action, help=text, epilog=f"Example: manage.py provider {action} Team"
            )
            sub.add_argument("name", help="the account's name")
            self.add_common(sub)

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['action']}")(options)

    def _add(self, options: dict[str, Any]) -> None:
        key = sys.stdin.readline().strip() if options["api_key_stdin"] else ""
        if options["api_key_stdin"] and not key:
            raise CommandError("No key came on standard input. Nothing was added.")
        try:
            provider = providers.add(
                options["slug"],
                name=options["name"],
                base_url=options["base_url"],
                api_key=key,
                options=pairs(options["option"], "--option") | _from_files(options["option_file"]),
            )
        except ProviderError as e:
            raise CommandError(e.message) from e
        except IntegrityError as e:
            raise CommandError(f"A provider named {options['name']!r} exists already.") from e
        self._show(provider, options, f"Added {provider.name}.")

    def _list(self, options: dict[str, Any]) -> None:
        found = Provider.objects.prefetch_related("models")
        if options["json"]:
            self.answer({"providers": [provider_document(provider) for provider in found]})
            return
        for provider in found:
            self.stdout.write(self._line(provider))
        if not found:
            self.say("No provider yet. Add one with: manage.py provider add")

    def _check(self, options: dict[str, Any]) -> None:
        provider = provider_named(options["name"])
        try:
            money = providers.check(provider)
        except ProviderError as e:
            if options["json"]:
                self.answer({"error": e.message, "provider": provider_document(provider)})
                raise SystemExit(1) from e
            raise CommandError(e.message) from e
        balance = f" Balance {spent_words(money)}." if money else ""
        self._show(provider, options, f"{provider.name} answers.{balance} Nothing was charged.")

    def _remove(self, options: dict[str, Any]) -> None:
        provider = provider_named(options["name"])
        try:
            providers.remove(provider)
        except CannotRemove as e:
            raise CommandError(str(e)) from e
        if options["json"]:
            self.answer({"removed": options["name"]})
            return
        self.stdout.write(f"Removed {options['name']}.")

    def _show(self, provider: Provider, options: dict[str, Any], text: str) -> None:
        if options["json"]:
            self.answer({"provider": provider_document(provider)})
        else:
            self.stdout.write(text)

    def _line(self, provider: Provider) -> str:
        models = ", ".join(model.model_id for model in provider.models.all() if model.is_enabled)
        return (
            f"{provider.name} [{provider.adapter_slug}] {provider.base_url} "
            f"key {provider.masked_key} {provider.get_health_display()}: {models}"
        )


def _from_files(texts: list[str]) -> dict[str, str]:
    """Options whose values stand in files."""
    try:
        return {
            name: Path(path).read_text().strip()
            for name, path in pairs(texts, "--option-file").items()
        }
    except (OSError, UnicodeDecodeError) as e:
        raise CommandError(f"--option-file: {e}. Nothing was added.") from e
