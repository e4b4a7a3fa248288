"""What can go wrong here, worded for whoever sits at the command line."""


class BackupProblem(Exception):
    """It could not be done. The message says what happened and what to do."""


class StudioRuns(BackupProblem):
    """It needs a studio that stands still."""


class WrongPassphrase(BackupProblem):
    """The keys in a backup cannot be read with it."""


class Damaged(BackupProblem):
    """A file is not what it is said to be."""
