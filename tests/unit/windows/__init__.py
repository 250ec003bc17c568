"""Contact windows."""
