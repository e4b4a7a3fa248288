"""Two hundred ways to write an address that leads out of a folder."""

import itertools
from urllib.parse import quote

TARGETS = ("etc/passwd", "secret.key", "studio.sqlite3", "field.key", "library.json")
STEPS = (
    "../",
    "..\\",
    "%2e%2e/",
    "%2e%2e%2f",
    "..%2f",
    "..%5c",
    "%252e%252e%252f",
    "..%252f",
    "..%c0%af",
    "%c0%ae%c0%ae/",
    "..%ef%bc%8f",
    "....//",
    "..;/",
    ".%2e/",
    "..%00/",
    "..%0d%0a/",
    "./../",
)
ALONE = (
    "..",
    ".",
    "...",
    "%2e%2e",
    "%2e",
    "..%00",
    "%00",
    "~",
    "~root/.ssh/id_rsa",
    "/etc/passwd",
    "//etc/passwd",
    "%2fetc%2fpasswd",
    "%2f%2fetc/passwd",
    "C:%5cWindows%5cwin.ini",
    "%5c%5c127.0.0.1%5cshare",
    "file:%2f%2f%2fetc%2fpasswd",
    "file:///etc/passwd",
    "http:%2f%2f127.0.0.1%2f",
    "/proc/self/environ",
    "%2fproc%2fself%2ffd%2f0",
    "/dev/stdin",
    "index.html%00.png",
    "a%0d%0aX-Header:%20y",
    "%ff%fe",
    "%e2%80%ae",
    "%u002e%u002e/",
    "-1",
    "0",
    "9" * 5000,
    "%25" * 500,
    "a" * 3000,
    "*",
    "[a-z]",
    "$(id)",
    "`id`",
)


def every_traversal() -> list[str]:
    """As they stand in an address."""
    deep = [
        step * depth + target for step, depth, target in itertools.product(STEPS, (1, 6), TARGETS)
    ]
    return [*ALONE, *deep, *(quote(path, safe="") for path in deep[: 200 - len(ALONE)])][:215]
