"""Alembic's scripts. Each revision puts the guards back that it takes away; the tests go up, down and up again."""
