"""Real processes on a real store, killed and stopped at random; and what must hold of the store all the same."""
