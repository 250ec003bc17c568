"""A source's Earth-fixed motion at any instant: time scales, frames, SGP4, the Sun."""
