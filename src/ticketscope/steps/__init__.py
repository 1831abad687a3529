"""Measuring the tickets of a run, and writing the tidy tables.

`quality`, `weights` and `representations` measure tickets one by one, in parallel, and `speed` all
of them when nothing else runs; each result is a JSON file with the digest of all it depends on.
`tables` puts them side by side. A table is only ever written from such files, the masks and the
levels' facts, so that it can be written again at any time.
"""
