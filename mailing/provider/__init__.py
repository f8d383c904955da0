"""Keeping in step with the provider: what it did not post, whom it stopped, whom we stopped, and how it is set up."""
