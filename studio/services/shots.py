"""Shots that are still to be made: what they cost, making each of them once, and the chain from
the last picture of one to the first of the next.

A shot's `job` is what is being made for it. Only a guarded UPDATE puts it there, so two people who
press at once make one clip, and a clip that is ready goes to the shot that asked for it.
"""

import hashlib
import logging
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from studio.media.errors import MediaError
from studio.models import Asset, Board, Job, Shot
from studio.models.job_state import FINISHED
from studio.providers.contract import InputRole
from studio.services import again, boards, costs, frames, starting, timelines, wishes
from studio.services.drafts import Content, Draft
from studio.services.timelines import Placed, Timeline
from studio.services.wishes import Wish

logger = logging.getLogger(__name__)

FIRST = InputRole.FIRST_FRAME
CHAIN = (FIRST.value, "source", "made_as")
"""What a shot has of the one it follows."""


class _Taken(Exception):
    """Somebody else makes this shot already."""


# -- What is ready goes to its shot --------------------------------------------------------------


def settle(board: Board) -> None:
    """Bring a board up to date with the jobs made for it. Two queries when nothing has changed."""
    waiting = board.shots.filter(clip=None, job__isnull=False).exclude(job__state__in=_OPEN)
    for shot in waiting.select_related("job"):
        _take_over(shot)
    for shot in board.shots.filter(clip=None, follows__clip__isnull=False, job=None):
        take_first_frame(shot)


_OPEN = sorted(set(Job.State) - FINISHED)


def settle_clip(clip_id: uuid.UUID) -> None:
    """A clip is there: give it to the shots that wait for it."""
    for board in Board.objects.filter(shots__clip=None, shots__job__batch__in=_batches(clip_id)):
        settle(board)


def _batches(clip_id: uuid.UUID) -> QuerySet[Job, uuid.UUID]:
    return Job.objects.filter(video=clip_id).values_list("batch", flat=True)


def _take_over(shot: Shot) -> None:
    """The clip of its job, or of another take of the same press; else the job that a person sent
    again somewhere else."""
    if shot.job is None:
        return
    mine = Shot.objects.filter(pk=shot.pk, clip=None, job=shot.job)
    if (clip := takes_of(shot.job).first()) is not None:
        mine.update(clip=clip, trim_in_s=0.0, trim_out_s=None)
    elif (later := Job.objects.filter(batch=again.token_of(shot.job)).first()) is not None:
        mine.update(job=later)


def takes_of(job: Job | None) -> QuerySet[Asset]:
    """The clips that one press of the button made, in their order."""
    clips = Asset.objects.filter(kind=Asset.Kind.VIDEO, trashed_at=None, is_private=False)
    mine = clips.filter(job__batch=job.batch) if job else clips.none()
    return mine.select_related("job__provider_model").order_by("job__variant", "job__take")


def choose_take(shot: Shot, seen: str, by: User, key: uuid.UUID) -> None:
    """Another take of the same press for this shot; trims that it has no room for go.

    Raises boards.NotChanged, boards.BoardChanged.
    """
    clip = takes_of(shot.clip.job if shot.clip else None).filter(pk=key).first()
    if clip is None:
        raise boards.NotChanged(clip=_("This take is not there any more. Choose another one."))
    fits = shot.out_s <= (clip.duration_s or 0.0) or shot.trim_out_s is None
    columns = {} if fits else {"trim_in_s": 0.0, "trim_out_s": None}
    with boards.changing(shot.board, seen, by):
        Shot.objects.filter(pk=shot.pk).update(clip=clip, **columns)
        shot.refresh_from_db()
    renew_followers(shot)


# -- The chain -----------------------------------------------------------------------------------


def extend(shot: Shot, by: User) -> Shot:
    """A shot still to be made right behind this one, that begins with its last picture. While
    this one has no clip, the new one waits for it."""
    new = boards.insert_after(shot, by, follows=shot, content=_continued(shot, by))
    take_first_frame(new)
    return new


