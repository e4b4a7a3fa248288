"""How storyboards are shown: moments of a clip, transitions, exports."""

from django import template
from django.utils.translation import gettext as _

from studio.models import Film, Shot
from studio.services.boards import moment_words
from studio.services.shots import names_of
from studio.services.timelines import Placed

register = template.Library()
register.filter("moment", moment_words)
register.filter("numbers", names_of)

JOIN_ICONS = {
    Shot.Transition.CUT: "scissors",
    Shot.Transition.DISSOLVE: "blend",
    Shot.Transition.BLACK: "contrast",
}
FILM_ICONS = {
    Film.State.QUEUED: "circle-dashed",
    Film.State.RENDERING: "loader-circle",
    Film.State.READY: "circle-check",
    Film.State.FAILED: "circle-x",
    Film.State.CANCELLED: "ban",
}


@register.filter
def tenths(seconds: float) -> str:
    """ "0:44.0": a length, to a tenth of a second."""
    tenth = round(seconds * 10)
    return f"{tenth // 600}:{tenth // 10 % 60:02d}.{tenth % 10}"


@register.filter
def plain(number: float) -> str:
    """ "0.8": as a field of numbers reads it, whatever the language."""
    return f"{number:.3f}".rstrip("0").rstrip(".")


@register.simple_tag
def join_kinds() -> list[str]:
    """Every transition."""
    return list(Shot.Transition.values)


@register.filter
def join_icon(kind: str) -> str:
    return JOIN_ICONS[Shot.Transition(kind)]


@register.filter
def join_word(kind: str) -> str:
    """What a transition is called."""
    words = {"cut": _("Cut"), "dissolve": _("Dissolve"), "black": _("Black")}
    return words[kind]


@register.filter
def join_words(placed: Placed) -> str:
    """How a shot goes over into the next one, with the length that is real."""
    word = join_word(placed.shot.transition)
    if not placed.joins:
        return word
    length = f"{placed.fit_s:.2f}".rstrip("0").rstrip(".")
    return _("%(transition)s, %(length)s s") % {"transition": word, "length": length}


@register.filter
def film_icon(state: str) -> str:
    return FILM_ICONS[Film.State(state)]


@register.filter
def film_word(film: Film) -> str:
    """The state of an export, in the viewer's language."""
    words = {
        Film.State.QUEUED: _("Queued"),
        Film.State.RENDERING: _("Rendering"),
        Film.State.READY: _("Ready"),
        Film.State.FAILED: _("Failed"),
        Film.State.CANCELLED: _("Cancelled"),
    }
    return words[Film.State(film.state)]
