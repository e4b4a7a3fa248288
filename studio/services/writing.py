"""What a member has written: the draft that is kept for them, and the prompts they sent last."""

import uuid
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Max
from django.utils import timezone

from studio.models import Board, Job, SavedDraft, Shot
from studio.providers.contract import InputRole
from studio.services.drafts import FORM, LIST_PREFIX, SENT, Content

SHOWN_RECENT = 40
WRITTEN = {"prompt", "negative_prompt", *(role.value for role in InputRole)}


def kept(user: User) -> SavedDraft:
    """This member's draft; an empty one if there is none yet."""
    return SavedDraft.objects.filter(owner=user).first() or SavedDraft(owner=user)


def autosave(user: User, content: Content) -> None:
    """Remember what a page sends by itself. One that another form took the place of meanwhile is
    late: what it sends is the earlier draft, and nothing of either is lost."""
    draft = kept(user)
    if content.get(FORM) == draft.content.get(FORM):
        keep(user, content)
    elif is_unsent(content):
        SavedDraft.objects.filter(owner=user).update(earlier_content=content)


def keep(user: User, content: Content, *, is_sent: bool = False) -> None:
    """Remember what stands in the form."""
    before = kept(user).content
    mark = {FORM: before[FORM]} if FORM in before else {}
    marked = mark | content | ({SENT: ["1"]} if is_sent else {})
    SavedDraft.objects.update_or_create(
        owner=user, defaults={"content": marked, "saved_at": timezone.now()}
    )


@transaction.atomic
def keep_over(user: User, content: Content) -> None:
    """Remember a form that was opened over another one. What was written there and not sent can
    be brought back."""
    draft = kept(user)
    if is_unsent(draft.content) and _written(draft.content) != _written(content):
        draft.earlier_content = draft.content
    draft.content = content | {FORM: [uuid.uuid4().hex]}
    draft.saved_at = timezone.now()
    draft.save()


@transaction.atomic
def bring_back(user: User) -> bool:
    """Change the draft for the earlier one; what stood there becomes the earlier one. False if
    there is none."""
    draft = kept(user)
    if not draft.earlier_content:
        return False
    current = draft.content if is_unsent(draft.content) else {}
    draft.content, draft.earlier_content = draft.earlier_content, current
    draft.saved_at = timezone.now()
    draft.save()
    return True


def clear(user: User) -> None:
    """Start with an empty form; the models stay chosen."""
    models = kept(user).content.get("provider_model", [])
    keep_over(user, {"provider_model": models} if models else {})


def _written(content: Content) -> Content:
    return {name: texts for name, texts in content.items() if name != FORM}


def is_unsent(content: Content) -> bool:
    """True if somebody wrote this or gave pictures to it, and has not sent it as it is."""
    if SENT in content:
        return False
    return any(
        texts and any(texts)
        for name, texts in content.items()
        if name in WRITTEN or name.startswith(LIST_PREFIX)
    )


def keep_for_shot(user: User, shot: Shot, content: Content) -> None:
    """Remember a form as what this storyboard shot is to be; its board counts as changed."""
    Shot.objects.filter(pk=shot.pk).update(content=_written(content))
    Board.objects.filter(pk=shot.board_id).update(changed_at=timezone.now(), changed_by=user)


@dataclass(frozen=True, slots=True)
class RecentPrompt:
    """A prompt that was sent, with the last job made of it."""

    job: Job
    times: int


def recent_prompts(user: User, words: str = "") -> list[RecentPrompt]:
    """This member's own last prompts, each once, the newest first."""
    mine = Job.objects.filter(owner=user)
    for word in words.split():
        mine = mine.filter(prompt__icontains=word)
    last = mine.values("prompt").annotate(last=Max("pk"), times=Count("pk")).order_by("-last")
    rows = list(last[:SHOWN_RECENT])
    jobs = Job.objects.select_related("provider", "provider_model", "video").prefetch_related(
        "video__derived"
    )
    found = jobs.in_bulk([row["last"] for row in rows])
    return [RecentPrompt(found[row["last"]], row["times"]) for row in rows]
