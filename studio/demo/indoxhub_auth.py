"""indoxhub's keys and tokens: the API key is taken directly or exchanged for a JWT."""

import base64
import json
from urllib.parse import parse_qs

from aiohttp import web

from studio.demo.exchange import Exchange, bearer, json_answer
from studio.demo.problem import Problem, Reason

TOKEN_LIFE_S = 3600
COOKIE = "access_token"
LOGGED_IN = "token"
"""Stands for any valid token: a token's own letters are chance and must not be judged as a key."""


def key(exchange: Exchange) -> str:
    """The key, or LOGGED_IN for a valid token; "" for none, or one that is forged or too old."""
    token = bearer(exchange) or exchange.request.cookies.get(COOKIE, "")
    if token.count(".") != 2:
        return token
    signed, _, signature = token.rpartition(".")
    if exchange.hub.signer.sign(signed) != signature:
        return ""
    claims = json.loads(_decoded(signed.partition(".")[2]))
    return LOGGED_IN if exchange.hub.clock.now() < claims["exp"] else ""


async def by_header(exchange: Exchange) -> web.Response:
    return _logged_in(exchange, exchange.request.headers.get("X-API-Key", ""))


async def by_form(exchange: Exchange) -> web.Response:
    form = parse_qs(exchange.body.decode("utf-8", "replace"))
    return _logged_in(exchange, form.get("password", [""])[0])


def _logged_in(exchange: Exchange, api_key: str) -> web.Response:
    if not api_key or "bad" in api_key:
        raise Problem(Reason.BAD_KEY, "Invalid API key")
    head = _encoded({"alg": "HS256", "typ": "JWT"})
    expires_at = int(exchange.hub.clock.now()) + TOKEN_LIFE_S
    signed = f"{head}.{_encoded({'sub': 'demo', 'exp': expires_at})}"
    token = f"{signed}.{exchange.hub.signer.sign(signed)}"
    answer = json_answer({COOKIE: token, "token_type": "bearer"})
    answer.set_cookie(COOKIE, token, max_age=TOKEN_LIFE_S, httponly=True)
    return answer


def _encoded(value: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
