"""What is particular to one API."""

import unicodedata
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from studio.providers import aiml, checks, dafty, getimg, imgix, indoxhub
from studio.providers.contract import (
    GenerationRequest,
    ImageFile,
    Input,
    InputRole,
    RemoteStatus,
    Reply,
    Sound,
)
from studio.providers.errors import OutOfCredit
from tests.providers.stored import replies

FIRST = Input(InputRole.FIRST_FRAME, "up_1")
LAST = Input(InputRole.LAST_FRAME, "up_2")


def ask(model: str, **fields: object) -> GenerationRequest:
    return GenerationRequest(model=model, prompt="Mist over a lake", **fields)


def stored(slug: str, name: str) -> object:
    return next(s["body"] for at, n, s in replies(name) if (at, n) == (slug, name))


# -- AI.ML ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "prompt",
    [
        "A cat --duration 10",
        "A cat ---resolution 1080p",
        "A cat\n--camerafixed true",
        "A cat \u2013\u2013duration 10",
        "A cat -\u2010duration 10",
        "A cat \uff0d\uff0dduration 10",
        "A cat -\u200b-duration 10",
    ],
)
def test_a_prompt_can_never_become_a_directive(prompt):
    asked = ask("video-gen.pro-1.0", duration_s=5, resolution="720p")
    asked = checks.replace(asked, prompt=prompt)
    text = aiml.build_submit(asked, {}).json["content"][0]["text"]
    as_a_lax_reader_sees_it = unicodedata.normalize("NFKC", text).replace("\u200b", "")
    assert as_a_lax_reader_sees_it.count("--") == 2
    assert text.endswith("--resolution 720p --duration 5")
    assert "\n" not in text


def test_the_fixed_camera_is_said_only_when_it_was_chosen():
    told = aiml.directives(ask("m", extras={"camerafixed": True}))
    assert told == "--camerafixed true"
    assert aiml.directives(ask("m")) == ""


def test_the_text_comes_first_and_the_image_after_it():
    image = Input(InputRole.FIRST_FRAME, "https://studio.example/p/x")
    content = aiml.build_submit(ask("m", inputs=(image,)), {}).json["content"]
    assert [item["type"] for item in content] == ["text", "image_url"]


def test_the_encoded_path_of_a_video_is_kept_as_it_is():
    path = "/v1/media/videos/orgs%2F64%2Fvideos%2Fabc.mp4"
    assert aiml.build_resolve(path).path == path


def test_a_path_without_its_first_slash_stays_below_the_base_url():
    assert aiml.build_resolve("v1/media/videos/a%2Fb.mp4").path == "/v1/media/videos/a%2Fb.mp4"


def test_a_whole_address_of_a_video_is_used_as_it_is():
    address = "https://api.ai.ml/v1/media/videos/a%2Fb.mp4"
    assert aiml.build_resolve(address).path == address


def test_a_failed_task_whose_error_is_a_text_has_failed_all_the_same():
    state = aiml.parse_poll({"data": {"status": "failed", "error": "Out of frames."}})
    assert (state.status, state.reason) == (RemoteStatus.FAILED, "Out of frames.")


# -- Dafty ---------------------------------------------------------------------------------------


def test_one_image_is_animated_and_fixes_the_ratio():
    call = dafty.build_submit(ask("dafty", inputs=(FIRST,), aspect_ratio=""), {})
    assert call.path == "/videos/image-to-video"
    assert call.json["image"] == "up_1"
    assert "aspectRatio" not in call.json


def test_two_images_are_moved_between_with_a_ratio():
    call = dafty.build_submit(ask("dafty", inputs=(FIRST, LAST), aspect_ratio="21:9"), {})
    assert call.path == "/videos/frames"
    assert (call.json["startImage"], call.json["endImage"]) == ("up_1", "up_2")
    assert call.json["aspectRatio"] == "21:9"


