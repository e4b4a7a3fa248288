"""The product's settings over a data folder of the test run's own."""

import os
import tempfile

os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="dailies-tests-")

from studio.settings import *  # noqa: F403
from studio.settings import DATA_DIR, DATABASES, STATIC_ROOT

STATIC_ROOT.mkdir()
DATABASES["default"]["TEST"] = {"NAME": DATA_DIR / "test.sqlite3"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DISK_SOFT_MB = DISK_HARD_MB = 0
