"""Rows: what a table, a file or an answer shows of one thing, declared once. Every output is generated from them."""
