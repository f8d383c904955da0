"""Measurements: the limit and the peer beside us in the same run, never as tests. `make bench` runs them all."""
