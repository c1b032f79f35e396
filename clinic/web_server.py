"""How gunicorn serves the clinic: `gunicorn -c python:clinic.web_server clinic.wsgi`.

One process with eight threads is enough for a clinic's desk; CLINIC_WEB_WORKERS raises the number of processes.
"""

import os

from clinic.settings import LOGGING

bind = os.environ.get("CLINIC_BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("CLINIC_WEB_WORKERS", "1"))
threads = 8
timeout = 60
graceful_timeout = 8
# Shared memory, not the disk, for the heartbeat: a busy disk must not look like a hung worker.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - gunicorn unlinks it at once
# Nobody's forwarding headers count here: clinic.proxies judges them, by CLINIC_TRUSTED_PROXIES.
forwarded_allow_ips = ""
control_socket_disable = True
# clinic.middleware writes the access log, without query strings and with the secrets of links masked.
accesslog = None
logconfig_dict = LOGGING
