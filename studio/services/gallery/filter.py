"""A view of the gallery as it stands in an address, so that it can be shared.

What an address says and the studio does not know is left out and told, never an error.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from studio.models import Asset, Job
from studio.services.gallery import terms
from studio.services.gallery.choices import Choices
from studio.services.gallery.order import NEWEST, SORTS, TIME_SORTS
from studio.services.gallery.terms import JOB_STATES, READY, STATES, TRASH

MOST_CHARS = 200
MOST_TAGS = 8
Reader = Callable[[str, Choices], Any]


def _one_of(known: Mapping[str, Any] | tuple[str, ...]) -> Reader:
    return lambda text, choices: text if text in known else None


def _key_in(name: str) -> Reader:
    return lambda text, choices: _key(text) if _key(text) in getattr(choices, name) else None


def _key(text: str) -> int:
    """0, which is nothing's key, for what is no number."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


def _stars(text: str, choices: Choices) -> int | None:
    return _key(text) if 0 < _key(text) <= terms.MOST_STARS else None


READERS: dict[str, Reader] = {
    "q": lambda text, choices: " ".join(text.split())[:MOST_CHARS],
    "favourites": lambda text, choices: True if text == "1" else None,
    "member": lambda text, choices: text if text in choices.members else None,
    "provider": _key_in("providers"),
    "model": _key_in("models"),
    "ratio": _one_of(terms.RATIOS_BY_NAME),
    "length": _one_of(terms.LENGTHS_BY_NAME),
    "sound": _one_of(terms.YES_NO),
    "images": _one_of(terms.YES_NO),
    "rating": _stars,
    "collection": _key_in("collections"),
    "state": _one_of(STATES),
    "sort": _one_of(SORTS),
}
"""Each word of an address: its value, or None for one that says nothing."""
NAMES: dict[str, str | Promise] = {
    "favourites": gettext_lazy("favourites"),
    "member": gettext_lazy("member"),
    "provider": gettext_lazy("provider"),
    "model": gettext_lazy("model"),
    "ratio": gettext_lazy("ratio"),
    "length": gettext_lazy("length"),
    "sound": gettext_lazy("sound"),
    "images": gettext_lazy("pictures"),
    "rating": gettext_lazy("stars"),
    "collection": gettext_lazy("collection"),
    "state": gettext_lazy("state"),
    "sort": gettext_lazy("order"),
    "tag": gettext_lazy("tag"),
}
OF_CLIPS_ALONE = ("favourites", "rating", "collection", "tag")
"""What only a finished clip can have."""
NEED_CHOICES = frozenset({"member", "provider", "model", "collection", "tag"})


