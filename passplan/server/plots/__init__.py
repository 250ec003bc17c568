"""Plots as SVG: numbers to places on the paper. Templates draw what these say, and reckon nothing."""