def _continued(shot: Shot, by: User) -> Content:
    """The same words and settings; its pictures and seed are its own."""
    job = shot.clip.job if shot.clip else None
    content = Draft.from_job(job).content if job else shot.content or usual_content(by)
    own = {role.value for role in InputRole} | {"seed", "takes", "source", "made_as", "shot"}
    return {name: texts for name, texts in content.items() if name not in own}


def take_first_frame(shot: Shot) -> None:
    """Put the last picture of the shot it follows into its first frame, as that one is trimmed
    now. A first frame that a person chose is left alone, and so is a shot that is made."""
    before = shot.follows
    if before is None or before.clip is None or not shot.is_missing:
        return
    end_s = before.out_s - 0.5 / timelines.fps_of(before.clip)
    at_s = round(max(before.trim_in_s, end_s), 3)
    key = timelines.first_frame_of(shot)
    there = Asset.objects.filter(pk=key).first() if key else None
    is_chosen = there is not None and there.kind != Asset.Kind.FRAME
    is_same = there is not None and there.parent_id == before.clip_id and there.at_s == at_s
    if is_chosen or is_same or timelines.is_live(shot):
        return
    try:
        frame = frames.frame_at(before.clip, at_s, before.clip.owner)
    except (MediaError, OSError) as e:
        logger.warning("Shot %s has no last picture: %s", before.pk, e)
        return
    content = {**shot.content, FIRST.value: [str(frame.pk)]}
    if before.clip.job_id:
        content |= {"source": [str(before.clip.job_id)], "made_as": [Job.MadeAs.EXTENSION.value]}
    Shot.objects.filter(pk=shot.pk, clip=None).update(content=content)
    shot.refresh_from_db()


def unchain(shot: Shot, seen: str, by: User) -> None:
    """It begins with something else. Raises boards.BoardChanged."""
    content = {name: texts for name, texts in shot.content.items() if name not in CHAIN}
    with boards.changing(shot.board, seen, by):
        Shot.objects.filter(pk=shot.pk, clip=None).update(follows=None, content=content)


def renew_followers(shot: Shot) -> None:
    """After its end has moved: those that begin with its last picture begin with the new one."""
    for follower in shot.followers.filter(clip=None).select_related("follows__clip__owner", "job"):
        take_first_frame(follower)


# -- Making what is missing ----------------------------------------------------------------------


@dataclass(frozen=True)
class Missing:
    """A shot without a clip: what would be asked for, or why that cannot be."""

    placed: Placed
    wish: Wish | None = None
    problem: str = ""
    waits_for: int | None = None
    """The number of the shot whose last picture it needs."""

    @property
    def shot(self) -> Shot:
        return self.placed.shot

    @property
    def can_be_made(self) -> bool:
        return self.wish is not None and not self.problem and self.waits_for is None

    @property
    def cost(self) -> costs.Cost:
        return costs.cost_of([self.wish] if self.wish else [])

    @property
    def is_free(self) -> bool:
        return self.wish is not None and self.wish.provider_model.provider.is_demo


@dataclass(frozen=True)
class Plan:
    """Everything that a board lacks, and what making it costs."""

    missing: Sequence[Missing]
    live: Sequence[Placed] = field(default_factory=tuple)

    @cached_property
    def ready(self) -> list[Missing]:
        """Those that can be made now."""
        return [each for each in self.missing if each.can_be_made]

    @property
    def waiting(self) -> list[Missing]:
        return [each for each in self.missing if each.waits_for is not None]

    @property
    def faulty(self) -> list[Missing]:
        return [each for each in self.missing if each.problem and each.waits_for is None]

    @property
    def cost(self) -> costs.Cost:
        return costs.cost_of(each.wish for each in self.ready if each.wish)

    @property
    def is_free(self) -> bool:
        return all(each.is_free for each in self.ready)

    @property
    def digest(self) -> str:
        """What a person was shown before the press: which shots, and what each of them is."""
        seen = [
            (each.shot.pk, each.shot.job_id, wish.provider_model.pk, wish.asked, wish.takes)
            for each in self.ready
            if (wish := each.wish)
        ]
        shown = repr((seen, self.cost.words))
        return hashlib.sha256(shown.encode()).hexdigest()[:16]


