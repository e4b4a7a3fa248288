"""What the commands share: who acts, which provider is meant, how answers are printed."""

import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from studio.models import Provider, ProviderModel
from studio.services.accounts import NoOwnerYet, acting_user


class StudioCommand(BaseCommand):
    """A command whose help shows an example and whose `--json` prints one document."""

    example = ""
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        kwargs |= {
            "epilog": f"Example:\n  {self.example}",
            "formatter_class": RawDescriptionHelpFormatter,
        }
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_common(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON document")
        parser.add_argument(
            "--as", dest="acting_as", default="", metavar="USER", help="act as this account"
        )

    def say(self, text: str) -> None:
        """Progress, to standard error: standard output is for the answer."""
        self.stderr.write(text, style_func=str)

    def answer(self, document: Any) -> None:
        self.stdout.write(json.dumps(document, indent=2, ensure_ascii=False))


def user_named(name: str) -> User:
    try:
        return acting_user(name)
    except NoOwnerYet as e:
        raise CommandError(str(e)) from e
    except User.DoesNotExist as e:
        raise CommandError(f"There is no active account named {name!r}.") from e


def provider_named(name: str) -> Provider:
    """The provider meant by a name or, where only one account has it, by an API's slug."""
    exact = Provider.objects.filter(name__iexact=name).first()
    if exact is not None:
        return exact
    of_api = list(Provider.objects.filter(adapter_slug=name))
    if len(of_api) == 1:
        return of_api[0]
    names = ", ".join(repr(n) for n in Provider.objects.values_list("name", flat=True)) or "none"
    raise CommandError(f"No provider is named {name!r}. There are: {names}.")


def model_named(provider: Provider, name: str) -> ProviderModel:
    """The provider's model by id or name; without a name, its first."""
    models = list(provider.models.filter(is_enabled=True))
    if not name and models:
        return models[0]
    for model in models:
        if name.lower() in {model.model_id.lower(), model.name.lower()}:
            return model
    known = ", ".join(model.model_id for model in models) or "none"
    raise CommandError(f"{provider.name} has no model {name!r}. It has: {known}.")


def pairs(texts: list[str], flag: str) -> dict[str, str]:
    """`KEY=VALUE` arguments as a dictionary."""
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not (key and equals):
            raise CommandError(f"{flag} {text!r}: write it as KEY=VALUE.")
        found[key] = value
    return found
