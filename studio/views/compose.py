"""Compose: the home page, its live settings, and uploads into its wells."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studio import tasks
from studio.media.errors import MediaError
from studio.models import Asset, Heartbeat, Job, ProviderModel
from studio.providers.contract import InputRole
from studio.services import assets, wishes
from studio.services.drafts import IMAGE_ROLES, Draft, uuid_of
from studio.views.activity import activity_context
from studio.views.requests import member

FILE_SUFFIX = "_file"


@require_http_methods(["GET", "POST"])
def compose(request: HttpRequest) -> HttpResponse:
    """The form, and what became of its last press."""
    if request.method == "GET":
        draft = _started(request)
        draft.fit()
        return _page(request, draft)
    draft = _posted(request)
    if "refresh" in request.POST:
        draft.fit()
        return _page(request, draft)
    return _send(request, draft)


def _send(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Queue the clips, or show every problem at its field with nothing lost."""
    if draft.model is None:
        draft.errors["provider_model"] = "Choose a model first."
    if not draft.errors:
        try:
            made = wishes.create(draft.wish(), member(request))
        except wishes.Refused as refused:
            draft.errors |= refused.problems
        else:
            transaction.on_commit(lambda: tasks.ring(made))
            messages.success(request, _queued_words(made))
            return redirect(f"{request.path}?remix={made[0].pk}")
    return _page(request, draft, status=422)


def _queued_words(made: Sequence[Job]) -> str:
    takes = "1 clip is" if len(made) == 1 else f"{len(made)} takes are"
    return f"{takes} in the queue at {made[0].provider.name}."


@require_GET
def options(request: HttpRequest) -> HttpResponse:
    """The settings row for what stands in the form now; the page includes the same fragment."""
    draft = _draft(request, request.GET)
    draft.errors.clear()
    draft.fit()
    return render(request, "compose/_options.html", _context(draft) | {"is_swap": True})


@require_POST
def upload_image(request: HttpRequest) -> HttpResponse:
    """Store one picture and answer with its filled well; 422 with the reason if it is none."""
    role = request.POST.get("role", "")
    file = request.FILES.get("file")
    if role not in {each.value for each in IMAGE_ROLES} or file is None:
        return render(request, "compose/_refused.html", {"reason": "No file came."}, status=422)
    try:
        asset = assets.store_image(file, owner=member(request), name=file.name or "")
    except MediaError as e:
        return render(request, "compose/_refused.html", {"reason": e.message}, status=422)
    return render(request, "compose/_picture.html", {"role": role, "asset": asset})


def _started(request: HttpRequest) -> Draft:
    """An empty form, or one filled from a job (`remix`) or with a picture (`first_frame`)."""
    user = member(request)
    number = request.GET.get("remix", "")
    job = _job(number) if number.isdigit() and len(number) < 18 else None
    draft = Draft.from_job(job) if job else Draft()
    for role in IMAGE_ROLES:
        key = uuid_of(request.GET.get(role.value, ""))
        picture = _pictures(user, [key] if key else []).get(key) if key else None
        if picture is not None:
            draft.inputs[role] = [picture]
    usable = ProviderModel.objects.usable()
    if draft.model is None or not usable.filter(pk=draft.model.pk).exists():
        draft.model = _last_model(user) or usable.order_by("provider__is_demo", "pk").first()
    return draft


def _job(number: str) -> Job | None:
    return Job.objects.for_cards().filter(pk=int(number)).first()


def _last_model(user: User) -> ProviderModel | None:
    """What this member used last is most likely wanted again."""
    last = user.jobs.order_by("-created_at").first()
    return ProviderModel.objects.usable().filter(jobs=last).first() if last else None


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
    if (cleared := request.POST.get("clear", "")) and uuid_of(cleared):
        for role, given in draft.inputs.items():
            draft.inputs[role] = [asset for asset in given if str(asset.pk) != cleared]
    return draft


def _draft(request: HttpRequest, data: QueryDict) -> Draft:
    keys = [uuid_of(text) for role in InputRole for text in data.getlist(role.value)]
    return Draft.from_data(data, _pictures(member(request), [key for key in keys if key]))


def _pictures(user: User, keys: Sequence[uuid.UUID]) -> dict[uuid.UUID, Asset]:
    """Those of these files that the member may see."""
    return {asset.pk: asset for asset in assets.visible_to(user).filter(pk__in=keys)}


def _context(draft: Draft) -> dict[str, Any]:
    context: dict[str, Any] = {"draft": draft, "able": draft.capabilities}
    context["models"] = ProviderModel.objects.usable().order_by("provider__name", "position")
    if draft.model is not None:
        wish = draft.wish()
        context["cost"] = wishes.estimate(wish)
        context["cost_each"] = wishes.estimate(replace(wish, takes=1))
    return context


def _page(request: HttpRequest, draft: Draft, status: int = 200) -> HttpResponse:
    context = _context(draft) | activity_context()
    context["worker_is_alive"] = Heartbeat.is_alive(tasks.WORKER)
    return render(request, "compose/page.html", context, status=status)
