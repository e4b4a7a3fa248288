"""Container, unit and proxy: what they name is there, and the image is enough to run on."""

import fnmatch
import http.server
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from studio.supervisor import GRACE_S
from studio.views.media import handed_over
from tests.folders import DataFolder

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
LAST_STAGE = DOCKERFILE.rpartition("\nFROM ")[2]
COMPOSE = (ROOT / "compose.yaml").read_text()
UNIT = (ROOT / "deploy" / "systemd" / "dailies.service").read_text()
NGINX = (ROOT / "deploy" / "nginx" / "dailies.conf").read_text()
SETTINGS = (ROOT / "studio" / "settings.py").read_text()
OF_PYTHON = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
NEVER_IN_AN_IMAGE = (
    "data/studio.sqlite3",
    "data/field.key",
    ".git/config",
    ".venv/bin/python",
    ".env",
    "studio/.env.production",
    "studio/__pycache__/settings.pyc",
    "tests/conftest.py",
    "docs/operations.md",
)


def line_of(text: str, pattern: str) -> str:
    found = re.findall(pattern, text, re.MULTILINE)
    assert len(found) == 1, (pattern, found)
    return str(found[0])


# -- What is named is there ----------------------------------------------------------------------


def test_every_variable_is_a_setting():
    known = set(re.findall(r'read\(\s*"([A-Z_]+)"', SETTINGS)) | OF_PYTHON
    (given,) = re.findall(r"^ENV (.*)$", DOCKERFILE, re.MULTILINE)
    named = set(re.findall(r"([A-Z_]+)=", given))
    named |= set(re.findall(r"^      ([A-Z_]+): ", COMPOSE, re.MULTILINE))
    named |= set(re.findall(r"([A-Z_]+)=", line_of(UNIT, r"^Environment=(.*)$")))
    named |= set(re.findall(r"^#   ([A-Z_]+)=", NGINX, re.MULTILINE))
    assert len(named) > 15
    assert named - known == set()


def test_compose_passes_each_variable_on_under_its_own_name():
    passed = re.findall(r"^      ([A-Z_]+): \$\{([A-Z_]+):-(.*)\}$", COMPOSE, re.MULTILINE)
    assert len(passed) == len(re.findall(r"^      [A-Z_]+: ", COMPOSE, re.MULTILINE))
    assert all(name == outside for name, outside, _default in passed)
    assert {name: default for name, _, default in passed if default} == {"DEMO_PROVIDER": "false"}


def copied() -> Iterator[tuple[Path, str]]:
    """What the first stage takes out of the tree, and where to."""
    for words in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE):
        *sources, destination = words.split()
        for source in sources:
            yield ROOT / source, destination


def test_what_is_copied_exists_and_is_let_in():
    sources = [source for source, _destination in copied()]
    assert len(sources) == 8
    assert [path for path in sources if not path.exists()] == []
    assert [path for path in sources if is_left_out(str(path.relative_to(ROOT)))] == []


@pytest.mark.parametrize("path", NEVER_IN_AN_IMAGE)
def test_what_has_no_business_in_an_image_is_left_out(path):
    assert is_left_out(path)


def is_left_out(path: str) -> bool:
    """As Docker reads `.dockerignore`: the last line that fits the path, or a folder above it."""
    above = [path, *(str(folder) for folder in Path(path).parents if str(folder) != ".")]
    left_out = False
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if line and not line.startswith("#"):
            pattern = line.removeprefix("!")
            if any(fits(each, pattern) for each in above):
                left_out = not line.startswith("!")
    return left_out


def fits(path: str, pattern: str) -> bool:
    rest = pattern.removeprefix("**/")
    if rest != pattern:
        return any(fnmatch.fnmatch(part, rest) for part in path.split("/"))
    return path.count("/") == pattern.count("/") and fnmatch.fnmatch(path, pattern)


# -- The image -----------------------------------------------------------------------------------


def test_the_last_stage_installs_nothing_and_runs_as_nobody():
    ran = re.findall(r"^RUN (.*)$", LAST_STAGE, re.MULTILINE)
    assert [words for words in ran if re.search(r"\b(apt|pip|gcc|curl|wget)\b", words)] == []
    user = line_of(LAST_STAGE, r"^USER (.*)$")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    assert all(user.split(":")[0] in words for words in ran)
    assert line_of(LAST_STAGE, r"^VOLUME (.*)$") == "/data"
    assert line_of(LAST_STAGE, r"^CMD (.*)$") == '["python", "manage.py", "up"]'


