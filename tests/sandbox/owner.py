"""Owns embedded servers on the home in its argument, says who they are, and waits to be ended."""

import json
import os
import signal
import sys
import time
from pathlib import Path

from sandbox import embedded

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are started deaf to it

with embedded.servers(Path(sys.argv[1]), durable="--durable" in sys.argv) as servers:
    pids = {"owner": os.getpid(), "postgres": servers.database.pid, "valkey": servers.redis.pid}
    print(json.dumps({**pids, "database_url": servers.database_url}), flush=True)
    time.sleep(0 if "--once" in sys.argv else 600)
