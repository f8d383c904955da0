"""SparkPost on this machine: the wire both ways, an outbox to read mails in, and misbehaviour on demand."""

from mailing.sparkpost.standin.server import StandIn
from mailing.sparkpost.standin.store import Link, Mail

__all__ = ["Link", "Mail", "StandIn"]
