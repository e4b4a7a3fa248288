"""Takes every file of a folder in, as an upload is taken in, within one child's limits: three
hundred children would take minutes. Prints a line of JSON for each."""

import json
import re
import sys
import time
from pathlib import Path
from typing import Any

from studio.media import children, uploads
from studio.media.errors import MediaError

ALL_OF_THEM_S = "240"


def keep(path: Path, kept: Path) -> dict[str, Any]:
    began_s = time.process_time()
    try:
        answer = uploads._reencode(path, kept / path.name)["path"]
    except MediaError as e:
        answer = type(e).__name__
    except (Exception, MemoryError) as e:
        # The studio's own child ends with this, and its parent says that it could not be read.
        answer = f"NotAnImage: {type(e).__name__}"
    return {"name": path.name, "answer": answer, "took_s": time.process_time() - began_s}


def most_memory_kb() -> int:
    """Not `ru_maxrss`, in which the parent's own memory may be counted."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) if found else 0


if __name__ == "__main__":
    children.limit(str(uploads.MEMORY_BYTES), ALL_OF_THEM_S)
    given, kept = map(Path, sys.argv[1:])
    for path in sorted(given.iterdir()):
        print(json.dumps(keep(path, kept) | {"memory_kb": most_memory_kb()}))
