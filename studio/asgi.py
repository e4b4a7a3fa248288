"""The entry of the web server: Django behind the asynchronous front."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from studio import logs
from studio.front import MediaFront

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")
logs.tell_of_crashes()
application = MediaFront(
    get_wsgi_application(),
    media_root=settings.MEDIA_ROOT,
    threads=settings.WEB_THREADS,
    accel_prefix=settings.MEDIA_ACCEL_PREFIX,
    sub_path=settings.SUB_PATH,
)