@dataclass(frozen=True, slots=True)
class Filter:
    """Which clips, and in which order. Falsy: not asked for."""

    q: str = ""
    favourites: bool = False
    member: str = ""
    provider: int = 0
    model: int = 0
    ratio: str = ""
    length: str = ""
    sound: str = ""
    images: str = ""
    rating: int = 0
    collection: int = 0
    tag: tuple[str, ...] = ()
    state: str = READY
    sort: str = NEWEST
    ignored: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    """What the address said and the studio does not know: names and values."""

    # -- From an address and back --------------------------------------------------------------

    @classmethod
    def from_query(cls, query: QueryDict, known: Choices | User) -> "Filter":
        """The view that an address names. For a member, what there is to choose from is read
        where the address needs it."""
        if isinstance(known, Choices):
            choices = known
        else:
            choices = Choices.load(known) if NEED_CHOICES & set(query) else Choices()
        read: dict[str, Any] = {}
        ignored = []
        for name, reader in READERS.items():
            text = query.get(name, "").replace("\0", "").strip()
            value = reader(text, choices) if text else None
            if value:
                read[name] = value
            elif text:
                ignored.append((name, text))
        tags = [tag for text in query.getlist("tag") if (tag := text.strip())]
        read["tag"] = tuple(dict.fromkeys(t for t in tags if t in choices.tags))[:MOST_TAGS]
        ignored += [("tag", tag) for tag in tags if tag not in read["tag"]]
        return cls(**read, ignored=tuple(ignored))._fit()

    def _fit(self) -> "Filter":
        """Without what this state cannot have: jobs have neither stars nor collections."""
        if not self.is_of_jobs:
            return self
        left_out = [(name, "") for name in OF_CLIPS_ALONE if getattr(self, name)]
        left_out += [("sort", self.sort)] if self.sort not in TIME_SORTS else []
        bare: dict[str, Any] = {name: getattr(_NOTHING, name) for name, _value in left_out}
        return replace(self, **bare, ignored=(*self.ignored, *left_out))

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Names and values that say this view in an address."""
        said: list[tuple[str, str]] = []
        for name in READERS:
            value = getattr(self, name)
            if value and value != getattr(_NOTHING, name):
                said.append((name, "1" if value is True else str(value)))
        return said + [("tag", tag) for tag in self.tag]

    @property
    def query(self) -> str:
        """The view as it stands in an address, always written the same way."""
        return urlencode(self.pairs, safe=":")

    def but(self, **changes: Any) -> "Filter":
        """The same view with other values."""
        return replace(self, **changes, ignored=())

    @property
    def cleared(self) -> "Filter":
        """Nothing but the state and the order."""
        return Filter(state=self.state, sort=self.sort)

    # -- What it says of itself ----------------------------------------------------------------

    @property
    def is_of_jobs(self) -> bool:
        """True for views of what is no clip, or none yet."""
        return self.state in JOB_STATES

    @property
    def is_trash(self) -> bool:
        return self.state == TRASH

    @property
    def is_narrow(self) -> bool:
        """True where clips of this state may be left out."""
        return self != self.cleared

    @property
    def has_days(self) -> bool:
        """True where the order is that of time."""
        return self.sort in TIME_SORTS

    @property
    def sort_words(self) -> str:
        """The order, in a word or two."""
        return str(SORTS[self.sort].words)

    @property
    def count(self) -> int:
        """How many filters are on."""
        return len(self.pairs) - len(self.cleared.pairs)

    @property
    def ignored_words(self) -> str:
        """What was left out of the address, as a sentence; "" for nothing."""
        if not self.ignored:
            return ""
        said = [
            f"{NAMES[name]} “{text[:40]}”" if text else str(NAMES[name])
            for name, text in self.ignored
        ]
        return _(
            "Left out of this view, because it does not fit or is not known here: %(what)s."
        ) % {"what": ", ".join(said)}

    # -- What it finds ---------------------------------------------------------------------------

    def apply(self, assets: QuerySet[Asset]) -> QuerySet[Asset]:
        """Of these, the clips that the view shows; each at most once. Whether they are in the
        trash is the caller's to ask."""
        found = assets.filter(self._clips())
        for tag in self.tag:
            tagged = Asset.tags.through.objects.filter(tag__name=tag)
            found = found.filter(pk__in=tagged.values("asset_id"))
        return found

    def _clips(self) -> Q:
        asked = self._common(terms.of_clip, way="job__", member="owner__username", job="job_id")
        asked &= terms.shape(self.ratio) if self.ratio else Q()
        asked &= Q(is_favourite=True) if self.favourites else Q()
        asked &= Q(rating__gte=self.rating) if self.rating else Q()
        asked &= Q(collection_items__collection=self.collection) if self.collection else Q()
        return asked

    def apply_to_jobs(self, jobs: QuerySet[Job]) -> QuerySet[Job]:
        """Of these, the jobs that the view shows; only for views of jobs."""
        asked = self._common(terms.of_job, way="", member="owner__username", job="pk")
        asked &= Q(aspect_ratio=self.ratio) if self.ratio else Q()
        return jobs.filter(asked, state__in=JOB_STATES[self.state])

    def _common(self, of_word: Callable[[str], Q], *, way: str, member: str, job: str) -> Q:
        asked = Q()
        for word in self.q.split():
            asked &= of_word(word)
        asked &= Q(**{member: self.member}) if self.member else Q()
        asked &= Q(**{f"{way}provider": self.provider}) if self.provider else Q()
        asked &= Q(**{f"{way}provider_model": self.model}) if self.model else Q()
        asked &= terms.length(self.length) if self.length else Q()
        asked &= Q(has_sound=self.sound == "1") if self.sound else Q()
        asked &= terms.with_images(self.images == "1", job) if self.images else Q()
        return asked


_NOTHING = Filter()
