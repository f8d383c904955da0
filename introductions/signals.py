"""What this floor announces."""

from django.dispatch import Signal

# introduction: Introduction
introduced = Signal()
