"""Run the stand-in: `python -m mailing.sparkpost.standin --port 8025`."""

import argparse
import os
import signal
import sys
import threading

from mailing.sparkpost.standin import StandIn
from mailing.sparkpost.standin.inbound import Relay


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM. Secrets come from the environment: arguments show in the list of processes."""
    env = os.environ.get
    parser = argparse.ArgumentParser(prog="mailing.sparkpost.standin", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--port", type=int, default=8025)
    parser.add_argument("--webhook-url", default=None, help="where events are posted")
    parser.add_argument("--relay-url", default="", help="where incoming mail is posted")
    parser.add_argument("--inbound-domain", default="", help="the domain whose mail is incoming")
    parser.add_argument("--data", default=None, help="a JSON file that keeps the outbox")
    parser.add_argument("--delay", type=float, default=0.8, help="seconds between accepted, injected, delivered")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer of the API")
    parser.add_argument("--events-lag", type=float, default=60.0, help="how long the Events API lags behind, s")
    parser.add_argument("--sending-domain", action="append", default=[], help="refuse mail from any other domain")
    given = parser.parse_args(arguments)
    try:
        standin = StandIn(
            host=given.host,
            port=given.port,
            api_key=env("SPARKPOST_API_KEY") or "standin-key",
            webhook_url=given.webhook_url,
            webhook_user=env("SPARKPOST_WEBHOOK_USER", ""),
            webhook_password=env("SPARKPOST_WEBHOOK_PASSWORD", ""),
            webhook_secret=env("SPARKPOST_WEBHOOK_SECRET", ""),
            data=given.data,
            delay=given.delay,
            latency=given.latency,
            events_lag=given.events_lag,
            relay=Relay(
                url=given.relay_url,
                token=env("SPARKPOST_RELAY_TOKEN", ""),
                secret=env("SPARKPOST_WEBHOOK_SECRET", ""),
                domain=given.inbound_domain,
            ),
            sending_domains=tuple(domain.lower() for domain in given.sending_domain),
        )
        if standin.store.problem:
            sys.stderr.write(f"{standin.store.problem}\n")
        standin.start()
    except (OSError, ValueError) as exc:
        sys.stderr.write(f"The mail stand-in can't start on {given.host}:{given.port}: {exc}\n")
        return 1
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    sys.stdout.write(f"Mail stand-in: {standin.url}/outbox/\n")
    sys.stdout.flush()
    done.wait()
    standin.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
