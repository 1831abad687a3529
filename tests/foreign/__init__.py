"""Translation networks that ticketscope did not make: what transformers' users have on their disks.

Everything here is done by transformers, tokenizers, SentencePiece, CTranslate2 and torch alone, so
that figures of ticketscope are compared with figures that owe it nothing. Nothing here imports it.

    texts       sentence pairs of a little language
    pieces      SentencePiece models and their parts
    families    a directory of each family: tokenizer, network, language codes
    training    a plain loop that teaches a network to translate
    variants    what a compressor makes of a network
    version_4   a network in the form of old files
    figures     states, attention, losses, translations and scores, computed independently
    nets        all of it made once in a session of tests, whatever the number of workers
"""
