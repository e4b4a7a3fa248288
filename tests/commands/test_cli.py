"""The command line: one document on standard output, and clear refusals."""

import io
import json
import sys
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from studio.models import Job, Provider
from studio.services.accounts import NoOwnerYet, acting_user


def run(*words: str) -> Any:
    """The command's standard output, decoded; it must be one JSON document."""
    out = io.StringIO()
    call_command(*words, "--json", stdout=out, stderr=io.StringIO())
    return json.loads(out.getvalue())


def refuse(*words: str) -> tuple[int, Any]:
    """Exit status and document of a command that says no in JSON."""
    out = io.StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command(*words, "--json", stdout=out, stderr=io.StringIO())
    return int(str(stopped.value.code)), json.loads(out.getvalue())


@pytest.fixture
def getimg(make_provider, owner):
    return make_provider("getimg", name="Team")


def test_adding_a_provider_reads_the_key_from_standard_input(db, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("sk_0123456789abcd\n"))
    added = run("provider", "add", "getimg", "--name", "Team", "--api-key-stdin")
    assert added["provider"]["key"] == "••••abcd"
    assert Provider.objects.get().api_key == "sk_0123456789abcd"


def test_a_key_that_never_came_is_noticed(db, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    with pytest.raises(CommandError, match="Nothing was added"):
        run("provider", "add", "getimg", "--name", "Team", "--api-key-stdin")


def test_a_secret_option_is_read_from_a_file(db, tmp_path):
    secret = tmp_path / "vendor.key"
    secret.write_text("vendor-key-1234\n")
    run("provider", "add", "indoxhub", "--name", "Ours", "--option-file", f"byok_api_key={secret}")
    assert Provider.objects.get(name="Ours").options == {"byok_api_key": "vendor-key-1234"}
    with pytest.raises(CommandError, match="Nothing was added"):
        run("provider", "add", "indoxhub", "--name", "Two", "--option-file", "byok_api_key=/none")


def test_an_unknown_option_is_refused_with_the_known_ones(db):
    with pytest.raises(CommandError, match="source_id"):
        run("provider", "add", "imgix", "--name", "Team", "--option", "colour=red")


def test_two_providers_cannot_have_one_name(getimg):
    with pytest.raises(CommandError, match="exists already"):
        run("provider", "add", "dafty", "--name", "Team")


def test_listing_providers_never_shows_a_key(getimg):
    document = run("provider", "list")
    assert getimg.api_key not in json.dumps(document)
    assert document["providers"][0]["models"]


def test_a_provider_that_was_used_is_kept(getimg, make_job):
    make_job(getimg)
    with pytest.raises(CommandError, match="history is kept"):
        run("provider", "remove", "Team")


def test_an_unused_provider_is_removed(getimg):
    assert run("provider", "remove", "Team") == {"removed": "Team"}
    assert not Provider.objects.exists()


def test_generating_queues_one_job_per_take(getimg):
    made = run("generate", "--provider", "Team", "--prompt", "Mist", "--takes", "2")["jobs"]
    assert [job["state"] for job in made] == ["queued", "queued"]
    assert Job.objects.count() == 2


def test_a_frame_is_stored_and_named_in_the_document(getimg, image_file):
    path = image_file()
    made = run("generate", "--provider", "Team", "--prompt", "Mist", "--first-frame", str(path))[
        "jobs"
    ]
    assert made[0]["inputs"][0]["role"] == "first_frame"


def test_what_the_model_lacks_is_refused_by_name(getimg):
    status, document = refuse(
        "generate", "--provider", "Team", "--prompt", "Mist", "--duration", "7"
    )
    assert status == 1
    assert "duration_s" in document["problems"]
    assert not Job.objects.exists()


def test_a_file_that_is_no_image_is_refused(getimg, tmp_path):
    path = tmp_path / "page.png"
    path.write_text("<html>no picture</html>")
    status, document = refuse(
        "generate", "--provider", "Team", "--prompt", "Mist", "--first-frame", str(path)
    )
    assert status == 1
    assert document["error"]


def test_a_missing_file_says_that_nothing_was_sent(getimg):
    with pytest.raises(CommandError, match="Nothing was sent"):
        run("generate", "--provider", "Team", "--prompt", "Mist", "--first-frame", "/no/such.png")


def test_an_unknown_model_names_the_known_ones(getimg):
    with pytest.raises(CommandError, match="seedance-v1-5-pro"):
        run("generate", "--provider", "Team", "--model", "nope", "--prompt", "Mist")


def test_waiting_in_vain_ends_with_a_failure_status(getimg):
    status, document = refuse("generate", "--provider", "Team", "--prompt", "Mist", "--wait", "0.1")
    assert status == 1
    assert document["jobs"][0]["state"] == "queued"


def test_jobs_are_filtered_by_state(make_job):
    make_job()
    failed = make_job(state=Job.State.FAILED, error="No.")
    assert [job["id"] for job in run("jobs", "--state", "failed")["jobs"]] == [failed.pk]


def test_a_job_is_shown_with_its_timeline(getimg):
    made = run("generate", "--provider", "Team", "--prompt", "Mist")["jobs"][0]
    shown = run("job", str(made["id"]))
    assert [event["message"] for event in shown["events"]] == ["Queued"]
    assert shown["file"] is None


def test_a_queued_job_is_cancelled(make_job):
    job = make_job()
    assert run("job", "cancel", str(job.pk))["state"] == "cancelled"


def test_an_unknown_job_is_named(db):
    with pytest.raises(CommandError, match="There is no job 99"):
        run("job", "99")


def test_without_an_account_the_command_line_says_how_to_get_one(db):
    with pytest.raises(NoOwnerYet, match="createsuperuser"):
        acting_user()


@pytest.mark.parametrize(
    "words", [["provider"], ["provider", "add"], ["generate"], ["jobs"], ["job"]]
)
def test_every_help_shows_an_example(words, capsys):
    with pytest.raises(SystemExit):
        call_command(*words, "--help")
    assert "Example" in capsys.readouterr().out
