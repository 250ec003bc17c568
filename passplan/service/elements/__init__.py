"""Element sets of the store, and the feeds they are fetched from."""
