"""The same questions to every adapter."""

import inspect
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.providers import checks, registry
from studio.providers.contract import (
    Adapter,
    Delivery,
    GenerationRequest,
    ImageFile,
    Input,
    InputRole,
    RemoteStatus,
    Reply,
)
from studio.providers.errors import OutOfCredit, RequestRefused, UnexpectedReply
from studio.providers.redaction import redact
from tests.providers.stored import FOLDER, ids, replies

every_adapter = pytest.mark.parametrize("adapter", registry.ADAPTERS.values(), ids=lambda a: a.slug)


def only_with(part: str) -> pytest.MarkDecorator:
    """The adapters that have this part."""
    able = [adapter for adapter in registry.ADAPTERS.values() if getattr(adapter, part)]
    return pytest.mark.parametrize("adapter", able, ids=lambda a: a.slug)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "data",
                    "id",
                    "status",
                    "result",
                    "url",
                    "jobs",
                    "error",
                    "usage",
                    "cost",
                    "attributes",
                    "job_id",
                    "request_id",
                    "success",
                    "uuid",
                    "videoUrl",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def request_for(adapter: Adapter, model_index: int = 0) -> GenerationRequest:
    """A request that uses everything the model takes."""
    model = adapter.models[model_index]
    able = model.capabilities
    roles = [role for role in able.inputs if role in (InputRole.FIRST_FRAME, InputRole.LAST_FRAME)]
    asked = GenerationRequest(
        model=model.model_id,
        prompt="Mist over a lake",
        negative_prompt="people" if able.takes_negative_prompt else "",
        inputs=tuple(Input(role, f"https://images.example/{role}.png") for role in roles),
        idempotency_key="3f0c7a52-5b39-4d0b-9f58-0e6f3a2c5d19",
    )
    return checks.complete(able, asked)


@every_adapter
def test_its_slug_is_its_modules_and_its_replies_name(adapter):
    module = inspect.getmodule(adapter.build_submit)
    assert module is not None
    assert module.__name__ == f"studio.providers.{adapter.slug}"
    assert (FOLDER / adapter.slug / "ORIGIN.md").is_file()


@every_adapter
def test_its_module_says_what_is_documented_and_what_is_assumed(adapter):
    words = inspect.getmodule(adapter.build_submit).__doc__
    assert "Source: " in words
    assert "Assumed:" in words
    assert "read 2026-11-21" in words


@every_adapter
def test_every_model_accepts_a_request_with_all_it_takes(adapter):
    for index, model in enumerate(adapter.models):
        asked = request_for(adapter, index)
        assert checks.problems(model.capabilities, asked, model_name=model.name) == {}
        call = adapter.build_submit(asked, {"source_id": "s1"})
        assert call.method == "POST"
        assert call.sends_key
        assert "Mist over a lake" in str(call.json)


@every_adapter
def test_its_key_goes_in_a_header_and_nowhere_else(adapter):
    assert "the-key" in str(adapter.key_headers("the-key"))
    call = adapter.build_submit(request_for(adapter), {})
    assert "the-key" not in str(call)


@every_adapter
def test_only_an_api_with_a_key_for_it_is_asked_twice(adapter):
    headers = adapter.build_submit(request_for(adapter), {}).headers
    assert ("Idempotency-Key" in headers) == (adapter.idempotency_life_s is not None)


CREATES = replies("create")


@pytest.mark.parametrize(("slug", "name", "stored"), CREATES, ids=ids(CREATES))
def test_its_create_answers_are_read(slug, name, stored):
    submitted = registry.get(slug).parse_submit(stored["body"])
    assert submitted.remote_id == stored["says"]["remote_id"]
    assert submitted.state.status == stored["says"]["status"]
    if "cost" in stored["says"]:
        assert submitted.cost.amount == Decimal(stored["says"]["cost"])


POLLS = replies("poll")


@pytest.mark.parametrize(("slug", "name", "stored"), POLLS, ids=ids(POLLS))
def test_its_status_answers_are_read(slug, name, stored):
    state = registry.get(slug).parse_poll(stored["body"])
    says = dict(stored["says"])
    if cost := says.pop("cost", None):
        assert state.cost.amount == Decimal(cost)
    for field, value in says.items():
        assert getattr(state, field) == value


ERRORS = replies("error")


@pytest.mark.parametrize(("slug", "name", "stored"), ERRORS, ids=ids(ERRORS))
def test_its_error_bodies_are_read(slug, name, stored):
    said = registry.get(slug).parse_error(Reply(stored["status"], {}, stored["body"]))
    assert said.message == stored["says"]["message"]
    assert said.code == stored["says"].get("code", "")


@every_adapter
def test_every_common_end_is_in_its_stored_replies(adapter):
    seen = {stored["says"]["status"] for slug, _, stored in POLLS if slug == adapter.slug}
    assert {RemoteStatus.SUCCEEDED, RemoteStatus.FAILED, RemoteStatus.RUNNING} <= seen


