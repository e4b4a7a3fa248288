"""What a person can do with a job: cancel, stop following, answer its question, settle it."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from studio.models import Job
from studio.providers import client
from studio.providers.errors import ProviderError
from studio.services import timing
from studio.services.engine.submit import without_free


class NotPossible(Exception):
    """The job is not in a state in which this can be done; the text says why."""


def _state(job: Job) -> dict[str, str]:
    return {"state": job.get_state_display().lower()}


def cancel(job: Job, actor: User) -> str:
    """Cancel as far as that is possible now; returns what was done, in words.

    Raises NotPossible when it is too late, or the API has no cancelling.
    """
    with transaction.atomic():
        # As it is now: a send in between changes what is true about money.
        job.refresh_from_db()
        if job.state == Job.State.QUEUED:
            return _cancel_here(job, actor)
    if job.is_finished:
        raise NotPossible(_("This clip is already %(state)s.") % _state(job))
    if job.state not in {Job.State.WAITING, Job.State.GENERATING}:
        raise NotPossible(
            _("This clip is %(state)s right now and cannot be cancelled. Try again in a moment.")
            % _state(job)
        )
    return _cancel_there(job, actor)


def _cancel_here(job: Job, actor: User) -> str:
    """Take a job out of the queue; where an earlier send may have been accepted, that is no
    plain cancelling."""
    if job.unclear_since is None:
        job.cancel("Cancelled. Nothing was charged.", actor=actor)
        return _("Cancelled before it was sent. Nothing was charged.")
    told = (
        f"You stopped this clip after a send that {job.provider.name} had not answered clearly. "
        "It may have been accepted and charged. Look at the provider's own page, then say what "
        "you found."
    )
    job.doubt(told, actor=actor)
    return told


def _cancel_there(job: Job, actor: User) -> str:
    adapter = job.provider.adapter
    if adapter.build_cancel is None:
        raise NotPossible(
            _(
                "%(name)s cannot cancel a clip once it was sent. It goes on there and will be "
                "charged. Dailies fetches it when it is ready, unless you stop following it."
            )
            % {"name": job.provider.name}
        )
    try:
        client.send(job.provider.account, adapter.build_cancel(job.remote_id, job.provider.options))
    except ProviderError as e:
        named = {"name": job.provider.name, "why": without_free(e.message)}
        raise NotPossible(_("%(name)s did not cancel it. %(why)s") % named) from e
    note = " ".join(("Cancelling at the provider.", adapter.cancel_note)).strip()
    Job.objects.filter(pk=job.pk).update(
        cancel_asked_at=timezone.now(), next_look_at=timezone.now(), changed_at=timezone.now()
    )
    job.events.create(message=note, actor=actor)
    return note


STOPPABLE = (Job.State.WAITING, Job.State.GENERATING, Job.State.FETCHING)


def stop_following(job: Job, actor: User) -> str:
    """Ask the provider no more about this clip. It is no cancelling: it goes on there."""
    there = (
        f"It is made at {job.provider.name} and most likely charged"
        if job.state == Job.State.FETCHING
        else f"It goes on at {job.provider.name} and will most likely be charged"
    )
    told = (
        f"No longer followed. {there}; Dailies does not fetch it. While the provider keeps it, it "
        "can be followed again."
    )
    if not job.cancel(told, actor=actor, allowed=STOPPABLE):
        raise NotPossible(
            _("This clip is %(state)s; there is nothing to stop following.") % _state(job)
        )
    return told


def follow_again(job: Job, actor: User) -> str:
    """Ask the provider once more about a clip that ended here without a file."""
    deadline_at = timing.deadline_of(job.provider.adapter.pacing)
    if not job.follow_again(actor=actor, deadline_at=deadline_at):
        raise NotPossible(
            _(
                "Only a clip that the provider has an id for, and that is not here, can be "
                "followed again."
            )
        )
    named = {"name": job.provider.name}
    return _("Dailies asks %(name)s about this clip again. That costs nothing.") % named


def go_on(job: Job, actor: User) -> str:
    """A person answered the question that a job asked: go on as before."""
    deadline_at = timing.deadline_of(job.provider.adapter.pacing)
    if not job.go_on(actor=actor, deadline_at=deadline_at):
        raise NotPossible(_("This clip asks nothing any more."))
    return _("It goes on.")


def give_up(job: Job, actor: User) -> str:
    """A person gives up a job that was set aside."""
    with transaction.atomic():
        job.refresh_from_db()
        if not job.is_set_aside:
            raise NotPossible(_("Only a clip that was set aside can be given up."))
        never = "It was never sent. Nothing was charged."
        told = f"Given up by hand. {'It may have been charged.' if job.sent_at else never}"
        job.fail(told, actor=actor)
    return told


def attach(job: Job, remote_id: str, actor: User) -> None:
    """A person found the unconfirmed job at the provider: follow it from now on."""
    taken = Job.objects.filter(provider=job.provider, remote_id=remote_id).exclude(pk=job.pk)
    if not remote_id or taken.exists():
        raise NotPossible(
            _("Give the provider's own id of this clip; that one is empty or in use.")
        )
    if job.state != Job.State.UNCONFIRMED:
        raise NotPossible(_("Only an unconfirmed clip can be attached to a provider's id."))
    job.keep_receipt(remote_id)
    job.accept(actor=actor, deadline_at=timing.deadline_of(job.provider.adapter.pacing))


def send_again(job: Job, actor: User) -> None:
    """A person found that the unconfirmed job never ran: send it once more."""
    if not job.requeue("Sent again by hand: it never ran at the provider", actor=actor):
        raise NotPossible(_("Only an unconfirmed clip can be sent again."))


def close_as_lost(job: Job, actor: User) -> None:
    """A person gives an unconfirmed job up."""
    with transaction.atomic():
        # A receipt may have come in between; then it is followed, and not lost at all.
        job.refresh_from_db()
        if job.state != Job.State.UNCONFIRMED:
            raise NotPossible(_("Only an unconfirmed clip can be closed as lost."))
        job.fail("Closed by hand as lost. It may have been charged.", actor=actor)
