#!/usr/bin/env bash
# Makes .venv where Python came without its venv module, as Debian ships it.
set -euo pipefail
python=$1
package="python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing $package..."
    apt-get update -qq && apt-get install -y -qq "$package" >/dev/null
    exec "$python" -m venv .venv
fi
echo "Python's venv module is missing. Install it first, for example: sudo apt-get install $package"
exit 1
