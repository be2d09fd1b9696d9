#!/bin/sh
# Runs a command whose temporary files are in memory where there is room for them, and removes what it leaves.
# Tests make hundreds of databases: in memory they need a tenth less time.
ROOM=4096  # MB

room=$(df -Pm /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
[ "${room:-0}" -ge $ROOM ] && [ -w /dev/shm ] || exec "$@"
TMPDIR=$(mktemp -d /dev/shm/hub-XXXXXX)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 130' INT TERM
"$@"
