"""Gold annotation of sentences, and the probing tasks that follow from it.

One form for all sources: readers of corpora and the embedded grammar fill `AnnotatedSentence`; the
tasks and the exports read nothing else.
"""
