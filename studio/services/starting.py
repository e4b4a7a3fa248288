"""How a compose form begins: as it was left, or as an address asks for it.

`?remix=JOB`, `?retake=JOB`, `?again=JOB`, `?extend=CLIP`, `?preset=ID`, `?prompt_of=JOB` fill it
anew; `?first_frame=ASSET`, `?last_frame=`, `?reference=` put a picture into it; `?shot=ID` opens
the draft of a storyboard shot.
"""

from collections.abc import Callable

from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils.translation import gettext as _

from studio.models import Asset, Job, ProviderModel, Shot
from studio.providers.contract import InputRole
from studio.services import assets, frames, presets, prompts, providers, seeing, writing
from studio.services.drafts import IMAGE_ROLES, Draft, number_of, uuid_of


def begun(user: User, asked: QueryDict, *, keeps: bool = True) -> Draft:
    """The form for this address. What was written before and not sent is kept as the earlier
    draft wherever another one takes its place; without `keeps` nothing is written at all."""
    if (shot := shot_of(asked.get("shot", ""))) is not None:
        return with_model(user, _of_shot(user, shot))
    filled = _filled(user, asked)
    draft = filled or Draft.from_content(writing.kept(user).content, user)
    is_changed = _put_pictures(user, asked, draft)
    draft = with_model(user, draft)
    if not keeps:
        return draft
    if filled is not None:
        writing.keep_over(user, draft.content)
    elif is_changed:
        writing.keep(user, draft.content)
    return draft


def with_model(user: User, draft: Draft) -> Draft:
    """A draft without a usable model gets the one that this member used last."""
    usable = providers.usable_by(user)
    known = set(usable.filter(pk__in=[m.pk for m in draft.models]).values_list("pk", flat=True))
    if draft.models and not known:
        draft.notes.append(_("The model that stood here cannot be chosen any more."))
    draft.models = [model for model in draft.models if model.pk in known]
    if not draft.models and (model := _last_model(user)):
        draft.models = [model]
    return draft


def _last_model(user: User) -> ProviderModel | None:
    usable = providers.usable_by(user)
    last = user.jobs.order_by("-created_at").first()
    used = usable.filter(jobs=last).first() if last else None
    return used or usable.order_by("provider__is_demo", "pk").first()


def shot_of(text: str) -> Shot | None:
    """The storyboard shot of this number."""
    key = number_of(text)
    return Shot.objects.select_related("board").filter(pk=key).first() if key else None


def _of_shot(user: User, shot: Shot) -> Draft:
    draft = Draft.from_content(shot.content, user)
    draft.shot = shot.pk
    return draft


# -- What an address fills the form with -------------------------------------------------------


def _filled(user: User, asked: QueryDict) -> Draft | None:
    for name, fill in FILLS.items():
        if name in asked:
            return fill(user, asked.get(name, ""))
    return None


def _of_job(user: User, text: str) -> tuple[Draft, Job] | None:
    key = number_of(text)
    job = seeing.jobs(user).for_cards().filter(pk=key).first() if key else None
    return (Draft.from_job(job), job) if job else None


def _remix(user: User, text: str) -> Draft | None:
    if (found := _of_job(user, text)) is None:
        return None
    draft, job = found
    draft.source, draft.made_as = job, Job.MadeAs.REMIX
    return draft


def _retake(user: User, text: str) -> Draft | None:
    if (found := _of_job(user, text)) is None:
        return None
    draft, job = found
    draft.source, draft.made_as, draft.seed = job, Job.MadeAs.RETAKE, None
    return draft


def _again(user: User, text: str) -> Draft | None:
    """The same settings, for another clip that comes of nothing."""
    found = _of_job(user, text)
    return found[0] if found else None


def _prompt_of(user: User, text: str) -> Draft | None:
    """What stands in the form, with the words of a job."""
    if (found := _of_job(user, text)) is None:
        return None
    draft = Draft.from_content(writing.kept(user).content, user)
    draft.prompt = found[1].prompt
    draft.is_plain, draft.lists = prompts.needs_escape(draft.prompt), {}
    return draft


def _extend(user: User, text: str) -> Draft | None:
    """The next clip: it begins with the last picture of this one."""
    key = uuid_of(text)
    clips = assets.visible_to(user).filter(kind=Asset.Kind.VIDEO)
    clip = clips.prefetch_related("derived").filter(pk=key).first() if key else None
    if clip is None:
        return None
    job = Job.objects.filter(video=clip).first() or clip.job
    found = _of_job(user, str(job.pk)) if job else None
    draft = found[0] if found else Draft()
    draft.source, draft.made_as = (job, Job.MadeAs.EXTENSION) if job else (None, "")
    draft.seed, draft.inputs = None, {InputRole.FIRST_FRAME: [_last_frame(clip, user)]}
    return draft


def _last_frame(clip: Asset, user: User) -> Asset:
    made = (asset for asset in clip.derived.all() if asset.kind == Asset.Kind.LAST_FRAME)
    return next(made, None) or frames.frame_at(clip, clip.duration_s or 0.0, user)


def _preset(user: User, text: str) -> Draft | None:
    key = number_of(text)
    preset = presets.visible_to(user).filter(pk=key).first() if key else None
    if preset is None:
        return None
    return Draft.from_content(presets.used_over(preset, writing.kept(user).content), user)


FILLS: dict[str, Callable[[User, str], Draft | None]] = {
    "remix": _remix,
    "retake": _retake,
    "again": _again,
    "extend": _extend,
    "preset": _preset,
    "prompt_of": _prompt_of,
}


# -- Pictures ----------------------------------------------------------------------------------


def _put_pictures(user: User, asked: QueryDict, draft: Draft) -> bool:
    """Put the pictures that the address names into their wells; True if there was one."""
    pictures = assets.visible_to(user).filter(mime_type__startswith="image/")
    is_changed = False
    for role in IMAGE_ROLES:
        keys = [key for text in asked.getlist(role.value) if (key := uuid_of(text))]
        found = [pictures.filter(pk=key).first() for key in keys]
        given = [picture for picture in found if picture is not None]
        if not given:
            continue
        is_changed = True
        kept = draft.inputs.get(role, []) if role is InputRole.REFERENCE else []
        draft.inputs[role] = [*kept, *(each for each in given if each not in kept)]
    return is_changed