def test_sound_is_always_said_because_the_apis_default_is_on():
    assert dafty.build_submit(ask("dafty", inputs=(FIRST,)), {}).json["audio"] is False


@pytest.mark.parametrize(("inputs", "seconds"), [((FIRST,), 3), ((FIRST, LAST), 4)])
def test_the_shortest_clip_depends_on_the_endpoint(inputs, seconds):
    able = dafty.MODELS[0].capabilities
    good = checks.complete(able, ask("dafty", inputs=inputs, duration_s=seconds))
    assert checks.problems(able, good, model_name="Dafty") == {}
    short = ask("dafty", inputs=(FIRST, LAST), duration_s=3)
    assert "duration_s" in checks.problems(able, checks.complete(able, short), model_name="Dafty")


@pytest.mark.parametrize("name", ["list", "list-nested"])
def test_both_shapes_of_the_job_list_are_read(name):
    assert [job.remote_id for job in dafty.parse_list(stored("dafty", name))]


# -- getimg.ai -----------------------------------------------------------------------------------


def test_the_live_list_gives_capabilities_and_prices():
    (spec,) = getimg.parse_models(stored("getimg", "models"))
    assert spec.capabilities.durations_s == (5, 10)
    assert spec.capabilities.sound is Sound.OPTIONAL
    assert spec.prices[0].amount == Decimal("0.05")
    assert (spec.prices[0].resolution, spec.prices[0].has_sound) == ("1080p", True)


def test_a_model_that_only_has_a_name_falls_back_to_the_table():
    (spec,) = getimg.parse_models([{"id": "seedance-v1-5-pro", "name": "S", "type": "video"}])
    assert spec.capabilities == getimg.SEEDANCE


def test_the_fallback_keeps_the_known_price():
    (spec,) = getimg.parse_models([{"id": "seedance-v1-5-pro", "name": "S"}])
    assert [price.amount for price in spec.prices] == [Decimal("0.05")]


@pytest.mark.parametrize(("wanted", "sent"), [(True, True), (False, None)])
def test_sound_is_asked_for_only_when_it_is_wanted(wanted, sent):
    body = getimg.build_submit(ask("seedance-v1-pro", has_sound=wanted), {}).json
    assert body.get("sound") is sent


def test_a_finished_clip_without_its_cost_is_still_fetched():
    body = stored("getimg", "poll-completed") | {"usage": {"total_cost": None}}
    assert getimg.parse_poll(body).cost is None


def test_the_clips_end_is_what_the_api_says():
    ends = getimg.parse_poll(stored("getimg", "poll-completed")).video_expires_at
    assert ends == datetime(2026, 5, 2, 12, 30, tzinfo=UTC)


def test_images_go_with_their_roles():
    asked = ask("seedance-v1-5-pro", inputs=(FIRST, LAST))
    images = getimg.build_submit(asked, {}).json["images"]
    assert [image["role"] for image in images] == ["first_frame", "last_frame"]


def test_the_balance_is_a_decimal_text():
    assert getimg.parse_balance(stored("getimg", "balance")).amount == Decimal("12.50")


# -- imgix ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "path"),
    [({}, "/v1/generations/video"), ({"api_prefix": "/api/v1"}, "/api/v1/generations/video")],
)
def test_the_prefix_is_a_setting(options, path):
    asked = ask("veo3", inputs=(FIRST,), duration_s=8)
    assert imgix.build_submit(asked, options).path == path


def test_imgix_gets_its_four_fields_and_no_other():
    asked = ask("veo3", inputs=(FIRST,), duration_s=8)
    assert set(imgix.build_submit(asked, {}).json) == {"url", "prompt", "model", "duration"}


def test_a_create_answer_with_nothing_but_an_id_is_followed():
    submitted = imgix.parse_submit({"data": {"id": "3f98"}})
    assert (submitted.remote_id, submitted.state.status) == ("3f98", RemoteStatus.WAITING)


