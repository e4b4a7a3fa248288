"""Accounts: what is encrypted, masked, limited, held and paused."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.utils import timezone

from studio.models import Provider

KEY = "sk_live_0123456789abcdef"


def _stored(column: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM studio_provider")  # noqa: S608 - a test's own word
        return str(cursor.fetchone()[0])


def test_a_key_is_encrypted_in_the_database_and_read_back(make_provider):
    provider = make_provider(api_key=KEY)
    assert KEY not in _stored("api_key")
    assert Provider.objects.get(pk=provider.pk).api_key == KEY


def test_options_are_encrypted_too(make_provider):
    provider = make_provider("imgix", options={"source_id": "source-123456"})
    assert "source-123456" not in _stored("options_text")
    assert Provider.objects.get(pk=provider.pk).options == {"source_id": "source-123456"}


def test_a_wrong_field_key_stops_instead_of_handing_out_ciphertext(make_provider, settings):
    provider = make_provider(api_key=KEY)
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(ImproperlyConfigured, match=r"field\.key"):
        Provider.objects.get(pk=provider.pk)


def test_a_new_field_key_before_the_old_one_still_reads_old_values(make_provider, settings):
    provider = make_provider(api_key=KEY)
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_KEYS]
    assert Provider.objects.get(pk=provider.pk).api_key == KEY


@pytest.mark.parametrize(("key", "shown"), [(KEY, "••••cdef"), ("short", "••••"), ("", "none")])
def test_a_key_is_shown_by_its_last_four_characters_at_most(make_provider, key, shown):
    assert make_provider(api_key=key).masked_key == shown


def test_the_admins_limits_win_over_the_published_ones(make_provider):
    provider = make_provider("dafty")
    assert provider.limits.creates_per_minute == 5
    provider.creates_per_minute = 2
    assert provider.limits.creates_per_minute == 2


def test_pausing_and_resuming_keeps_the_reason_visible_and_then_clears_it(make_provider):
    provider = make_provider()
    provider.pause(Provider.Health.OUT_OF_CREDIT, "No credit left.")
    assert provider.is_paused
    assert provider.health_note == "No credit left."
    provider.resume()
    assert not provider.is_paused
    assert provider.health_note == ""


def test_resuming_also_ends_a_wait_and_a_row_of_faults(make_provider):
    provider = make_provider()
    provider.note_fault("No answer.")
    provider.hold_sends(timezone.now() + timedelta(hours=1))
    provider.resume()
    assert (provider.faults_in_a_row, provider.sends_held_until) == (0, None)
    assert provider.health == Provider.Health.UNKNOWN


def test_a_wait_is_only_ever_lengthened(make_provider):
    provider, now = make_provider(), timezone.now()
    for minutes in (5, 1, 3):
        provider.hold_sends(now + timedelta(minutes=minutes))
    provider.refresh_from_db()
    assert provider.sends_held_until == now + timedelta(minutes=5)


def test_faults_are_counted_by_all_workers_together(make_provider):
    mine = make_provider()
    theirs = Provider.objects.get(pk=mine.pk)
    assert [mine.note_fault("No."), theirs.note_fault("No."), mine.note_fault("No.")] == [1, 2, 3]
    assert mine.health == Provider.Health.UNREACHABLE


def test_an_answer_ends_a_row_of_faults(make_provider):
    provider = make_provider()
    provider.note_fault("No answer.")
    provider.note_answer()
    provider.refresh_from_db()
    assert (provider.faults_in_a_row, provider.health_note) == (0, "")
    assert provider.health == Provider.Health.WELL


def test_an_answer_ends_no_wait_that_a_living_api_asked_for(make_provider):
    provider, soon = make_provider(), timezone.now() + timedelta(minutes=5)
    provider.hold_sends(soon)
    provider.note_answer()
    provider.refresh_from_db()
    assert provider.sends_held_until == soon


def test_an_answer_does_not_end_a_pause(make_provider):
    provider = make_provider()
    provider.note_fault("No answer.")
    provider.pause(Provider.Health.OUT_OF_CREDIT, "No credit left.")
    provider.note_answer()
    provider.refresh_from_db()
    assert provider.is_paused
