"""A process of a running studio that does what tests ask of it, one line of JSON after the other.

`manage.py shell` for each question would take a second of a core each time.
"""

import contextlib
import io
import json
import sys
import traceback
from typing import Any

import django


def answer(asked: dict[str, Any]) -> dict[str, str]:
    """Run the code, or the command; what it printed, and what went wrong."""
    from django.core.management import call_command  # noqa: PLC0415 - after the set-up
    from django.db import connections  # noqa: PLC0415

    said, error = io.StringIO(), ""
    with contextlib.redirect_stdout(said):
        try:
            if "code" in asked:
                exec(compile(asked["code"], "asked", "exec"), {"__name__": "asked"})  # noqa: S102
            else:
                call_command(*asked["command"], stdout=said)
        except Exception:
            error = traceback.format_exc()
    connections.close_all()
    return {"said": said.getvalue(), "error": error}


def main() -> None:
    django.setup()
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
