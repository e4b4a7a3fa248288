"""A real studio in which every kind of secret is used once, and every place where one could turn
up: what its processes print, its pages, its database, its queue, a backup, the process list."""

import json
import re
import secrets
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.live import LiveStudio
from tests.pages import every_page
from tests.security.front import raw

PIECE = 10
"""So many characters of a secret in a row are as bad as all of it."""
NAME = "Kanarienvogel"
"""Stands in every place that is searched: a search that finds nothing at all finds this."""
INPUT = re.compile(r"<input[^>]*>")
LINKS = re.compile(r'href="(/admin/[^"#]*)"')
INVITATION = re.compile(r"/join/([\w-]{20,})/")
SHARED = re.compile(r"/s/([\w-]{20,})/")
MOST_ADMIN_PAGES = 80


def pieces_in(content: bytes, secret: str) -> set[bytes]:
    letters = secret.encode()
    pieces = {letters[at : at + PIECE] for at in range(len(letters) - PIECE + 1)}
    return {piece for piece in pieces if piece in content}


class Person(httpx.Client):
    """A browser without a screen: it posts a page's own form, with some fields filled in."""

    token = ""
    """Of the form that was sent last."""

    def send_form(self, path: str, **fields: str) -> httpx.Response:
        page = self.get(path)
        given = _filled_in(page.text)
        self.token = given["csrfmiddlewaretoken"]
        return self.post(path, data=given | fields, headers={"Referer": f"{self.base_url}{path}"})


def _filled_in(page: str) -> dict[str, str]:
    found = {}
    for field in INPUT.findall(page):
        name, value = (re.search(rf'\s{word}="([^"]*)"', field) for word in ("name", "value"))
        if name and value and 'type="checkbox"' not in field:
            found[name[1]] = value[1]
    return found


class Watch:
    """The command lines of the studio's processes, however short they live. What a process was
    started with in its environment is not looked at: METRICS_TOKEN belongs there, and nobody but
    the same user and root can read it, who can read the key files too."""

    def __init__(self, data_dir: Path) -> None:
        self.seen: set[bytes] = set()
        self._mark = f"DATA_DIR={data_dir}\0".encode()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._done.set()
        self._thread.join(10)

    def _watch(self) -> None:
        while not self._done.wait(0.02):
            self.seen.update(self._look())

    def _look(self) -> Iterator[bytes]:
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if self._mark in (entry / "environ").read_bytes():
                    yield (entry / "cmdline").read_bytes()
            except OSError:
                continue