@every_adapter
def test_an_unknown_status_is_an_error_and_not_a_reason_to_wait(adapter):
    stored = next(s for slug, _, s in POLLS if slug == adapter.slug)
    body = _with_status(stored["body"], "napping")
    with pytest.raises(UnexpectedReply, match="napping"):
        adapter.parse_poll(body)


def _with_status(body: Any, word: str) -> Any:
    if isinstance(body, dict):
        return {k: word if k == "status" else _with_status(v, word) for k, v in body.items()}
    return body


@every_adapter
@settings(max_examples=150, deadline=None)
@given(body=JUNK)
def test_junk_is_a_typed_error_whatever_its_shape(adapter, body):
    parsers = (
        adapter.parse_poll,
        adapter.parse_submit,
        adapter.parse_list,
        adapter.parse_resolve,
        adapter.parse_balance,
    )
    for parse in filter(None, parsers):
        try:
            parse(body)
        except (UnexpectedReply, OutOfCredit, RequestRefused):
            continue


@only_with("catalogue")
@settings(max_examples=60, deadline=None)
@given(body=JUNK)
def test_a_junk_catalogue_is_a_typed_error_too(adapter, body):
    talk = adapter.catalogue({})
    next(talk)
    try:
        talk.send(Reply(200, {}, body))
    except (UnexpectedReply, StopIteration):
        return


NOTHING = [None, [], {}, "", "pending", 7, {"data": None}, {"data": []}, {"status": None}]


@every_adapter
@pytest.mark.parametrize("body", NOTHING, ids=repr)
def test_an_answer_that_says_nothing_is_never_taken_for_news(adapter, body):
    for parse in (adapter.parse_submit, adapter.parse_poll):
        with pytest.raises(UnexpectedReply):
            parse(body)


@only_with("parse_list")
@pytest.mark.parametrize("body", [*NOTHING[:6], {"jobs": {}}, {"data": {"jobs": {}}}], ids=repr)
def test_an_unreadable_job_list_is_not_an_empty_one(adapter, body):
    with pytest.raises(UnexpectedReply):
        adapter.parse_list(body)


@every_adapter
def test_an_odd_id_stays_one_part_of_the_path(adapter):
    paths = [adapter.build_poll("a/../b?c#d", {}).path]
    if adapter.build_cancel is not None:
        paths.append(adapter.build_cancel("a/../b?c#d", {}).path)
    assert all("a%2F..%2Fb%3Fc%23d" in path for path in paths)


@every_adapter
@given(body=JUNK)
@settings(max_examples=60, deadline=None)
def test_no_error_body_breaks_the_reading_of_errors(adapter, body):
    said = adapter.parse_error(Reply(500, {}, body, text="<html>"))
    assert isinstance(said.message, str)


@every_adapter
def test_its_deliveries_can_be_carried_out(adapter):
    assert adapter.deliveries
    assert (Delivery.UPLOAD in adapter.deliveries) == (adapter.upload is not None)


def test_the_uploads_make_the_documented_calls_in_order():
    image = ImageFile(name="a b.png", content=b"png", mime_type="image/png")
    talk = registry.get("dafty").upload(image, {})
    assert next(talk).json == {"filename": "a b.png", "contentType": "image/png"}
    presigned = {"data": {"uploadId": "up_1", "uploadUrl": "https://store.example/x?sig=1"}}
    put = talk.send(Reply(200, {}, presigned))
    assert (put.method, put.sends_key) == ("PUT", False)
    assert talk.send(Reply(200, {}, None)).path == "/uploads/up_1/complete"
    with pytest.raises(StopIteration) as done:
        talk.send(Reply(200, {}, {"data": {"id": "up_1"}}))
    assert done.value.value == "up_1"


def test_imgix_finds_the_sources_own_address_where_none_is_set():
    image = ImageFile(name="a.png", content=b"png", mime_type="image/png")
    talk = registry.get("imgix").upload(image, {"source_id": "s1", "path_prefix": "in"})
    assert next(talk).path == "/api/v1/sources/s1"
    source = {"data": {"attributes": {"deployment": {"imgix_subdomains": ["team"]}}}}
    assert talk.send(Reply(200, {}, source)).path == "/api/v1/sources/s1/upload/in/a.png"
    with pytest.raises(StopIteration) as done:
        talk.send(Reply(200, {}, None))
    assert done.value.value == "https://team.imgix.net/in/a.png"


@every_adapter
def test_a_key_in_a_reply_never_survives_redaction(adapter):
    key = "sk_live_0123456789abcdef"
    body = {"error": {"message": f"Key {key} is bad"}, "headers": adapter.key_headers(key)}
    assert key not in str(redact(body, secrets=[key]))


def test_no_file_outside_the_providers_asks_which_api_it_is():
    root = Path(registry.__file__).parent.parent
    slugs = tuple(f'== "{slug}"' for slug in registry.ADAPTERS)
    outside = [p for p in root.rglob("*.py") if p.parent.name not in {"providers", "demo"}]
    guilty = [p.name for p in outside if any(word in p.read_text() for word in slugs)]
    assert guilty == []
