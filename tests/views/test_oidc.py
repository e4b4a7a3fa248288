"""Signing in through an OpenID Connect service, which runs here as a real one over HTTP."""

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth.models import User
from django.test import Client

from studio.models import Member, Role
from studio.services import members

KEY = rsa.generate_private_key(65537, 2048)
OTHER_KEY = rsa.generate_private_key(65537, 2048)
CLIENT_ID, CLIENT_SECRET = "dailies", "the secret of the studio"


class Service:
    """A sign-in service. `claims` are put into the token, `person` is what it tells of the
    account; both can be made wrong."""

    def __init__(self) -> None:
        self.person = {"sub": "u-1", "preferred_username": "noor"}
        self.claims: dict = {}
        self.key = KEY
        self.algorithm = "RS256"
        self.asked: dict = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def authorize(self, location: str) -> dict[str, str]:
        """What a browser brings back from the service after the person agreed."""
        self.asked = {
            name: values[0] for name, values in parse_qs(urlsplit(location).query).items()
        }
        return {"state": self.asked["state"], "code": "one-time"}

    def token(self) -> str:
        said = {"iss": self.origin, "aud": CLIENT_ID, "sub": self.person["sub"]}
        said |= {"nonce": self.asked["nonce"], "exp": time.time() + 60} | self.claims
        return jwt.encode(said, self.key, algorithm=self.algorithm, headers={"kid": "k1"})

    def exchange(self, form: dict[str, str]) -> dict | None:
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        is_right = form.get("code") == "one-time" and form.get("client_secret") == CLIENT_SECRET
        if not is_right or challenge != self.asked["code_challenge"]:
            return None
        return {"access_token": "access", "id_token": self.token()}

    def _handler(service):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                self.answer(service.exchange(form))

            def do_GET(self):
                if self.path == "/keys":
                    public = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
                    self.answer({"keys": [public | {"kid": "k1", "alg": "RS256"}]})
                else:
                    self.answer(service.person)

            def answer(self, document):
                self.send_response(200 if document else 400)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(document or {"error": "invalid_grant"}).encode())

            def log_message(self, *words):
                pass

        return Handler


@pytest.fixture
def service(settings, db):
    running = Service()
    settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
    settings.OIDC_OP_AUTHORIZATION_ENDPOINT = f"{running.origin}/authorize"
    settings.OIDC_OP_TOKEN_ENDPOINT = f"{running.origin}/token"
    settings.OIDC_OP_USER_ENDPOINT = f"{running.origin}/person"
    settings.OIDC_OP_JWKS_ENDPOINT = f"{running.origin}/keys"
    settings.OIDC_ISSUER, settings.OIDC_NAME = running.origin, "Our directory"
    settings.AUTHENTICATION_BACKENDS = [
        *settings.AUTHENTICATION_BACKENDS,
        "studio.services.oidc.OidcBackend",
    ]
    yield running
    running.server.shutdown()
    running.server.server_close()


def go_through(service: Service, browser: Client, next_: str = ""):
    started = browser.get("/oidc/start/" + (f"?next={next_}" if next_ else ""))
    assert started.headers["Location"].startswith(f"{service.origin}/authorize?")
    return browser.get("/oidc/callback/", service.authorize(started.headers["Location"]))


def is_in(browser: Client) -> bool:
    return browser.get("/gallery/").status_code == 200


def test_somebody_new_becomes_a_viewer_and_is_known_the_next_time(service):
    browser = Client()
    answer = go_through(service, browser, "/queue/")
    assert answer.headers["Location"] == "/queue/"
    assert is_in(browser)
    user = User.objects.get(username="noor")
    assert members.role_of(user) == Role.VIEWER
    assert not user.has_usable_password()
    members.give(user, Role.CREATOR)
    service.person["preferred_username"] = "noor-married"
    go_through(service, again := Client())
    assert is_in(again)
    assert User.objects.count() == 1
    assert members.role_of(User.objects.get()) == Role.CREATOR


def test_nobody_takes_over_an_account_by_having_its_name(service, owner):
    service.person["preferred_username"] = "mara"
    browser = Client()
    go_through(service, browser)
    assert browser.get("/gallery/").wsgi_request.user.get_username() == "mara-2"


def test_without_an_invitation_nobody_new_gets_in_where_that_is_wished(service, settings):
    settings.NEW_MEMBERS = "none"
    browser = Client()
    answer = go_through(service, browser)
    assert answer.headers["Location"] == "/login/"
    assert "Our directory did not let you in here" in browser.get("/login/").content.decode()
    assert not User.objects.exists()


def test_an_account_that_is_switched_off_stays_outside(service, owner):
    go_through(service, Client())
    members.switch(User.objects.get(username="noor"), is_active=False, by=owner)
    browser = Client()
    go_through(service, browser)
    assert not is_in(browser)


WRONG = {
    "for another studio": {"claims": {"aud": "somebody-else"}},
    "by another service": {"claims": {"iss": "https://evil.example"}},
    "of an earlier visit": {"claims": {"nonce": "x"}},
    "too old": {"claims": {"exp": time.time() - 60}},
    "signed by somebody else": {"key": OTHER_KEY},
    "signed with the public key's name": {"key": CLIENT_SECRET * 2, "algorithm": "HS256"},
    "of two people": {"claims": {"sub": "u-2"}},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_token_that_is_not_quite_right_lets_nobody_in(service, wrong):
    for name, value in WRONG[wrong].items():
        setattr(service, name, value)
    browser = Client()
    assert go_through(service, browser).headers["Location"] == "/login/"
    assert not is_in(browser)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "said", [{}, {"code": "x"}, {"code": "x", "state": "guessed"}, {"error": "access_denied"}]
)
def test_coming_back_without_having_gone_lets_nobody_in(service, said):
    browser = Client()
    assert browser.get("/oidc/callback/", said).headers["Location"] == "/login/"
    assert not is_in(browser)


def test_a_way_back_is_used_once(service):
    browser = Client()
    started = browser.get("/oidc/start/")
    said = service.authorize(started.headers["Location"])
    browser.get("/oidc/callback/", said)
    browser.post("/logout/")
    browser.get("/oidc/callback/", said)
    assert not is_in(browser)


def test_a_service_that_is_down_is_told(service, settings):
    settings.OIDC_OP_TOKEN_ENDPOINT = "http://127.0.0.1:9/token"
    browser = Client()
    assert go_through(service, browser).headers["Location"] == "/login/"


def test_the_way_leads_nowhere_else(service):
    browser = Client()
    assert go_through(service, browser, "https://evil.example/").headers["Location"] == "/"


def test_without_a_service_there_is_no_way(db):
    assert Client().get("/oidc/start/").status_code == 404
    assert Client().get("/oidc/callback/").status_code == 404
    assert "/oidc/start/" not in Client().get("/login/").content.decode()


def test_the_login_page_names_the_service(service):
    page = Client().get("/login/?next=/queue/").content.decode()
    assert 'href="/oidc/start/?next=/queue/"' in page
    assert "Sign in with Our directory" in page


def test_an_account_of_the_service_is_a_member_like_others(service):
    go_through(service, Client())
    assert Member.objects.get().subject == f"oidc {service.origin} u-1"
