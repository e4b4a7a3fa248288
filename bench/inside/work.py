"""The studio's worker, as `manage.py work` runs it, with the figures of its looks written down."""

import json
import threading
import time
from pathlib import Path

from django.conf import settings

from studio.management.commands.work import Worker

TELL_EVERY_S = 1.0


def work(path: str) -> None:
    """Run until SIGINT; a line a second tells how many looks there were so far and how late the
    most belated of the last second was begun."""
    worker = Worker(settings.WORKER_THREADS)
    threading.Thread(target=_tell, args=(worker, Path(path)), daemon=True).start()
    worker.run()


def _tell(worker: Worker, path: Path) -> None:
    figures = worker.looker.figures
    with path.open("w", encoding="utf-8") as file:
        while True:
            time.sleep(TELL_EVERY_S)
            line = {"at": time.time(), "looks": figures.looks, "latest_s": figures.latest_s}
            figures.latest_s = 0.0
            file.write(json.dumps(line) + "\n")
            file.flush()
