"""Providers: the accounts at hosted APIs, guided through and tested, without the admin panel."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studio import tasks
from studio.models import Provider
from studio.provider_forms import ProviderForm
from studio.providers import registry
from studio.providers.errors import ProviderError
from studio.providers.guides import GUIDES
from studio.services import provider_cards, providers
from studio.services.provider_cards import Tested
from studio.services.words import said
from studio.views.requests import is_part, member, way_back


@never_cache
@require_GET
def provider_list(request: HttpRequest) -> HttpResponse:
    cards = provider_cards.cards(provider_cards.every_account())
    return render(request, "providers/list.html", {"cards": cards})


# -- Adding --------------------------------------------------------------------------------------


@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """Which API the new account is at."""
    apis = [(adapter, GUIDES[adapter.slug]) for adapter in registry.ADAPTERS.values()]
    return render(request, "providers/choose.html", {"apis": apis})


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """The guided form of one API. The new account is kept and tested at once."""
    if slug not in registry.ADAPTERS:
        raise Http404
    form = ProviderForm(Provider(adapter_slug=slug), request.POST or None)
    if request.method == "POST" and form.is_valid():
        provider = form.save(commit=False)
        providers.keep_new(provider)
        messages.success(request, _("%(name)s is added.") % {"name": provider.name})
        _tell(request, provider_cards.ask(provider))
        return redirect("studio:provider", provider.pk)
    context = {"form": form, "adapter": registry.get(slug), "guide": GUIDES[slug]}
    return render(request, "providers/add.html", context, status=422 if form.errors else 200)


# -- One account ---------------------------------------------------------------------------------


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def provider(request: HttpRequest, pk: int) -> HttpResponse:
    """All of one account; POST saves the form. A new key or address is tested at once."""
    form = ProviderForm(get_object_or_404(Provider, pk=pk), request.POST or None)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        _tell_of_change(request, form, saved)
        return redirect("studio:provider", pk)
    [card] = provider_cards.cards(provider_cards.every_account().filter(pk=pk))
    context = {"form": form, "card": card, "provider": card.provider, "guide": card.guide}
    return render(request, "providers/provider.html", context, status=422 if form.errors else 200)


def _tell_of_change(request: HttpRequest, form: ProviderForm, saved: Provider) -> None:
    named = {"name": saved.name}
    messages.success(request, _("%(name)s is saved.") % named)
    if form.is_key_cleared:
        words = _(
            "The address of %(name)s has changed, so its key and secret options were removed: they "
            "were typed for the old one. Give the key for the new address."
        )
        messages.warning(request, words % named)
    elif form.changes_connection:
        _tell(request, provider_cards.ask(saved))
    # Its limits may have grown: what waits may go.
    tasks.ring_for([saved.pk])


@require_POST
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the API for balance and models. A script puts the answer beside what is being typed."""
    found = get_object_or_404(Provider, pk=pk)
    tested = provider_cards.ask(found)
    if not is_part(request):
        _tell(request, tested)
        return _back(request, pk)
    [card] = provider_cards.cards(provider_cards.every_account().filter(pk=pk))
    context = {"tested": tested, "card": card, "is_swap": True}
    return render(request, "providers/_tested.html", context)


def _tell(request: HttpRequest, tested: Tested) -> None:
    level = messages.SUCCESS if tested.is_well else messages.ERROR
    messages.add_message(request, level, tested.words)


def _back(request: HttpRequest, pk: int) -> HttpResponse:
    return redirect(way_back(request, reverse("studio:provider", args=[pk])))


@require_POST
def refresh(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the API's list of models, or the built-in one where it has none."""
    found = get_object_or_404(Provider, pk=pk)
    try:
        count = providers.refresh_catalogue(found)
    except ProviderError as e:
        words = _("The models stay as they were. %(why)s") % {"why": said(e.message)}
        messages.error(request, words)
        return _back(request, pk)
    read = ngettext(
        "%(count)s model was read. Nothing was charged.",
        "%(count)s models were read. Nothing was charged.",
        count,
    )
    messages.success(request, read % {"count": count})
    return _back(request, pk)


@require_POST
def models(request: HttpRequest, pk: int) -> HttpResponse:
    """Offer the ticked models, and those of the page that are not ticked no more."""
    found = get_object_or_404(Provider, pk=pk)
    changed = providers.switch_models(found, _numbers(request, "shown"), _numbers(request, "model"))
    words = ngettext("%(count)s model changed.", "%(count)s models changed.", changed)
    messages.success(request, words % {"count": changed})
    return _back(request, pk)


def _numbers(request: HttpRequest, name: str) -> set[int]:
    given = request.POST.getlist(name)
    return {int(text) for text in given if text.isdecimal() and len(text) < 18}


# -- Pausing, switching, removing ----------------------------------------------------------------


@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Provider, pk=pk)
    providers.pause(found, member(request), request.POST.get("reason", ""))
    words = _(
        "%(name)s is paused. What is there already is still fetched; what waits goes on waiting, "
        "and nothing is charged for it."
    )
    messages.success(request, words % {"name": found.name})
    return _back(request, pk)


@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the queue of a provider go on that is paused, or that did not answer."""
    found = get_object_or_404(Provider, pk=pk)
    providers.resume(found)
    tasks.ring_for([pk])
    messages.success(request, _("%(name)s is tried again now.") % {"name": found.name})
    return redirect(way_back(request, reverse("studio:queue")))


@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Offer it to members, or not."""
    found, to = get_object_or_404(Provider, pk=pk), request.POST.get("to")
    if to not in {"on", "off"}:
        messages.error(request, _("Say on or off. Nothing was changed."))
        return _back(request, pk)
    providers.switch(found, is_on=to == "on")
    if found.is_enabled:
        tasks.ring_for([pk])
        words = _("%(name)s is offered again.")
    else:
        words = _("%(name)s is switched off. Clips and history stay; what waits goes on waiting.")
    messages.success(request, words % {"name": found.name})
    return _back(request, pk)


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an account away that was never used."""
    found = get_object_or_404(Provider, pk=pk)
    try:
        providers.remove(found)
    except providers.CannotRemove as e:
        messages.error(request, str(e))
        return _back(request, pk)
    messages.success(request, _("%(name)s is removed, with its key.") % {"name": found.name})
    return redirect("studio:providers")