class Canaries:
    """The studio's life: everything that has to do with a secret, done once by real requests."""

    def __init__(self, folder: Path) -> None:
        random = secrets.token_urlsafe
        self.folder = folder
        self.secrets = {
            "metrics token": random(24),
            "member's password": random(24),
            "password that was tried in vain": random(24),
            "provider's key": random(24),
            "provider's secret option": random(24),
            "key that its provider refuses": f"bad-{random(24)}",
        }
        self.proofs: dict[str, Any] = {}
        self.answers: dict[str, bytes] = {}
        self.studio = LiveStudio(
            folder / "data",
            METRICS_TOKEN=self.secrets["metrics token"],
            LOG_LEVEL="DEBUG",
            LOOK_INTERVAL_FACTOR="0.02",
        )
        self.demo_path = f"http://127.0.0.1:{self.studio.demo_port}/indoxhub/api/v1"

    def live(self) -> None:
        with Watch(self.studio.data_dir) as watch:
            self._read_the_key_files()
            with Person(base_url=self.studio.url, timeout=30) as owner:
                self._set_up(owner)
                self._guess()
                self._invite(owner)
                self._connect(owner)
                self._make_clips()
                self._share(owner)
                self._trip(owner)
                self._look_around(owner)
                self._back_up()
        self.command_lines = b"\n".join(watch.seen)

    def _read_the_key_files(self) -> None:
        for kind, name in (("secret key", "secret"), ("key of the fields", "field")):
            self.secrets[kind] = (self.studio.data_dir / f"{name}.key").read_text().strip()

    def _set_up(self, owner: Person) -> None:
        link = httpx.URL(self.studio.setup_link).path
        self.secrets["set-up token"] = link.split("/")[2]
        password = self.secrets["member's password"]
        done = owner.send_form(link, username="mara", password1=password, password2=password)
        self.proofs["set-up token"] = done.status_code == 302
        self.answers["the used set-up link"] = owner.get(link).content
        owner.cookies.clear()
        done = owner.send_form("/login/", username="mara", password=password)
        self.proofs["member's password"] = done.status_code == 302
        self.secrets["session"] = owner.cookies["sessionid"]
        self.secrets["CSRF secret"] = owner.cookies["csrftoken"]
        self.proofs["session"] = owner.get("/queue/").status_code == 200

    def _guess(self) -> None:
        wrong = self.secrets["password that was tried in vain"]
        with Person(base_url=self.studio.url, timeout=30) as stranger:
            tries = [
                stranger.send_form(path, username="mara", password=wrong)
                for path in ("/login/", "/admin/login/")
            ]
            self.secrets["token of a form"] = stranger.token
        kinds = ("password that was tried in vain", "token of a form")
        self.proofs |= dict.fromkeys(kinds, {each.status_code for each in tries} == {200})
        self.answers |= {f"try {number}": each.content for number, each in enumerate(tries)}

    def _invite(self, owner: Person) -> None:
        page = owner.post(
            "/members/invite/",
            data={"role": "creator", "note": NAME},
            headers={"X-CSRFToken": owner.cookies["csrftoken"]},
        )
        self.proofs["CSRF secret"] = page.status_code == 200
        self.secrets["invitation"] = INVITATION.search(page.text)[1]
        password = self.secrets["member's password"]
        path = f"/join/{self.secrets['invitation']}/"
        with Person(base_url=self.studio.url, timeout=30) as guest:
            done = guest.send_form(path, username="jonas", password1=password, password2=password)
            self.proofs["invitation"] = done.status_code == 302
            self.answers["the used invitation"] = guest.get(path).content
            self.answers["a manager's page"] = guest.get("/members/").content

    def _connect(self, owner: Person) -> None:
        add = "/admin/studio/provider/add/"
        page = owner.get(add).text
        option = re.search(r'name="([\w-]*byok[\w-]*)"', page)[1]
        common = {"adapter_slug": "indoxhub", "base_url": self.demo_path, "is_enabled": "on"}
        for name, kind in ((NAME, "provider's key"), ("Refused", "key that its provider refuses")):
            fields = {"name": name, "new_key": self.secrets[kind]}
            fields[option] = self.secrets["provider's secret option"]
            assert owner.send_form(add, **common | fields).status_code == 302

    def _fault(self, endpoint: str, kind: str, after: int = 0, **params: Any) -> None:
        fault = {"provider": "indoxhub", "endpoint": endpoint, "kind": kind, "after": after}
        self.studio.demo("PUT", "faults", [fault | {"params": params}])

    def _make_clips(self) -> None:
        self.studio.demo("PUT", "settings", {"generating_s": 0.2, "render": "tiny"})
        self._fault("download", "cut")
        # An API that says keys back, as text and as a header.
        kinds = ("provider's key", "provider's secret option", "key that its provider refuses")
        echo = [f"Bearer {self.secrets[kind]}, that is {self.secrets[kind]}" for kind in kinds]
        said = {"detail": " and ".join(echo)}
        self._fault("create", "answer", after=1, status=400, body=said)
        self._fault("balance", "answer", status=401, body=said)
        code = f"from tests.security.canary_clips import make; make({NAME!r}, 'Refused')"
        told = json.loads(self.studio.manage("shell", "--no-imports", stdin=code))
        self.made, self.failed, self.refused = told["jobs"]
        self.answers["a refused key"] = told["said"].encode()
        self.answers["jobs as documents"] = json.dumps(told["jobs"]).encode()
        self._take_the_signature()

    def _take_the_signature(self) -> None:
        """Of the link under which the clip was fetched, as the provider's journal has it."""
        entries = self.studio.demo("GET", "journal?endpoint=download")["entries"]
        self.secrets["signature of a link"] = httpx.URL(entries[-1]["path"]).params["sig"]
        self.proofs["signature of a link"] = entries[-1]["status"] in {200, 206}

    def _share(self, owner: Person) -> None:
        """A link for a stranger, looked at while it is good and when it is not any more."""
        clip = f"/clips/{self.made['file']['asset']}/share/"
        self.secrets["link to a clip"] = SHARED.search(owner.send_form(clip, days="1").text)[1]
        path = f"/s/{self.secrets['link to a clip']}/"
        good = httpx.get(f"{self.studio.url}{path}")
        self.proofs["link to a clip"] = good.status_code == 200
        self.answers["links to a clip"] = owner.get(clip).content
        with self._broken("studio_sharelink"):
            self.answers["a link while the studio trips"] = owner.get(path).content
        # Its page names its own address, to who has it already; what counts is what is logged.
        assert owner.get(f"{path[:-2]}/").status_code == 404

    def _trip(self, owner: Person) -> None:
        """One page for each kind of error, asked for with a secret in the address."""
        token = self.secrets["metrics token"]
        self.answers["numbers"] = httpx.get(
            f"{self.studio.url}/metrics", headers={"Authorization": f"Bearer {token}"}
        ).content
        refused = httpx.post(f"{self.studio.url}/login/", data={"password": token})
        assert refused.status_code == 403
        self.answers["error 403"] = refused.content
        self.answers["error 404"] = owner.get(f"/nothing/?token={token}").content
        status, self.answers["error 400"] = raw(
            self.studio, "/", "Host: evil.example", f"Cookie: sessionid={self.secrets['session']}"
        )
        assert status == 400
        with self._broken("studio_preset"):
            broken = owner.get(f"/compose/presets/?key={token}")
        assert broken.status_code == 500
        self.answers["error 500"] = broken.content

    @contextmanager
    def _broken(self, table: str) -> Iterator[None]:
        """A database that lacks a table for a moment."""
        with closing(sqlite3.connect(self.studio.data_dir / "studio.sqlite3", timeout=20)) as file:
            file.execute(f'ALTER TABLE "{table}" RENAME TO "{table}_gone"')
            file.commit()
            yield
            file.execute(f'ALTER TABLE "{table}_gone" RENAME TO "{table}"')
            file.commit()

    def _look_around(self, owner: Person) -> None:
        known = defaultdict(lambda: "1", clip=self.made["file"]["asset"], job=self.made["id"])
        known |= {"failed": self.failed["id"], "unsent": self.refused["id"]}
        for name, path in every_page().items():
            self.answers[name] = owner.get(path.format_map(known)).content
        waiting, seen = ["/admin/"], set()
        while waiting and len(seen) < MOST_ADMIN_PAGES:
            path = waiting.pop(0)
            seen.add(path)
            if "logout" not in path:
                self.answers[path] = owner.get(path.replace("&amp;", "&")).content
                found = LINKS.findall(self.answers[path].decode())
                waiting += [each for each in dict.fromkeys(found) if each not in {*seen, *waiting}]

    def _back_up(self) -> None:
        self.studio.manage("backup", str(self.folder / f"backup-{NAME}"))

    # -- The places ------------------------------------------------------------------------------

    @property
    def log(self) -> bytes:
        """What all processes printed, but for the set-up link that the start shows once on
        purpose: it opens nothing any more as soon as it was used."""
        return self.studio.log.read_bytes().replace(self.studio.setup_link.encode(), b"", 1)

    @property
    def pages(self) -> bytes:
        return b"\n".join(self.answers.values())

    @property
    def database(self) -> bytes:
        """Every column of every table, but for the one whose own field a session's key is."""
        with closing(sqlite3.connect(self.studio.data_dir / "studio.sqlite3")) as file:
            tables = file.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall()
            rows = [self._rows(file, name) for (name,) in tables]
        return repr(rows).encode()

    def _rows(self, file: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
        cursor = file.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - a name of the schema
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor]
        return [{n: v for n, v in row.items() if (table, n) != OWN_FIELD} for row in rows]

    @property
    def queue(self) -> bytes:
        return self._files(self.studio.data_dir, "queue.sqlite3*")

    @property
    def backup(self) -> bytes:
        return self._files(self.folder / f"backup-{NAME}", "**/*")

    def _files(self, folder: Path, pattern: str) -> bytes:
        return b"\n".join(path.read_bytes() for path in folder.glob(pattern) if path.is_file())


OWN_FIELD = ("django_session", "session_key")
