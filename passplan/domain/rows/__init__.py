"""Rows: the columns of every table, file and answer, declared once. Every output is generated from them."""
