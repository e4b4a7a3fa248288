"""The whole studio behind a proxy that has it under a path of its own, with an owner from the
environment; and the start after that, by HTTPS on the LAN."""

import re
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from studio import lan
from tests.certificates import make_pair
from tests.live import PASSWORD, LiveStudio
from tests.pages import every_page
from tests.proxy import Proxy

SUB = "/dailies"
ADDRESSES = re.compile(r"""(\s(?!value)[a-z-]+|name="next" value)=["'](/[^"']*)["']""")


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    with Proxy(SUB) as server:
        yield server


@pytest.fixture(scope="module")
def office(proxy: Proxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStudio]:
    """A studio under `/dailies/`, whose owner the environment named."""
    live = LiveStudio(
        tmp_path_factory.mktemp("office") / "data",
        PUBLIC_URL=f"{proxy.origin}{SUB}",
        ADMIN_USER="mara",
        ADMIN_PASSWORD=PASSWORD,
        HOST="",
        MDNS_NAME="",
    )
    proxy.behind = live.url
    yield live
    live.stop()


@pytest.fixture(scope="module")
def visitor(office: LiveStudio, proxy: Proxy) -> Iterator[httpx.Client]:
    """The owner's browser, signed in through the proxy."""
    with httpx.Client(base_url=proxy.origin, follow_redirects=True, timeout=30) as client:
        page = client.get(f"{SUB}/queue/")
        assert page.url.path == f"{SUB}/login/"
        fields = {"username": "mara", "password": PASSWORD, "next": f"{SUB}/queue/"}
        page = post(client, f"{SUB}/login/", fields)
        assert (page.status_code, page.url.path) == (200, f"{SUB}/queue/")
        yield client


def post(client: httpx.Client, path: str, fields: dict[str, str]) -> httpx.Response:
    token = {"X-CSRFToken": client.cookies["csrftoken"]}
    return client.post(path, data=fields, headers=token)


@pytest.fixture(scope="module")
def made(office: LiveStudio, visitor: httpx.Client) -> dict[str, str]:
    """A clip and a storyboard; by their keys the pages are reached."""
    office.demo("PUT", "settings", {"generating_s": 0.2})
    words = ("--provider", "getimg.ai (demo)", "--model", "Seedance 1 Pro", "--wait", "60")
    (ready,) = office.json("generate", *words, "--prompt", "Harbour at dawn")["jobs"]
    clip, job = ready["file"]["asset"], ready["id"]
    board = post(visitor, f"{SUB}/boards/", {"name": "Spring"}).url.path.rstrip("/").split("/")[-1]
    same = dict.fromkeys(("job", "failed", "unconfirmed", "unsent"), job)
    return {"clip": clip, "pair": f"clip={clip}&clip={clip}", "board": board, **same}


class Known(dict[str, str]):
    """What a page's address needs, and a word in the place of the rest."""

    def __missing__(self, key: str) -> str:
        return "1"


def test_no_page_leads_out_of_its_path(visitor, made):
    for name, path in every_page().items():
        page = visitor.get(SUB + path.format_map(Known(made)))
        assert page.url.path.startswith(f"{SUB}/"), name
        assert page.status_code < 500, name
        outside = [pair for pair in ADDRESSES.findall(page.text) if not _is_inside(pair[1])]
        assert outside == [], name
        cookies = re.findall(r"[Pp]ath=([^;,]*)", page.headers.get("set-cookie", ""))
        assert set(cookies) <= {f"{SUB}/"}, name


def _is_inside(address: str) -> bool:
    return address.startswith(f"{SUB}/")


def test_what_pages_are_made_of_comes_through(visitor):
    page = visitor.get(f"{SUB}/")
    for address in re.findall(rf'(?:href|src)="({SUB}/(?:static|words)/[^"#]*)', page.text):
        assert visitor.get(address).status_code == 200, address
    rules = page.headers["speculation-rules"].strip('"')
    assert visitor.get(rules).headers["content-type"].startswith("application/speculationrules")
    assert visitor.get(f"{SUB}/live/").status_code == 200
    app = visitor.get(f"{SUB}/manifest.webmanifest").json()
    assert app["start_url"] == app["scope"] == f"{SUB}/"


