"""The store: one schema on SQLite and PostgreSQL, its rows, and the guards with which the database enforces rules."""
