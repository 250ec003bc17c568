"""Pages and API over HTTP. A view parses, calls one use case or one query, and renders typed rows."""
