"""Each rule of a schedule: one that breaks just that rule, and its twin that is good."""
