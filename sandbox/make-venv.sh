#!/bin/sh
# Makes .venv with the newest suitable Python ($PYTHON if set) and installs the locked requirements given as $1.
set -eu

say_and_stop() {
    echo "$1" >&2
    exit 1
}

is_suitable() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

has_venv() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

find_python() {
    suitable=""
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
        is_suitable "$candidate" || continue
        suitable="${suitable:-$candidate}"
        has_venv "$candidate" || continue
        echo "$candidate"
        return
    done
    [ -n "$suitable" ] || say_and_stop "No Python 3.11 or newer was found (tried: ${PYTHON:-python3.13 python3.12 python3.11 python3}). \
Install one, or say where it is: make PYTHON=/path/to/python3"
    say_and_stop "$suitable cannot make virtual environments: its venv module is missing. \
On Debian and Ubuntu: apt-get install python3-venv"
}

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    echo "Making .venv with $("$python" --version) …"
    "$python" -m venv --clear .venv
fi
install() {
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-input \
        --no-deps --require-hashes -r "$1" 2>&1
}

echo "Installing what $1 lists into .venv, from PyPI: one to three minutes, this once …"
began=$(date +%s)
if ! said=$(install "$1"); then
    echo "$said" >&2
    say_and_stop "Not everything could be installed; pip says above why. Is there a network? Then: make again."
fi
echo "Installed in $(($(date +%s) - began)) s."
