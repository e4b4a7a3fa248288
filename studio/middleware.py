"""What happens to every answer: it is sent compressed, it tells what just happened also where only
a part of a page was asked for, and a browser may fetch the next page a moment early."""

from collections.abc import Callable

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.template.loader import render_to_string
from django.templatetags.static import static

Answer = Callable[[HttpRequest], HttpResponseBase]
TOASTS = "components/_toasts_swap.html"
RULES = "foresight.rules"
WORTH_COMPRESSING = ("text/", "application/json", "application/manifest+json")


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
