"""The product's own settings, with time compressed: for workers that are there to be killed."""

from studio.settings import *  # noqa: F403

LEASE_S = 2.5
LOOK_INTERVAL_FACTOR = EVIDENCE_FACTOR = 0.05
DISK_SOFT_MB = DISK_HARD_MB = 0