def test_what_is_copied_is_enough_and_nothing_is_written_beside_the_data(tmp_path):
    image = tmp_path / "opt" / "dailies"
    for source, destination in copied():
        if destination.startswith("/opt/dailies"):
            put(source, tmp_path / destination.removeprefix("/"))
    before = sorted(image.rglob("*"))
    env = {"DEMO_PROVIDER": "false", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(image)}
    home = DataFolder(tmp_path / "data", **env)
    done = subprocess.run(
        [sys.executable, "manage.py", "up", "--prepare-only"],
        cwd=image,
        env=home.env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (home.path / "studio.sqlite3").exists()
    assert sorted(image.rglob("*")) == before


def put(source: Path, destination: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, destination, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        destination.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, destination)


@contextmanager
def answering(status: int) -> Iterator[tuple[int, list[str]]]:
    """A web server that gives this answer to everything: its port, and what it was asked for."""
    asked: list[str] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port, asked
        server.shutdown()
        thread.join()


def health(port: int, **env: str) -> int:
    program = [sys.executable, str(ROOT / "deploy" / "healthcheck.py")]
    given = os.environ | {"PORT": str(port)} | env
    return subprocess.run(program, env=given, capture_output=True, timeout=20).returncode


def test_the_health_check_believes_200_alone():
    with answering(200) as (port, asked):
        assert health(port) == 0
        assert health(port, PUBLIC_URL="https://example.org/dailies") == 0
    assert asked == ["/healthz", "/dailies/healthz"]
    assert health(port) == 1
    with answering(503) as (port, _asked):
        assert health(port) == 1


# -- Ending --------------------------------------------------------------------------------------


def test_nobody_kills_the_studio_before_its_grace_is_over():
    assert int(line_of(COMPOSE, r"^    stop_grace_period: (\d+)s$")) > GRACE_S
    assert int(line_of(UNIT, r"^TimeoutStopSec=(\d+)$")) > GRACE_S
    assert line_of(UNIT, r"^KillMode=(.*)$") == "mixed"


# -- Shut in -------------------------------------------------------------------------------------


def test_the_container_can_do_little():
    for line in ("read_only: true", "cap_drop: [ALL]", "- no-new-privileges:true", "init: true"):
        assert f" {line}\n" in COMPOSE
    assert line_of(COMPOSE, r'^      - "(.*:8000)"$') == "127.0.0.1:8000:8000"


def test_the_unit_can_do_little_and_systemd_understands_it(tmp_path):
    for line in ("ProtectSystem=strict", "NoNewPrivileges=yes", "CapabilityBoundingSet="):
        assert f"\n{line}\n" in UNIT
    data_dir = line_of(UNIT, r"DATA_DIR=(\S+)")
    assert line_of(UNIT, r"^ReadWritePaths=(.*)$") == data_dir
    assert Path("/var/lib", line_of(UNIT, r"^StateDirectory=(.*)$")) == Path(data_dir)
    if (analyze := shutil.which("systemd-analyze")) is None:
        pytest.skip("there is no systemd-analyze here")
    unit = tmp_path / "dailies.service"
    unit.write_text(UNIT.replace("/opt/dailies/.venv/bin/python", sys.executable))
    done = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


# -- The proxy -----------------------------------------------------------------------------------


def test_nginx_sends_files_only_when_the_studio_says_so():
    prefix = line_of(NGINX, r"^#   MEDIA_ACCEL_PREFIX=(.*)$")
    inside = NGINX.partition(f"location {prefix}/ {{")[2].partition("}")[0]
    assert "\n        internal;\n" in inside
    data_dir = line_of(UNIT, r"DATA_DIR=(\S+)")
    assert f"alias {data_dir}/media/;" in inside


def test_nginx_guards_files_as_the_studio_does():
    ours = handed_over(Path("clip.mp4"), "video/mp4", "1")
    for name in ("Content-Security-Policy", "Cross-Origin-Resource-Policy"):
        assert line_of(NGINX, rf'add_header {name} "?([^"]*?)"? always;') == ours[name]


def test_nginx_always_says_itself_whether_it_was_https():
    assert line_of(NGINX, r"proxy_set_header X-Forwarded-Proto (.*);") == "$scheme"
