"""What holds at all five APIs, asked in each one's own words."""

import httpx

from tests.demo.conftest import Visitor


def test_a_created_job_ends_with_a_clip_that_can_be_fetched_without_a_key(visitor: Visitor):
    _, body = visitor.finished()
    clip = httpx.get(visitor.video_url(body))
    assert clip.status_code == 200
    assert clip.headers["content-type"] == "video/mp4"
    assert clip.content[4:8] == b"ftyp"


def test_a_key_with_bad_in_it_is_refused(visitor: Visitor):
    headers = dict.fromkeys(visitor.account.headers, "Bearer bad")
    assert visitor.create(headers=headers).status_code == 401
    assert visitor.demo.created(visitor.account.slug) == 0


def test_a_missing_prompt_creates_nothing(visitor: Visitor):
    refused = visitor.create(prompt=None, content=[] if visitor.account.slug == "aiml" else None)
    assert refused.status_code in (400, 422)
    assert visitor.demo.created() == 0


def test_an_unknown_job_is_not_found(visitor: Visitor):
    answer = visitor.http.get(visitor.account.poll_path.format("unknown"))
    assert answer.status_code == 404


def test_an_expired_link_is_refused(visitor: Visitor):
    _, body = visitor.finished()
    url = visitor.video_url(body)
    visitor.demo.advance(25 * 3600)
    assert httpx.get(url).status_code in (403, 410)


def test_a_forged_link_is_refused(visitor: Visitor):
    _, body = visitor.finished()
    assert httpx.get(visitor.video_url(body) + "0").status_code == 403


def test_asking_again_renews_an_expired_link_except_at_getimg(visitor: Visitor):
    job_id, _ = visitor.finished()
    visitor.demo.advance(25 * 3600)
    renewed = httpx.get(visitor.video_url(visitor.poll(job_id)))
    assert renewed.status_code == (410 if visitor.account.slug == "getimg" else 200)


def test_the_link_life_can_be_set(visitor: Visitor):
    visitor.demo.settings(link_life_s=30)
    _, body = visitor.finished()
    url = visitor.video_url(body)
    assert httpx.get(url).status_code == 200
    visitor.demo.advance(40)
    assert httpx.get(url).status_code in (403, 410)


def test_status_words_move_from_waiting_over_running_to_done(visitor: Visitor):
    visitor.demo.settings(generating_s=1000)
    words = {
        "imgix": ("preparing", "preparing"),
        "getimg": ("pending", "pending"),
        "aiml": ("queued", "running"),
        "dafty": ("pending", "processing"),
        "indoxhub": ("pending", "in_progress"),
    }[visitor.account.slug]
    job_id = visitor.account.read_id(visitor.create().json())
    seen = [visitor.account.read_status(visitor.poll(job_id))]
    visitor.demo.advance(600)
    seen.append(visitor.account.read_status(visitor.poll(job_id)))
    visitor.demo.advance(600)
    visitor.until(job_id, visitor.account.done)
    assert tuple(seen) == words


def test_a_job_told_to_fail_ends_failed_and_says_why(visitor: Visitor):
    visitor.demo.fault(visitor.account.slug, "create", "fail", message="Too many penguins.")
    job_id = visitor.account.read_id(visitor.create().json())
    status = "errored" if visitor.account.slug == "imgix" else "failed"
    assert "Too many penguins." in str(visitor.until(job_id, status))


def test_no_credit_is_402_and_creates_nothing(visitor: Visitor):
    visitor.demo.fault(visitor.account.slug, "create", "no_credit")
    assert visitor.create().status_code == 402
    assert visitor.demo.created() == 0


def test_an_unknown_address_is_answered_in_the_apis_own_shape(visitor: Visitor):
    body = visitor.http.get("/nothing/here").json()
    assert set(body) & {"error", "errors", "detail"}


def test_the_journal_tells_which_request_made_the_job_and_hides_the_key(visitor: Visitor):
    job_id = visitor.account.read_id(visitor.create().json())
    [entry] = visitor.demo.journal(provider=visitor.account.slug, created=True)
    assert (entry["endpoint"], entry["job_id"]) == ("create", job_id)
    assert len(entry["body_sha256"]) == 64
    assert "test" not in str(entry["headers"])
