"""Benchmarks: counts and ratios of one run, so that they mean the same on any machine."""
