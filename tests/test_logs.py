"""The log: one line an event, nothing secret in it, and a job's or a request's whole story."""

import asyncio
import io
import json
import logging
import re
import sys
import threading

import pytest
from django.http import HttpResponse
from django.test import Client
from structlog.contextvars import bound_contextvars, get_contextvars

from studio import logs
from studio.models import Job
from studio.providers import getimg, redaction
from studio.providers.account import Account
from studio.providers.redaction import HIDDEN
from studio.services import engine, wishes
from studio.services.engine.keeper import kept
from studio.services.engine.step import STEPS
from studio.supervisor import LONGEST_LINE_BYTES, Service, Supervisor

KEY = "Rk4Canary-77xQpL2vN9wTz"
NUMBER = re.compile(r"[0-9a-f]{16}")


@pytest.fixture(autouse=True)
def plain_static(settings):
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture
def written():
    """What the root logger writes, in either style."""
    handlers = {style: logs.Handler(io.StringIO()) for style in (logs.TEXT, logs.JSON)}
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.INFO)
    for style, handler in handlers.items():
        handler.setFormatter(logs.Formatter(style))
        root.addHandler(handler)
    yield lambda style=logs.TEXT: handlers[style].stream.getvalue()
    root.setLevel(level)
    for handler in handlers.values():
        root.removeHandler(handler)


@pytest.fixture
def logger() -> logging.Logger:
    return logging.getLogger("studio.somewhere")


def events(written) -> list[dict[str, object]]:
    return [json.loads(line) for line in written(logs.JSON).splitlines()]


# -- Its form --------------------------------------------------------------------------------------


def test_an_event_is_one_line_with_time_level_logger_and_what_was_bound(written, logger):
    with bound_contextvars(job_id=12, provider="Team A"):
        logger.warning("Look at job %s: %s", 12, "busy")
    [line] = written().splitlines()
    time, rest = line.split(" ", 1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", time)
    assert rest.startswith("WARNING studio.somewhere: Look at job 12: busy  ")
    assert {"job_id=12", 'provider="Team A"'} < set(rest.split("  "))
    [event] = events(written)
    assert event["event"] == "Look at job 12: busy"
    assert (event["level"], event["job_id"], event["provider"]) == ("warning", 12, "Team A")


def test_nobody_can_forge_a_line_or_colour_a_terminal(written, logger):
    with bound_contextvars(path="/x  job_id=99"):
        logger.warning("No such page: %s", "/a\n2026-01-01 ERROR studio: forged\x1b[31m\x00")
    [line] = written().splitlines()
    assert "\\n2026" in line
    assert "\x1b" not in line
    assert line.endswith('path="/x  job_id=99"')
    assert len(events(written)) == 1


def test_a_traceback_stands_below_its_event_or_within_its_object(written, logger):
    try:
        raise ValueError("line one\nWARNING line two")
    except ValueError:
        logger.exception("It broke.")
    head, *below = written().splitlines()
    assert head.endswith("studio.somewhere: It broke.")
    assert below[-1] == "    WARNING line two"
    assert all(line.startswith("    ") for line in below)
    [event] = events(written)
    assert str(event["exception"]).startswith("Traceback (most recent call last)")


def test_an_event_is_cut_in_its_middle(written, logger):
    logger.warning("begin %s end", "far too long " * 10_000)
    [line] = written().splitlines()
    assert len(line) < logs.LONGEST_CHARS + 200
    assert "begin" in line
    assert line.endswith("end")


def test_a_record_that_cannot_be_formatted_does_not_print_its_arguments(logger, capsys):
    handler = logs.Handler(io.StringIO())
    handler.setFormatter(logs.Formatter())
    handler.handle(logger.makeRecord(logger.name, logging.WARNING, "", 0, "%d", (KEY,), None))
    said = capsys.readouterr().err
    assert "An event of studio.somewhere could not be logged: TypeError" in said
    assert KEY not in said


# -- Without secrets -------------------------------------------------------------------------------

SECRETS = {
    "a bearer token": f"Authorization: Bearer {KEY}",
    "a basic one": f"Authorization: Basic {KEY}==",
    "a header in a repr": f"{{'x-api-key': '{KEY}', 'accept': '*/*'}}",
    "a field in JSON": f'{{"password": "{KEY} with words", "a": 1}}',
    "a word with sk": f"the key sk-{KEY} was refused",
    "a key of Google": f"key AIza{KEY}{KEY}",
    "a signed link of S3": f"https://s3.example/v.mp4?X-Amz-Date=1&X-Amz-Signature={KEY}",
    "a signed link of imgix": f"https://x.imgix.net/v.mp4?w=1&s={KEY}",
    "a signature": f"GET /v.mp4?sig={KEY}&x=1",
    "a token": f"GET /v.mp4?token={KEY}",
    "a key": f"GET /v.mp4?key={KEY}",
    "a signature in words": f"GET /v.mp4?signature={KEY}",
    "a cookie": f"Cookie: theme=dark; sessionid={KEY}; csrftoken=x",
    "a cookie that is set": f"Set-Cookie: sessionid={KEY}; HttpOnly",
    "a session": f"sessionid={KEY}",
    "an invitation": f"Not Found: /join/{KEY}/",
    "the set-up": f"http://127.0.0.1:8000/setup/{KEY}/",
    "a public picture": f"Not Found: /p/{KEY}:1x2:sig-na_ture/",
    "a shared page": f'"GET /s/{KEY}?page=2 HTTP/1.1" 404',
    "a picture as text": "data:image/png;base64," + f"{KEY.replace('-', '+')}" * 100,
    "a form": f"csrfmiddlewaretoken={KEY}&username=mara",
}


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS.keys())
def test_what_looks_like_a_secret_is_left_out_by_its_value(written, logger, text):
    logger.warning("It said: %s", text)
    with bound_contextvars(path=text):
        try:
            raise ValueError(text)
        except ValueError:
            logger.exception("It broke.")
    for style in (logs.TEXT, logs.JSON):
        assert KEY not in written(style)
        assert KEY.replace("-", "+") not in written(style)
        assert "It said: " in written(style)


