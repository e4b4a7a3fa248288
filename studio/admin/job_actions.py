"""What an administrator does with the chosen jobs: services do it, this says what came of it."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import cast

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.text import get_text_list

from studio import tasks
from studio.admin import exports
from studio.models import Job
from studio.services import again, jobs, looking, several
from studio.services.jobs import NotPossible
from studio.services.providers import spent_words
from studio.services.several import Done

Act = Callable[[Job, User], str]
MOST_MESSAGES = 5


class JobActions(admin.ModelAdmin):
    """Each says how many jobs were done, and of the others why not."""

    actions = ("cancel", "send_again", "look_now", "go_on", "close", "as_csv", "as_json")

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Who may look may not act as well: what is done here can cost money."""
        return bool(request.user.has_perm("studio.change_job"))

    @admin.action(description="Cancel", permissions=["act"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        chosen = self._chosen(request, queryset)
        self._tell(request, several.do("cancel", chosen, _actor(request)))

    @admin.action(description="Send again, as new jobs that cost anew", permissions=["act"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponseBase | None:
        chosen = self._chosen(request, queryset)
        if chosen and "confirmed" not in request.POST:
            return self._ask(request, chosen)
        self._tell(request, _each(chosen, _actor(request), _send_again))
        return None

    @admin.action(description="Look now", permissions=["act"])
    def look_now(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._do(request, queryset, looking.look_now)

    @admin.action(description="Go on, or fetch again", permissions=["act"])
    def go_on(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._do(request, queryset, _go_on)

    @admin.action(description="Close unconfirmed as lost", permissions=["act"])
    def close(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        self._do(request, queryset, _close)

    @admin.action(description="Export as CSV")
    def as_csv(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponseBase:
        return exports.as_csv(self._exported(request, queryset))

    @admin.action(description="Export as JSON")
    def as_json(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponseBase:
        return exports.as_json(self._exported(request, queryset))

    # -- The chosen ones -----------------------------------------------------------------------

    def _do(self, request: HttpRequest, queryset: QuerySet[Job], act: Act) -> None:
        self._tell(request, _each(self._chosen(request, queryset), _actor(request), act))

    def _chosen(self, request: HttpRequest, queryset: QuerySet[Job]) -> list[Job]:
        """The jobs, oldest first; none where they are more than can be done in one go."""
        keys = list(queryset.values_list("pk", flat=True)[: several.MOST + 1])
        if len(keys) > several.MOST:
            told = f"At most {several.MOST} jobs at once. Nothing was changed."
            self.message_user(request, told, messages.ERROR)
            return []
        return sorted(
            several.chosen([str(key) for key in keys], _actor(request)), key=lambda job: job.pk
        )

    def _exported(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        if queryset.values("pk")[exports.MOST : exports.MOST + 1]:
            told = (
                f"The file holds the newest {exports.MOST:,} of them. "
                "Narrow the list by days for the others."
            )
            self.message_user(request, told, messages.WARNING)
        return queryset

    def _ask(self, request: HttpRequest, chosen: Sequence[Job]) -> TemplateResponse:
        """What sending these again costs, before it is done."""
        sums = [spent_words(money) for money in several.price_again(chosen)]
        price = f"about {get_text_list(sums, 'and')}" if sums else "a price that is not known"
        context = {
            **self.admin_site.each_context(request),
            "title": "Send again?",
            "told": f"Jobs that came to nothing are made anew, as new jobs, for {price}. "
            "Others stay as they are.",
            "verb": "Send again",
            "way_back": "Back, without sending",
            "opts": self.opts,
            "jobs": chosen,
            "checkbox": ACTION_CHECKBOX_NAME,
            "media": self.media,
        }
        return TemplateResponse(request, "admin/studio/job/send_again.html", context)

    def _tell(self, request: HttpRequest, done: Done) -> None:
        """Ring the worker, and say what came of it."""
        fetches = sum(job.state == Job.State.FETCHING for job in done.changed)
        tasks.ring_for({job.provider_id for job in done.changed}, fetches=fetches)
        for words, count in Counter(done.words).most_common(MOST_MESSAGES):
            self.message_user(request, f"{_counted(count)}: {words}", messages.SUCCESS)
        for words, count in Counter(done.refusals).most_common(MOST_MESSAGES):
            told = f"{_counted(count)} not changed: {words}"
            self.message_user(request, told, messages.ERROR)


def _actor(request: HttpRequest) -> User:
    return cast(User, request.user)


def _counted(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"


def _each(chosen: Sequence[Job], actor: User, act: Act) -> Done:
    """Do it with one after the other; what is not possible stops nothing."""
    done = Done()
    for job in chosen:
        try:
            done.words.append(act(job, actor))
        except NotPossible as e:
            done.refusals.append(str(e))
        else:
            done.changed.append(job)
    return done


def _send_again(job: Job, actor: User) -> str:
    """Once: asked for a second time, the service would point to the same new job."""
    if Job.objects.filter(batch=again.token_of(job)).exists():
        raise NotPossible("It was sent again already. Nothing was sent.")
    again.ask_again(job, actor)
    return "Sent again: its new job is in the queue."


def _go_on(job: Job, actor: User) -> str:
    """Answer its question with a yes; where it ended without a file, ask the provider again."""
    return jobs.go_on(job, actor) if job.question else jobs.follow_again(job, actor)


def _close(job: Job, actor: User) -> str:
    jobs.close_as_lost(job, actor)
    return "Closed as lost. It may have been charged."
