"""Who and what a clip was made by: members, accounts at hosted APIs, and models."""

from django.contrib.auth.models import User

from studio.models import Provider, ProviderModel
from studio.providers import registry
from studio.services import providers
from studio.services.rebuild.folder import Found

NOBODY = "rebuilt"


class People:
    """Members by name. New ones cannot sign in until somebody gives them a password."""

    def __init__(self, owner: User | None) -> None:
        self._owner = owner
        self.made: list[str] = []

    def named(self, name: str) -> User:
        """The member of this name; whoever is to own everything, where that was asked for."""
        if self._owner is not None:
            return self._owner
        return self._get(name) if name else self.anybody()

    def anybody(self) -> User:
        """Whom things belong to of which no owner is known."""
        if self._owner is not None:
            return self._owner
        return User.objects.filter(is_superuser=True).order_by("pk").first() or self._get(NOBODY)

    def _get(self, name: str) -> User:
        user, is_new = User.objects.get_or_create(
            username=name[:150], defaults={"is_active": False}
        )
        if is_new:
            user.set_unusable_password()
            user.save(update_fields=["password"])
            self.made.append(user.username)
        return user


class Accounts:
    """Accounts and models by what documents call them. New ones have no key and are off."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def model_of(self, clip: Found) -> ProviderModel | None:
        """The model that a clip was made with; None where its API is not spoken any more."""
        slug = clip.text("api")
        if slug not in registry.ADAPTERS:
            return None
        account = self._account(slug, clip)
        model_id = clip.text("model")
        name = clip.text("model_name") or model_id
        defaults = {"name": name[:120], "is_enabled": False}
        return ProviderModel.objects.get_or_create(
            provider=account, model_id=model_id[:120], defaults=defaults
        )[0]

    def _account(self, slug: str, clip: Found) -> Provider:
        name = (clip.text("provider") or registry.get(slug).name)[:80]
        known = Provider.objects.filter(adapter_slug=slug, name=name).first()
        return known or self._add(slug, name, is_demo=_is_demo(clip, name))

    def _add(self, slug: str, name: str, *, is_demo: bool) -> Provider:
        if Provider.objects.filter(name=name).exists():
            # Another API's account has it by now.
            name = f"{name[:70]} ({slug})"
            if known := Provider.objects.filter(adapter_slug=slug, name=name).first():
                return known
        account = providers.add(slug, name=name, is_demo=is_demo)
        Provider.objects.filter(pk=account.pk).update(is_enabled=False)
        self.made.append(name)
        return account


def _is_demo(clip: Found, name: str) -> bool:
    """Documents of format 1 say it by the name alone."""
    said = clip.document.get("is_demo")
    return said if isinstance(said, bool) else name.endswith("(demo)")
