"""What is private is nowhere to be found for others (row 28), and stays so."""

import re

import pytest
from django.test import Client

from studio.models import Asset, Collection, CollectionItem, Job, JobInput, Role
from studio.providers.contract import InputRole
from studio.services import (
    again,
    assets,
    boards,
    frames,
    keepsake,
    library,
    privacy,
    seeing,
    wishes,
)
from studio.services.library import NotDone
from tests.factories import new_member
from tests.security.routes import every_route

SECRET = "Zanzibar-by-night"
LISTS = {
    "pictures": "?role=first_frame",
    "gallery": "?q=Zanzibar",
    "board_pick": "?q=Zanzibar",
    "compose": "?remix={job}",
    "compare": "?clip={clip}",
}
STATES = ("ready", "working", "needs", "failed", "trash")


@pytest.fixture
def ben(db):
    return new_member("ben")


@pytest.fixture
def mine(ben, make_clip, png, make_job, make_provider):
    """Ben's private clip, made from a picture of his, in a private collection; one that is under
    way; and one in the trash."""
    provider = make_provider()
    clip, trashed = make_clip(SECRET, has_file=True), make_clip(f"{SECRET} in the trash")
    running = make_job(
        provider, prompt=f"{SECRET} soon", state=Job.State.GENERATING, remote_id="r-1"
    )
    failed = make_job(provider, prompt=f"{SECRET} lost", state=Job.State.FAILED, error="No.")
    frames.use_as_poster(clip, 0.5)
    library.tag([clip], SECRET)
    picture = assets.store_image(png(), owner=ben, name=f"{SECRET}.png")
    JobInput.objects.create(job=clip.job, role=InputRole.FIRST_FRAME, asset=picture, position=0)
    Job.objects.update(owner=ben)
    Asset.objects.update(owner=ben)
    privacy.hide(list(Asset.objects.filter(kind=Asset.Kind.VIDEO)), ben)
    Job.objects.update(is_private=True)
    library.trash([trashed], ben)
    collection = Collection.objects.create(name=f"{SECRET} album", owner=ben, is_private=True)
    CollectionItem.objects.create(collection=collection, asset=clip)
    return {
        "clip": clip.pk,
        "job": clip.job_id,
        "running": running.pk,
        "failed": failed.pk,
        "image": picture.pk,
        "poster": clip.poster.pk,
        "collection": collection.pk,
        "trashed": trashed.pk,
    }


def addresses(mine, board):
    """Every address, with what is private in every place that it fits."""
    ints = [mine["job"], mine["running"], mine["failed"], mine["collection"], board.pk]
    uuids = [mine["clip"], mine["image"], mine["poster"], mine["trashed"]]
    for route in every_route():
        if route.name in {"logout", "words", "setup"}:
            continue
        rows = zip(ints, [*uuids, uuids[0]], strict=True)
        for number, key in rows if route.kinds else [(0, 0)]:
            given = {name: key if kind == "uuid" else number for name, kind in route.kinds.items()}
            yield route.name, route.path(given) + LISTS.get(route.name, "").format(**mine)
    for state in STATES:
        yield "gallery", f"/gallery/?state={state}"
    yield "gallery", f"/gallery/?collection={mine['collection']}"


def seen(client: Client, mine, board) -> list[str]:
    """Addresses that answer with something of what is private."""
    keys = [str(mine[key]) for key in ("clip", "image", "poster")]
    marks = re.compile("|".join([SECRET, *keys]), re.IGNORECASE)
    found = []
    for name, path in addresses(mine, board):
        answer = client.get(path)
        body = b"".join(answer) if answer.streaming else answer.content
        text = body.decode(errors="replace").replace(path, "")
        if answer.status_code < 400 and (marks.search(text) or "X-Dailies-File" in answer):
            found.append(f"{name} {path}")
    return found


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CREATOR])
def test_others_find_nothing_of_it_in_any_list_search_count_poll_or_file(mine, board, role):
    """CVE-2026-108165: locked items leaked through a side door."""
    client = Client()
    client.force_login(new_member("other", role))
    assert seen(client, mine, board) == []
    counts = client.get("/gallery/").context["nav"]
    assert {counts[name] for name in ("clips", "running", "waiting", "needs")} == {0}


