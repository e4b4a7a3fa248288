"""The one Django app of the project."""

from django.apps import AppConfig


class StudioConfig(AppConfig):
    name = "studio"
    verbose_name = "Dailies"

    def ready(self) -> None:
        # Services need the models, which are not there before this.
        from studio.services.backup import checks  # noqa: F401, PLC0415