@pytest.mark.parametrize(
    "name", ["api_key", "password", "authorization", "cookie", "session_token"]
)
def test_what_is_named_like_a_secret_is_left_out_whole(written, logger, name):
    with bound_contextvars(**{name: KEY}):
        logger.warning("Hello.")
    assert f"{name}={HIDDEN}" in written()
    assert KEY not in written(logs.JSON)


def test_a_key_that_was_in_use_is_known_by_its_letters(written, logger):
    key = "plain words as a key"
    logger.warning("before %s", key)
    Account(getimg.ADAPTER, "https://api.example", key)
    logger.warning("It said %s to us", key)
    logger.warning("only a part: %s", key[:12])
    before, whole, part = written().splitlines()
    assert key in before
    assert f"It said {HIDDEN} to us" in whole
    assert part.endswith(HIDDEN)


def test_the_studios_own_keys_are_known_from_the_start(written, logger, settings):
    mine = [settings.SECRET_KEY, *settings.FIELD_KEYS, settings.HUEY.serializer.secret.decode()]
    for secret in mine:
        logger.warning("It is %s.", secret)
    assert [secret for secret in mine if secret in written()] == []
    assert written().count(f"It is {HIDDEN}.") == len(mine)


def test_only_so_many_keys_are_remembered_the_latest_ones(monkeypatch):
    monkeypatch.setattr(redaction, "_known", redaction._Known())
    for number in range(redaction.MOST_KNOWN + 10):
        redaction.remember(f"secret-number-{number:04}", "short")
    assert redaction.hide_known("secret-number-0209") == HIDDEN
    assert "secret-number-0000" not in redaction._known.secrets
    assert len(redaction._known.secrets) == redaction.MOST_KNOWN


def test_a_processes_own_lines_are_passed_on_clean_and_as_what_they_are():
    event = json.dumps({"event": "Hello", "level": "info"})
    assert json.loads(logs.passed_on("web", event, logs.JSON))["process"] == "web"
    raw = json.loads(logs.passed_on("demo", f"Traceback: Bearer {KEY}", logs.JSON))
    assert raw["event"] == f"Traceback: {HIDDEN}"
    assert logs.passed_on("web", f"Bearer {KEY}", logs.TEXT) == f"   web | {HIDDEN}"
    assert json.loads(logs.passed_on("web", '"event"', logs.JSON))["event"] == '"event"'


def test_a_thread_that_dies_is_told_without_secrets(written, monkeypatch):
    for module, name in ((logs.sys, "excepthook"), (threading, "excepthook")):
        monkeypatch.setattr(module, name, getattr(module, name))
    logs.tell_of_crashes()

    def fail() -> None:
        raise ValueError(f"Bearer {KEY}")

    thread = threading.Thread(target=fail, name="film")
    thread.start()
    thread.join()
    logs.sys.excepthook(ValueError, ValueError(f"Bearer {KEY}"), None)
    assert "The thread film ended." in written()
    assert "The process ends." in written()
    assert KEY not in written()


