"""Text to and from domain types: element sets, the network file, and the flat rows that every output shows."""
