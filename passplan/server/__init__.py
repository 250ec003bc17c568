"""The other door: pages and API over HTTP. A view parses, calls one use case or board, and shows what it got."""
