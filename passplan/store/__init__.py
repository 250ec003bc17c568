"""What passplan remembers: one schema on SQLite and PostgreSQL, and the guards by which the database keeps promises."""
