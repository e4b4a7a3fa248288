"""What happens to every request and answer: it gets a number; passwords are checked one by one; a
proxy may say who asks; only those whose role is enough get in; the answer is sent compressed, it
tells what just happened also where only a part of a page was asked for, and a browser may fetch the
next page a moment early."""

import secrets
import threading
import unicodedata
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import RemoteUserMiddleware
from django.contrib.messages import get_messages
from django.core.exceptions import MiddlewareNotUsed, PermissionDenied
from django.core.signals import request_finished
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.template.loader import render_to_string
from django.templatetags.static import static
from structlog.contextvars import bind_contextvars, clear_contextvars

from studio.addresses import client_address, is_trusted
from studio.services import access, members

Answer = Callable[[HttpRequest], HttpResponseBase]
TOASTS = "components/_toasts_swap.html"
RULES = "foresight.rules"
WORTH_COMPRESSING = ("text/", "application/json", "application/manifest+json")
NUMBER_HEADER = "X-Request-ID"
GUESS_FIELDS = {"username", "password"}
GUESS_LOCKS = 64


class Numbered:
    """Each request has a number of ours, which stands in its answer and behind every event of it
    in the log, with the address and who asked. One that a client sends along proves nothing."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        number = secrets.token_hex(8)
        clear_contextvars()
        bind_contextvars(request_id=number, path=request.path)
        response = self._get_response(request)
        response[NUMBER_HEADER] = number
        return response

    def process_view(
        self, request: HttpRequest, view: Answer, args: tuple[Any], kwargs: dict[str, Any]
    ) -> None:
        # Whether a login is needed has to be found out now in any case.
        if getattr(view, "login_required", True) and request.user.is_authenticated:
            bind_contextvars(user_id=request.user.pk)


@receiver(request_finished)
def _forget(**_signal: object) -> None:
    """The thread goes on to somebody else's request. Not sooner: Django tells of a refusal when
    the answer has left all of this behind."""
    clear_contextvars()


def one_guess_at_a_time(get_response: Answer) -> Answer:
    """A password is checked for one name from one address at a time: between the question whether
    they are locked out and the note of a failure there is room for as many guesses as there are
    threads. Others may share the lock by chance, and wait for the time of one check."""
    locks = [threading.Lock() for _ in range(GUESS_LOCKS)]

    def answer(request: HttpRequest) -> HttpResponseBase:
        if request.method != "POST" or not request.POST.keys() >= GUESS_FIELDS:
            return get_response(request)
        # As the forms do, which take several ways of writing for one name.
        name = unicodedata.normalize("NFKC", request.POST["username"]).strip()
        with locks[hash((name, client_address(request))) % GUESS_LOCKS]:
            return get_response(request)

    return answer


class TrustedProxy(RemoteUserMiddleware):
    """Believes a proxy who it is that asks, if the request comes from that proxy itself.

    Anybody can send the header, so from elsewhere it is not read at all. Two names in it mean that
    somebody sent one along which the proxy did not take out: then nobody is believed.
    """

    def __init__(self, get_response: Answer) -> None:
        if not settings.PROXY_USER_HEADER:
            raise MiddlewareNotUsed
        super().__init__(get_response)

    @property
    def header(self) -> str:  # type: ignore[override]
        return "HTTP_" + settings.PROXY_USER_HEADER.upper().replace("-", "_")

    def process_request(self, request: HttpRequest) -> None:
        is_ours = is_trusted(request.META.get("REMOTE_ADDR", ""))
        if not is_ours or "," in request.META.get(self.header, ""):
            request.META.pop(self.header, None)
        super().process_request(request)


class Roles:
    """No view runs for somebody whose role is not enough for its address; see services.access.

    Who is not signed in is sent to the login by Django's own middleware, which comes before.
    """

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Answer, args: tuple[Any], kwargs: dict[str, Any]
    ) -> None:
        match = request.resolver_match
        if match is None or match.namespace != "studio" or not request.user.is_authenticated:
            return
        try:
            role = access.needed(match.url_name or "", request.method or "")
        except KeyError:
            raise PermissionDenied(f"{match.url_name} has no row in services.access") from None
        if role is not None and not members.may(request.user, role):
            raise PermissionDenied


def without_nul(get_response: Answer) -> Answer:
    """Leaves out the character that PostgreSQL cannot keep: nobody sees it or types it."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        for name in ("GET", "POST"):
            setattr(request, name, _cleaned(getattr(request, name)))
        return get_response(request)

    return answer


def _cleaned(fields: QueryDict) -> QueryDict:
    if not any("\0" in text for _name, texts in fields.lists() for text in texts):
        return fields
    clean = fields.copy()
    for name, texts in fields.lists():
        clean.setlist(name, [text.replace("\0", "") for text in texts])
    return clean


class Compression(GZipMiddleware):
    """Pages, words and lists are sent compressed; films and archives are already.

    Django adds bytes of a random number to each page and masks its tokens, so that lengths give
    no secret away.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if not response.get("Content-Type", "").startswith(WORTH_COMPRESSING):
            return response
        return super().process_response(request, response)


def toasts(get_response: Answer) -> Answer:
    """Messages come along with a part of a page as with a whole one."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.headers.get("HX-Request") != "true" or response.status_code != 200:
            return response
        messages = get_messages(request)
        is_told = getattr(messages, "used", True) or not len(messages)
        if isinstance(response, HttpResponse) and not is_told:
            told = render_to_string(TOASTS, {"messages": messages}, request)
            response.content += told.encode()
        return response

    return answer


def foresight(get_response: Answer) -> Answer:
    """Name the rules by which a browser may fetch a page while the button or the finger goes down:
    by the time it comes up, the answer is on its way.

    Not from hovering on: a page that waited in the browser might not be true any more. As a header,
    since the policy for scripts allows no such rules within a page.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            response["Speculation-Rules"] = f'"{static(RULES)}"'
        return response

    return answer
