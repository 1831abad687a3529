"""Measuring the tickets of a run, and writing the tidy tables.

`jobs` measure tickets one by one, in parallel, each result a JSON file with the digest of all it
depends on; `tables` put them side by side. A table is only ever written from such files, the
masks and the levels' facts, so that it can be written again at any time.
"""
