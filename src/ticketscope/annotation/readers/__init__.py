"""Readers of the formats in which gold annotation is distributed, one module per format.

A reader is a pure generator from the lines of a file to sentences. It streams, and raises nothing
but `InputError`, which names the file and the line.
"""
