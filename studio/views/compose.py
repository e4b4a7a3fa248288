"""Compose: the home page, and the parts of it that follow what stands in the form."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from studio import tasks
from studio.media.errors import MediaError
from studio.models import Heartbeat, Job, ProviderModel, Role
from studio.services import assets, budgets, members, offers, providers, starting, wishes, writing
from studio.services.composing import Composing
from studio.services.drafts import FORM, IMAGE_ROLES, Draft, content_of, uuid_of
from studio.views.activity import activity_context
from studio.views.requests import member

FILE_SUFFIX = "_file"
STASH = "unsent_form"
STASH_MAX_CHARS = 100_000


@login_not_required
@require_http_methods(["GET", "POST"])
def compose(request: HttpRequest) -> HttpResponse:
    """The form, and what became of its last press. Sees to its login itself: a form that is
    pressed after the session has ended is kept until its member has signed in again."""
    if not request.user.is_authenticated:
        return _signed_out(request)
    if not members.may(request.user, Role.CREATOR):
        return redirect("studio:gallery")
    if request.method == "GET":
        _take_stash(request)
        draft = starting.begun(member(request), request.GET, keeps=not _is_prefetch(request))
        draft.fit()
        return _page(request, draft)
    draft = _posted(request)
    if request.POST.keys() & {"refresh", "clear", "drop"}:
        draft.fit()
        writing.keep(member(request), draft.content)
        return _page(request, draft)
    return _send(request, draft)


# -- Sending -----------------------------------------------------------------------------------


def _send(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Queue the clips, or show every problem at its field with nothing lost."""
    user = member(request)
    if not draft.models:
        draft.errors["provider_model"] = _("Choose a model first.")
    draft.check_prompt()
    form = _composing(draft, user)
    is_told = not form.told or form.told == draft.told
    if draft.errors or not is_told:
        writing.keep(user, draft.content)
        return _page(request, draft, status=422, asks_again=not is_told)
    try:
        made = wishes.create_all(form.asked, user)
    except wishes.Refused as refused:
        draft.errors |= refused.problems
        writing.keep(user, draft.content)
        return _page(request, draft, status=422)
    writing.keep(user, draft.content, is_sent=True)
    transaction.on_commit(lambda: tasks.ring(made))
    messages.success(request, _queued_words(made))
    return redirect("studio:compose")


def _queued_words(made: Sequence[Job]) -> str:
    names = sorted({job.provider.name for job in made})
    words = ngettext(
        "%(count)s clip is in the queue at %(providers)s.",
        "%(count)s clips are in the queue at %(providers)s.",
        len(made),
    )
    return words % {"count": len(made), "providers": ", ".join(names)}


# -- Signed out --------------------------------------------------------------------------------


def _signed_out(request: HttpRequest) -> HttpResponse:
    """Ask for the login; a pressed form waits in the session, and nothing is sent."""
    if request.method != "POST":
        return redirect_to_login(request.get_full_path())
    content = content_of(request.POST)
    if sum(len(text) for texts in content.values() for text in texts) <= STASH_MAX_CHARS:
        request.session[STASH] = {"member": request.POST.get("member", ""), "content": content}
    return redirect_to_login(reverse("studio:compose"))


def _take_stash(request: HttpRequest) -> None:
    """After the login: the form that was pressed without one, if it is this member's."""
    stash = request.session.pop(STASH, None)
    if stash and stash["member"] == str(member(request).pk):
        writing.keep(member(request), stash["content"])
        words = _("You had been signed out, so nothing was sent. Your form is here as it was.")
        messages.warning(request, words)


def _is_prefetch(request: HttpRequest) -> bool:
    """True where a browser or script only looks ahead: nothing is written then."""
    return "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))


# -- What follows the form ---------------------------------------------------------------------


@require_POST
def options(request: HttpRequest) -> HttpResponse:
    """The settings, cost and hints for what stands in the form now."""
    draft = _draft(request, request.POST)
    draft.errors.clear()
    draft.notes.clear()
    draft.fit()
    draft.check_prompt()
    # Values that are not listed yet are no mistake while one types.
    draft.errors = {name: words for name, words in draft.errors.items() if name == "prompt"}
    return render(
        request, "compose/_options.html", _context(draft, member(request)) | {"is_swap": True}
    )


@require_POST
def models(request: HttpRequest) -> HttpResponse:
    """Every model with what it can do of what stands in the form, its usual time and price."""
    draft = _draft(request, request.POST)
    found = offers.offers(draft, _usable(member(request)), with_times=True)
    context = {"offers": found, "draft": draft, "asked_words": offers.asked_words(draft)}
    return render(request, "compose/_offers.html", context)


# -- Reading the form --------------------------------------------------------------------------


def _posted(request: HttpRequest) -> Draft:
    """The posted form; pictures sent as plain files are stored first, so they are not lost."""
    draft = _draft(request, request.POST)
    for role in IMAGE_ROLES:
        for file in request.FILES.getlist(role.value + FILE_SUFFIX):
            try:
                stored = assets.store_image(file, owner=member(request), name=file.name or "")
            except MediaError as e:
                draft.errors[role.value] = e.message
            else:
                draft.inputs[role] = [*draft.inputs.get(role, []), stored]
    if uuid_of(cleared := request.POST.get("clear", "")):
        for role, given in draft.inputs.items():
            draft.inputs[role] = [asset for asset in given if str(asset.pk) != cleared]
    if cleared == "source":
        draft.source, draft.made_as = None, ""
    dropped = request.POST.get("drop", "")
    draft.models = [model for model in draft.models if str(model.pk) != dropped]
    return draft


def _draft(request: HttpRequest, data: QueryDict) -> Draft:
    return Draft.from_data(data, member(request))


def _usable(user: User) -> list[ProviderModel]:
    return list(providers.usable_by(user).order_by("provider__name", "position"))


def _composing(draft: Draft, user: User) -> Composing:
    return Composing(draft, _usable(user))


def _context(draft: Draft, user: User) -> dict[str, Any]:
    form = _composing(draft, user)
    return {
        "draft": draft,
        "form": form,
        "able": form.able,
        "models": form.models,
        "most_takes": wishes.MOST_TAKES,
        "budget": budgets.tightest(user, {model.provider for model in draft.models}),
    }


def _page(
    request: HttpRequest, draft: Draft, status: int = 200, *, asks_again: bool = False
) -> HttpResponse:
    context = _context(draft, member(request)) | activity_context(member(request))
    context["asks_again"] = asks_again
    context["asked_words"] = offers.asked_words(draft)
    kept = writing.kept(member(request))
    context["earlier"] = kept.earlier_content
    context["form_mark"] = "".join(kept.content.get(FORM, []))
    context["shot"] = starting.shot_of(str(draft.shot or ""))
    context["worker_is_alive"] = Heartbeat.is_alive(tasks.WORKER)
    return render(request, "compose/page.html", context, status=status)
