"""Watson's settings with the peer in its place and nothing of ours in its way."""

from watson.settings import *  # noqa: F403
from watson.settings import env

INSTALLED_APPS = ["anymail", "bench.peer_app"]
MIDDLEWARE = []
ROOT_URLCONF = "bench.peer"
ANYMAIL = {"WEBHOOK_SECRET": f"{env('SPARKPOST_WEBHOOK_USER')}:{env('SPARKPOST_WEBHOOK_PASSWORD')}"}
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024
