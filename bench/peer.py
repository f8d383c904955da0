"""The peer: django-anymail's webhook view for SparkPost as it comes, and one ORM write for each event it announces."""

from typing import Any

from anymail.signals import tracking
from anymail.webhooks.sparkpost import SparkPostTrackingWebhookView
from django.dispatch import receiver
from django.urls import path
from django.utils import timezone

from bench.peer_app.models import PeerEvent

urlpatterns = [path("hooks/peer/", SparkPostTrackingWebhookView.as_view())]


@receiver(tracking, dispatch_uid="bench.peer")
def write(sender: Any, event: Any, esp_name: str, **kwargs: Any) -> None:
    """Keep what our own table keeps, the way an application of anymail's would."""
    inner = next(iter(event.esp_event["msys"].values()))
    PeerEvent._default_manager.create(
        event_id=event.event_id,
        type=event.event_type,
        at=event.timestamp or timezone.now(),
        message=event.metadata.get("message"),
        transmission_id=event.message_id or "",
        provider_message_id=inner.get("message_id") or "",
        bounce_class=inner.get("bounce_class"),
        is_prefetched=(inner.get("user_agent_parsed") or {}).get("is_prefetched", False),
    )
