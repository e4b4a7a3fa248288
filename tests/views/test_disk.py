"""A disk that fills up: told on every page to those who have clips made, until there is room."""

import re
import shutil

import pytest
from django.test import Client

from studio.models import Role
from tests.factories import new_member

MORE_THAN_ANY_DISK_MB = 10**9
PAGES = ("/", "/queue/", "/history/", "/gallery/", "/boards/", "/members/", "/budgets/")
POLLS = ("/live/", "/activity/", "/queue/rows/", "/history/rows/")


@pytest.fixture
def low(db, settings):
    settings.DISK_SOFT_MB = MORE_THAN_ANY_DISK_MB
    return settings


@pytest.fixture
def full(low):
    low.DISK_HARD_MB = MORE_THAN_ANY_DISK_MB
    return low


def page(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def banner(client: Client, address: str = "/gallery/") -> str:
    """What stands in the banner's place, which every page has once."""
    found = re.findall(r'<div id="disk".*?</div>(?=\s*<|\s*$)', page(client, address), re.DOTALL)
    assert len(found) == 1
    return found[0]


def signed_in(name: str, role: Role) -> Client:
    client = Client()
    client.force_login(new_member(name, role))
    return client


@pytest.mark.parametrize("address", PAGES + POLLS)
def test_every_page_and_every_poll_tells_it(browser, getimg, low, address):
    text = page(browser, address)
    assert text.count('id="disk-low"') == 1
    assert 'id="disk-full"' not in text


@pytest.mark.parametrize("address", ["/", "/queue/", "/members/"])
def test_a_full_disk_is_told_in_red(browser, getimg, full, address):
    text = page(browser, address)
    assert text.count('class="note note--bad" id="disk-full"') == 1
    assert 'id="disk-low"' not in text


@pytest.mark.parametrize("address", ["/", "/queue/rows/"])
def test_with_room_enough_there_is_nothing_to_read(browser, getimg, address):
    assert "note" not in banner(browser, address)


def test_managers_read_the_numbers_and_the_way_out(low, settings, tmp_path):
    said = banner(signed_in("ma", Role.MANAGER))
    free_mb = shutil.disk_usage(tmp_path).free // 10**6
    told = re.search(r"([\d,]+) MB are free\. Below 1,000,000,000 MB nothing new is sent", said)
    assert told
    assert int(told[1].replace(",", "")) == pytest.approx(free_mb, rel=0.1)
    assert 'href="/gallery/?state=trash"' in said


def test_creators_read_why_and_that_somebody_else_can_help(low):
    said = banner(signed_in("jo", Role.CREATOR))
    assert "No new clips for now." in said
    assert "A manager can make room." in said
    assert "MB" not in said


def test_viewers_are_not_troubled(full):
    assert "note" not in banner(signed_in("vi", Role.VIEWER))


def test_a_page_that_is_open_hears_of_it_and_of_its_end(browser, getimg, settings):
    def poll(shown: str = "") -> tuple[int, str, str]:
        answer = browser.get("/live/", {"v": shown})
        text = answer.content.decode()
        return answer.status_code, text, answer.context["live_version"] if text else shown

    _status, _text, fine = poll()
    settings.DISK_SOFT_MB = MORE_THAN_ANY_DISK_MB
    status, text, low = poll(fine)
    assert (status, 'id="disk-low"' in text) == (200, True)
    assert poll(low)[0] == 204
    settings.DISK_HARD_MB = MORE_THAN_ANY_DISK_MB
    status, text, full = poll(low)
    assert (status, 'id="disk-full"' in text) == (200, True)
    settings.DISK_SOFT_MB = settings.DISK_HARD_MB = 0
    status, text, fine_again = poll(full)
    assert (status, "disk-" in text) == (200, False)
    assert fine_again == fine