def test_a_tag_is_offered_to_whoever_sees_a_clip_that_carries_it(mine, make_clip, ben):
    other = new_member("other")
    library.tag([make_clip("All may see this")], "shared, both")
    library.tag([Asset.objects.get(pk=mine["clip"])], "both")
    assert {tag.name for tag in seeing.tags(other)} == {"shared", "both"}
    assert {tag.name for tag in seeing.tags(ben)} == {"shared", "both", SECRET.lower()}


@pytest.mark.parametrize(("name", "role"), [("ben", None), ("boss", Role.MANAGER)])
def test_its_owner_and_managers_find_it(mine, board, name, role, ben):
    client = Client()
    client.force_login(ben if role is None else new_member(name, role))
    found = {line.split()[0] for line in seen(client, mine, board)}
    assert {"gallery", "clip", "job", "queue", "media", "media_small"} <= found


def test_what_others_post_about_it_changes_nothing(mine, board, ben):
    client = Client()
    client.force_login(new_member("other"))
    before = list(Asset.objects.order_by("pk").values())
    for action in ("favourite", "trash", "tag", "show", "download", "delete", "collect"):
        said = {"action": action, "clip": str(mine["clip"]), "tag": "x", "new_collection": "x"}
        client.post("/gallery/do/", said | {"confirmed": "1"})
    for act in ("hold", "cancel", "again"):
        client.post("/queue/do/", {"do": act, "job": str(mine["running"]), "confirmed": "1"})
    client.post(f"/collections/{mine['collection']}/", {"name": "mine now"})
    client.post("/boards/add/", {"clip": str(mine["clip"]), "board": board.pk})
    assert list(Asset.objects.order_by("pk").values()) == before
    assert Collection.objects.get(pk=mine["collection"]).name == f"{SECRET} album"
    assert not board.shots.exists()


# -- What comes of it ------------------------------------------------------------------------------


def test_only_its_owner_or_a_manager_changes_who_sees_it(mine):
    clip = Asset.objects.get(pk=mine["clip"])
    with pytest.raises(NotDone, match="Only ben or a manager"):
        privacy.show([clip], new_member("other"))
    privacy.show([clip], new_member("boss", Role.MANAGER))
    rows = Asset.objects.filter(pk__in=[mine["clip"], mine["poster"], mine["image"]])
    assert not any(rows.values_list("is_private", flat=True))
    assert not Job.objects.get(pk=mine["job"]).is_private


def test_what_is_made_from_it_is_private_too(mine, ben):
    clip = Asset.objects.get(pk=mine["clip"])
    frame = frames.frame_at(clip, 0.5, ben)
    assert frame.is_private
    model = clip.job.provider_model
    made = wishes.create(
        wishes.Wish(
            provider_model=model,
            prompt="On",
            inputs=((InputRole.FIRST_FRAME, frame),),
            duration_s=5,
        ),
        ben,
    )
    assert [job.is_private for job in made] == [True]
    again_made = again.ask_again(Job.objects.get(pk=mine["failed"]), ben)
    assert again_made.is_private


def test_a_picture_is_private_while_nothing_shared_was_made_from_it(mine, ben):
    picture = Asset.objects.get(pk=mine["image"])
    assert picture.is_private
    model = Job.objects.get(pk=mine["job"]).provider_model
    given = ((InputRole.FIRST_FRAME, picture),)
    wishes.create(
        wishes.Wish(provider_model=model, prompt="Shared", inputs=given, duration_s=5), ben
    )
    picture.refresh_from_db()
    assert not picture.is_private


def test_a_storyboard_takes_nothing_private_and_what_is_on_one_cannot_become_so(
    mine, ben, board, make_shots
):
    clip = Asset.objects.get(pk=mine["clip"])
    with pytest.raises(boards.NotChanged, match="a private clip is not"):
        boards.add_clips(board, [clip], ben)
    (shot,) = make_shots(2.0)
    Asset.objects.filter(pk=shot.clip_id).update(owner=ben)
    shot.clip.refresh_from_db()
    with pytest.raises(NotDone, match="take it off"):
        privacy.hide([shot.clip], ben)


def test_the_library_file_remembers_what_is_private(mine):
    said = keepsake.document()
    assert said["clips"][str(mine["clip"])]["private"] is True
    assert said["pictures"][str(mine["image"])]["private"] is True
    assert [each["private"] for each in said["collections"]] == [True]
