"""Benchmarks: ratios within one run, printed as a table. They assert nothing."""
