"""Mail: events in and messages out, beside their limit and their peer, on empty tables and on full ones.

Each figure is the median of its runs, and all of them are of one run of this program on one database.
"""

import argparse
import sys
from statistics import median

from bench import events, rows, sending, servers

OLD_MESSAGES = 1_000_000
BATCHES = {350: 60, 10_000: 6}  # size of a batch: how many a run


def main() -> int:
    """Run the bench and print its tables."""
    parser = argparse.ArgumentParser(prog="bench.mail", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="runs of each way, of which the median is told")
    parser.add_argument("--old", type=int, default=OLD_MESSAGES, help="older messages in the full tables; 0: skip")
    given = parser.parse_args()
    with servers.running():
        rows.prepare()
        empty = _measure(given.runs, "empty tables")
        if given.old:
            _say(f"Writing {given.old:,} older messages and {5 * given.old:,} events ...")
            rows.grow(given.old)
            full = _measure(given.runs, "full tables")
            for what, rate in empty.items():
                _say(f"{what}: full tables give {full[what] / rate:.0%} of the rate of empty ones")
    return 0


def _measure(runs: int, where: str) -> dict[str, float]:
    """Watson's own rates, by what was measured; everything is said as it is found."""
    found = {}
    for size, number in BATCHES.items():
        rates = events.measure(batch=size, batches=number, runs=runs, peer_events=1050)
        ours, limit, peer = (rates[name].median for name in ("watson", "limit", "peer"))
        _say(
            f"{where}, events in batches of {size}: Watson {ours:,.0f} events/s, COPY {limit:,.0f}, peer {peer:,.0f}: "
            f"{ours / limit:.2f} of the limit, {ours / peer:.1f} times the peer "
            f"(95 of 100 posts are answered within {1000 * rates['watson'].p95:.0f} ms)"
        )
        found[f"events in batches of {size}"] = ours
    sent = sending.measure(rounds=runs)
    ours, bare = median(sent.watson), median(sent.bare)
    _say(
        f"{where}, messages over {sent.connections} connections: Watson {ours:,.0f} messages/s, "
        f"bare client {bare:,.0f}: {sent.share:.0%}"
    )
    return found | {"messages": ours}


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
