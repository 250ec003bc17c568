"""The schedule: when to plan, draft, check and publish."""