def test_a_line_that_is_far_too_long_does_not_stop_the_reading():
    """Whoever stops reading stops the service that writes."""
    told: list[str] = []
    supervisor = Supervisor([], print, lambda _name, line: told.append(line))
    code = f"print('a' * {3 * LONGEST_LINE_BYTES}); print('after')"
    assert asyncio.run(supervisor._run_once(Service("web", [sys.executable, "-c", code]))) == 0
    assert told[-1] == "after"
    assert sum(map(len, told)) <= LONGEST_LINE_BYTES


# -- A request's story -----------------------------------------------------------------------------


def test_every_answer_has_a_number_of_ours(db):
    given = {"X-Request-ID": "mine", "X-Correlation-ID": "mine"}
    answers = [Client().get("/healthz", headers=given) for _ in range(2)]
    numbers = {answer.headers["X-Request-ID"] for answer in answers}
    assert len(numbers) == 2
    assert all(NUMBER.fullmatch(number) for number in numbers)
    assert get_contextvars() == {}


def test_events_of_a_request_have_its_number_address_and_person(owner, written):
    client = Client()
    client.force_login(owner)
    answer = client.get("/clips/00000000-0000-0000-0000-000000000000/")
    [event] = [each for each in events(written) if each["logger"] == "django.request"]
    assert event["request_id"] == answer.headers["X-Request-ID"]
    assert event["path"] == "/clips/00000000-0000-0000-0000-000000000000/"
    assert (event["user_id"], event["status_code"]) == (owner.pk, 404)


def test_the_next_request_in_this_thread_knows_nothing_of_the_last(owner, written, logger):
    client = Client()
    client.force_login(owner)
    client.get("/clips/00000000-0000-0000-0000-000000000000/")
    Client().get("/nothing/")
    logger.warning("Between requests.")
    *_, nothing, between = events(written)
    assert nothing["path"] == "/nothing/"
    assert "user_id" not in nothing
    assert not {"request_id", "path", "user_id"} & set(between)


def test_a_fault_shows_its_number_and_the_log_has_the_rest(owner, written, monkeypatch, settings):
    def fail(*_args: object) -> HttpResponse:
        raise RuntimeError(f"Bearer {KEY}")

    monkeypatch.setattr("studio.views.queue.render", fail)
    client = Client(raise_request_exception=False)
    client.force_login(owner)
    answer = client.get("/queue/")
    number = answer.headers["X-Request-ID"]
    assert answer.status_code == 500
    assert f"request_id={number}" in answer.content.decode()
    [event] = [each for each in events(written) if each.get("request_id") == number]
    assert "RuntimeError" in str(event["exception"])
    assert KEY not in written() + written(logs.JSON) + answer.content.decode()


# -- A job's story ---------------------------------------------------------------------------------


def test_the_request_that_asked_for_a_job_is_found_by_the_job(
    owner, make_provider, written, django_capture_on_commit_callbacks
):
    wish = wishes.Wish(provider_model=make_provider().models.first(), prompt="Mist over a lake")
    with bound_contextvars(request_id="0123"), django_capture_on_commit_callbacks(execute=True):
        [job] = wishes.create(wish, owner)
    [event] = [each for each in events(written) if each.get("job_id") == job.pk]
    assert (event["event"], event["request_id"]) == (f"Job {job.pk} was asked for.", "0123")


def test_a_step_tells_what_it_made_of_the_job_under_its_number(
    demo, make_provider, make_job, written
):
    provider = make_provider("getimg", name="Team", base_url=f"{demo.origin}/getimg")
    job = make_job(provider)
    engine.send_next(provider.pk)
    job.refresh_from_db()
    assert job.state == Job.State.WAITING
    told = [each for each in events(written) if each.get("job_id") == job.pk]
    assert f"Job {job.pk}: queued -> waiting." in [each["event"] for each in told]
    assert {each["provider"] for each in told} == {"Team"}
    assert get_contextvars() == {}


def test_a_fault_of_a_step_is_found_with_its_job(make_job, written, monkeypatch):
    job = make_job()
    monkeypatch.setitem(STEPS, Job.State.QUEUED, lambda *_: 1 / 0)
    engine.send_next(job.provider_id)
    [event] = [each for each in events(written) if "exception" in each]
    assert event["job_id"] == job.pk
    assert "ZeroDivisionError" in str(event["exception"])
    assert get_contextvars() == {}


def test_the_thread_that_keeps_a_lease_speaks_for_the_step(settings):
    settings.LEASE_S = 0.03
    seen: list[object] = []
    asked = threading.Event()

    class Row:
        def keep(self, lease: object, *, for_s: float) -> bool:
            seen.append(get_contextvars().get("job_id"))
            asked.set()
            return False

    with bound_contextvars(job_id=7), kept(Row(), None):
        assert asked.wait(5)
    assert seen == [7]
