"""What can be wrong with a file, worded for the person who gave it."""


class MediaError(Exception):
    """`message` is for the page, `detail` for the log."""

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class NotAnImage(MediaError):
    """The file is no picture that can be read."""


class ImageTooLarge(MediaError):
    """The picture (or the upload) is larger than allowed."""


class NotAVideo(MediaError):
    """The file is no whole video."""
