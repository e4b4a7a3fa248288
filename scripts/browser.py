"""Makes sure that the tests find a browser and can drive it, and installs what is missing."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
PLAYWRIGHT = [sys.executable, "-m", "playwright"]


def has_browser() -> bool:
    return any(map(shutil.which, NAMES))


def driver_runs() -> bool:
    """Playwright's driver is a Node.js of its own, which needs a library that a small Debian
    lacks."""
    return subprocess.run([*PLAYWRIGHT, "--version"], capture_output=True).returncode == 0


def missing() -> list[str]:
    """Debian's names of what is not there."""
    packages = [] if has_browser() else ["chromium"]
    return packages if driver_runs() else [*packages, "libatomic1"]


def install(packages: list[str]) -> None:
    """Debian's packages as root, else Playwright's own browser."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {' and '.join(packages)}...", flush=True)
        for command in (["update"], ["install", "-y", *packages]):
            subprocess.run(["apt-get", "-qq", *command], check=True, stdout=subprocess.DEVNULL)
    elif "libatomic1" in packages:
        sys.exit("The browser tests need libatomic, for example: sudo apt-get install libatomic1")
    else:
        subprocess.run([*PLAYWRIGHT, "install", "chromium"], check=True)


if __name__ == "__main__" and (packages := missing()):
    install(packages)