@pytest.mark.parametrize(
    "place",
    [
        {"result": {"url": "https://v"}},
        {"result": {"url": {"url": "https://v"}}},
        {"result": "https://v"},
        {"result_url": "https://v"},
        {"result": {}, "result_url": "https://v"},
    ],
)
def test_the_address_is_found_wherever_the_page_puts_it(place):
    body = {"data": {"attributes": {"status": "ready"} | place}}
    assert imgix.parse_poll(body).video_url == "https://v"


def test_an_empty_folder_setting_means_the_default_folder():
    image = ImageFile(name="a.png", content=b"png", mime_type="image/png")
    options = {"source_id": "s1", "source_url": "https://t.imgix.net", "path_prefix": ""}
    assert next(imgix.upload(image, options)).path.endswith("/upload/dailies/a.png")


def test_a_missing_path_names_the_other_prefix():
    assert "api_prefix" in imgix.parse_error(Reply(404, {}, None, "no")).message


# -- indoxhub ------------------------------------------------------------------------------------


def test_sized_vendors_get_a_size_instead_of_a_ratio():
    body = indoxhub.build_submit(ask("openai/sora-2", aspect_ratio="9:16"), {}).json
    assert body["size"] == "720x1280"
    assert "aspect_ratio" not in body


def test_one_reference_and_several_go_in_their_own_fields():
    one = tuple(Input(InputRole.REFERENCE, f"data:{n}") for n in range(1))
    many = tuple(Input(InputRole.REFERENCE, f"data:{n}") for n in range(3))
    model = "google/veo-3.1-generate-preview"
    assert indoxhub.build_submit(ask(model, inputs=one), {}).json["reference_image"] == "data:0"
    assert len(indoxhub.build_submit(ask(model, inputs=many), {}).json["reference_images"]) == 3


@pytest.mark.parametrize(
    ("model", "sent"), [("google/veo-3.0-generate-001", False), ("openai/sora-2", None)]
)
def test_a_silent_model_is_told_nothing_about_sound(model, sent):
    assert indoxhub.build_submit(ask(model, has_sound=False), {}).json.get("generate_audio") is sent


def test_an_own_vendor_key_is_handed_on():
    body = indoxhub.build_submit(ask("openai/sora-2"), {"byok_api_key": "vendor"}).json
    assert body["byok_api_key"] == "vendor"


def test_a_failure_that_comes_as_a_success_is_read_as_what_it_is():
    with pytest.raises(OutOfCredit, match="Nothing was charged"):
        indoxhub.parse_submit(stored("indoxhub", "error-envelope"))


def test_a_blocking_create_has_its_video_at_once():
    submitted = indoxhub.parse_submit(stored("indoxhub", "create-finished"))
    assert submitted.state.status is RemoteStatus.SUCCEEDED
    assert submitted.state.video_url.endswith("output.mp4")


def test_credits_are_shown_in_dollars():
    assert indoxhub.parse_balance(stored("indoxhub", "balance")).amount == Decimal("2.5")


def test_models_that_the_account_lacks_are_left_out():
    listed = [{"name": "Google", "models": [{"modelName": "veo-2.0-generate-001"}]}]
    assert [spec.name for spec in indoxhub.parse_models(listed)] == ["Veo 2"]


def test_a_video_model_that_the_table_lacks_is_offered_for_text_alone():
    new = {"modelName": "veo-9", "name": "Veo 9", "capabilities": ["video_generation"]}
    chat = {"modelName": "gemini", "capabilities": ["chat"]}
    (spec,) = indoxhub.parse_models([{"id": "google", "models": [new, chat]}])
    assert (spec.model_id, spec.name) == ("google/veo-9", "Veo 9")
    assert not spec.capabilities.inputs


def test_a_model_that_is_switched_off_there_is_not_offered():
    off = {"modelName": "veo-2.0-generate-001", "is_disabled": True}
    assert indoxhub.parse_models([{"id": "google", "models": [off]}]) == ()
