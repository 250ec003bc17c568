"""Questions that change nothing: one read transaction, one answer, restricted to what the actor may see."""
