"""The same columns and indexes as our own table of events."""

from django.db import models


class PeerEvent(models.Model):
    """One event as the peer keeps it; the bench makes the table."""

    event_id = models.CharField(max_length=80, primary_key=True)
    type = models.CharField(max_length=30)
    at = models.DateTimeField()
    message = models.UUIDField(null=True)
    transmission_id = models.CharField(max_length=40)
    provider_message_id = models.CharField(max_length=80)
    bounce_class = models.SmallIntegerField(null=True)
    is_prefetched = models.BooleanField()

    class Meta:
        managed = False
        db_table = "bench_peer_event"

    def __str__(self) -> str:
        return self.event_id
