"""How gunicorn serves Watson, in the demo, in the tests and in a container; the command line names only the address."""

import os

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
