"""The demo provider: a small HTTP server that speaks the five APIs and renders real clips.

It stands in for imgix, getimg.ai, AI.ML, Dafty and indoxhub on a first run without any key,
in the tests and in the benchmarks. Nothing here is shared with the adapters on purpose: the
server is written from the APIs' pages alone, so that a mistake in an adapter shows.
"""
