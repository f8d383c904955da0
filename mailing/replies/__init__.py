"""Replies: mail that comes in through SparkPost's relay webhook, from the post to the person's thread."""
