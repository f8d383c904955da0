"""How gunicorn serves Watson, in the demo, in the tests and in a container; the command line names only the address."""

import os
from typing import Any

workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
worker_class = "gthread"
timeout = 60
graceful_timeout = 10
# No access log: paths of candidates' pages hold their tokens and query strings hold what was searched for.
accesslog = None
control_socket_disable = True
# Heartbeats in memory: on a slow disk they would end a worker that is only waiting.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")


def post_worker_init(worker: Any) -> None:
    """Read all addresses, and so all views, before the first request: whoever asks first would wait a second for it."""
    from django.urls import get_resolver

    get_resolver().url_patterns  # noqa: B018 - reading is what it takes
