"""What pages and the API share: labels, marks, display settings, tables, cursors."""