def plan_of(timeline: Timeline, user: User, only: int | None = None) -> Plan:
    """What is missing on a board, or just this one shot of it."""
    asked = [each for each in timeline.missing if only in (None, each.shot.pk)]
    missing = [_missing(each, timeline, user) for each in asked if not each.is_live]
    return Plan(missing, [each for each in asked if each.is_live])


def _missing(placed: Placed, timeline: Timeline, user: User) -> Missing:
    before = timeline.find(placed.shot.follows_id)
    if before is not None and before.shot.is_missing and not timelines.first_frame_of(placed.shot):
        return Missing(placed, waits_for=before.number)
    if before is not None and not timelines.first_frame_of(placed.shot):
        words = _("The last picture of shot %(number)s cannot be read. Choose a first frame.")
        return Missing(placed, problem=words % {"number": before.number})
    draft = draft_of(placed.shot, user)
    draft.check_prompt()
    if draft.model is None:
        return Missing(placed, problem=_("Choose a model for it."))
    if len(draft.models) > 1 or len(draft.prompts) > 1:
        words = _("A shot is one clip: leave it one model, and a prompt without variables.")
        return Missing(placed, problem=words)
    wish = draft.wish()
    problems = list({**draft.errors, **wishes.problems(wish)}.values())
    return Missing(placed, wish, problem=" ".join(map(str, problems[:1])))


def usual_content(user: User) -> Content:
    """What a new shot begins with: the model that this member used last."""
    draft = starting.with_model(user, Draft())
    draft.fit()
    return draft.content


def rewrite(shot: Shot, seen: str, by: User, given: Content) -> None:
    """Change what is to be made for it; what is not given stays. Raises boards.NotChanged,
    boards.BoardChanged."""
    if timelines.is_live(shot):
        raise boards.NotChanged(
            prompt=_("This shot is being made. Its words can be changed after.")
        )
    with boards.changing(shot.board, seen, by):
        content = {**shot.content, **given}
        Shot.objects.filter(pk=shot.pk, clip=None).update(content=content)


def draft_of(shot: Shot, user: User) -> Draft:
    """What is to be made for it, with what its model has no choice of filled in."""
    draft = Draft.from_content(shot.content, user)
    draft.fit()
    return draft


def make(plan: Plan, by: User, token: uuid.UUID) -> list[Job]:
    """Queue the clips of those that can be made now, each once: a shot that somebody else makes
    meanwhile is left out. Nothing is sent here. Raises wishes.Refused."""
    made: list[Job] = []
    for each in plan.ready:
        if each.wish is None:
            continue
        try:
            made += _make_one(each.shot, each.wish, by, token)
        except _Taken:
            continue
    return made


@transaction.atomic
def _make_one(shot: Shot, wish: Wish, by: User, token: uuid.UUID) -> list[Job]:
    """The job is there if, and only if, the shot has it."""
    if wish.stays_private:
        words = _("This shot is made from a private clip, and a storyboard is everybody's.")
        raise wishes.Refused({"prompt": words})
    batch = again.token_of(shot.job) if shot.job else uuid.uuid5(token, f"shot {shot.pk}")
    jobs = wishes.create(replace(wish, batch=batch), by)
    is_mine = Q(pk=shot.pk, clip=None, job=shot.job_id)
    if Shot.objects.filter(is_mine).update(job=jobs[0]) != 1:
        raise _Taken
    boards.touch(shot.board, by)
    return jobs


def names_of(placed: Iterable[Placed]) -> str:
    """ "2, 3 and 5": shots by their numbers."""
    numbers = [str(each.number) for each in placed]
    if len(numbers) < 2:
        return "".join(numbers)
    first, last = ", ".join(numbers[:-1]), numbers[-1]
    return _("%(first)s and %(last)s") % {"first": first, "last": last}
