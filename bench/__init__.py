"""What Dailies promises about speed, measured: real processes, real sockets, a real disk.

`python -m bench` runs everything and writes docs/benchmarks.md, `python -m bench lag` runs one,
`--quick` makes all of them small. Read ratios; absolute figures belong to one machine.
"""
