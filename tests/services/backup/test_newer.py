"""An older Dailies leaves the database of a newer one alone."""

import pytest
from django.db.migrations.recorder import MigrationRecorder

from studio.services.backup import BackupProblem, refuse_newer


def test_a_database_of_ours_is_taken(db):
    refuse_newer()


def test_one_that_a_newer_version_changed_is_refused_with_what_to_do(db):
    MigrationRecorder.Migration.objects.create(app="studio", name="9999_from_the_future")
    with pytest.raises(BackupProblem, match=r"9999_from_the_future.*Nothing was started"):
        refuse_newer()


def test_what_another_app_did_is_its_own_matter(db):
    MigrationRecorder.Migration.objects.create(app="axes", name="9999_from_the_future")
    refuse_newer()
