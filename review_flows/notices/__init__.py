"""Messages that are due to somebody; the senders run in flows."""
