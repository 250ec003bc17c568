"""Sources and stations to passes and tracks, and how uncertain they are."""