def test_a_clip_is_sent_in_parts(visitor, made):
    answer = visitor.get(f"{SUB}/media/{made['clip']}/", headers={"Range": "bytes=4-7"})
    assert (answer.status_code, answer.content) == (206, b"ftyp")


def test_choices_are_kept_for_this_path_alone(visitor, proxy):
    for path, fields in (("theme", {"theme": "dark"}), ("language", {"language": "de"})):
        answer = post(visitor, f"{SUB}/{path}/", fields | {"next": "//evil.example"})
        assert answer.url == f"{proxy.origin}{SUB}/"
    assert 'lang="de"' in answer.text
    assert {cookie.path for cookie in visitor.cookies.jar} == {f"{SUB}/"}
    post(visitor, f"{SUB}/language/", {"language": ""})


def test_outside_of_its_path_the_studio_says_where_it_is(office):
    answer = httpx.get(f"{office.url}/login/")
    assert (answer.status_code, SUB in answer.text) == (404, True)
    assert httpx.get(office.url + SUB).headers["location"] == f"{SUB}/"
    assert httpx.get(f"{office.url}{SUB}elsewhere/").status_code == 404


def test_the_owner_of_the_environment_needs_no_link_and_the_password_stays_there(office):
    told = office.log.read_text()
    assert "The owner's account mara was made" in told
    assert "Set up" not in told
    assert PASSWORD not in told
    for words in ("granian", "manage.py work", "demo_provider"):
        for pid in office.pids_of(words):
            assert PASSWORD.encode() not in Path(f"/proc/{pid}/environ").read_bytes()


@pytest.fixture
def on_lan(
    office: LiveStudio, visitor: httpx.Client, tmp_path: Path
) -> Iterator[tuple[str, httpx.Client]]:
    """What the next start says once the owner let the LAN in, here with a certificate as well; and
    a stranger who trusts it."""
    post(visitor, f"{SUB}/welcome/", {"name": "Nordlicht", "is_on_lan": "on"})
    assert office.stop() == 0
    said, pair = len(office.log.read_text()), make_pair(tmp_path)
    office.start(PUBLIC_URL="", **pair)
    trusted = ssl.create_default_context(cafile=pair["TLS_CERT"])
    base = f"https://127.0.0.1:{office.port}"
    with httpx.Client(base_url=base, verify=trusted) as stranger:
        yield office.log.read_text()[said:], stranger


def test_the_next_start_lets_the_lan_in_by_https_and_nothing_else(office, on_lan):
    told, stranger = on_lan
    for address in lan.addresses():
        assert f"  Open    https://{address}:{office.port}/" in told
        assert _sign_in(stranger, f"{address}:{office.port}").headers["location"] == "/"
    assert ("For a phone's camera: https://" in told) == ("▀" in told) == bool(lan.addresses())
    assert stranger.get("/login/", headers={"Host": "evil.example"}).status_code == 400
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"{office.url}/login/")


def _sign_in(stranger: httpx.Client, host: str) -> httpx.Response:
    stranger.cookies.clear()
    # A proxy's word means nothing where the studio has a certificate of its own.
    asked = {"Host": host, "X-Forwarded-Proto": "http"}
    page = stranger.get("/login/", headers=asked)
    assert "Nordlicht" in page.text
    assert "max-age=" in page.headers["strict-transport-security"]
    assert "Secure" in page.headers["set-cookie"]
    found = re.search(r"csrftoken=(\w+)", page.headers["set-cookie"])
    assert found
    asked |= {"Referer": f"https://{host}/login/", "Cookie": found[0], "X-CSRFToken": found[1]}
    answer = stranger.post(
        "/login/", headers=asked, data={"username": "mara", "password": PASSWORD}
    )
    assert "Secure" in answer.headers["set-cookie"]
    return answer
