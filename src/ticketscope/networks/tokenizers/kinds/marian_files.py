"""MarianTokenizer: two SentencePiece models over one vocabulary, or over one for either side."""

from ticketscope.networks.tokenizers.sentence_pieces import SentencePieces
from ticketscope.networks.tokenizers.stored_tokenizer import Directory, StoredTokenizer


def read_marian(place: Directory) -> StoredTokenizer:
    """Two SentencePiece models over one vocabulary, or over one for either side."""
    kwargs = place.settings.get("sp_model_kwargs")
    names_unknown = isinstance(kwargs, dict) and bool(kwargs.get("emit_unk_piece"))
    eos, unknown = place.symbol("eos_token", "</s>"), place.symbol("unk_token", "<unk>")
    others = {eos, place.symbol("bos_token", "<s>"), place.symbol("pad_token", "<pad>")}
    separate = place.settings.get("separate_vocabs", (place.path / "target_vocab.json").is_file())

    def side(model: str, vocabulary: str) -> SentencePieces:
        ids = place.ids(vocabulary)
        place.check_added(ids, place.path / vocabulary)
        tags = {name for name in ids if name.startswith(">>") and name.endswith("<<")}
        return SentencePieces(
            place.path / model,
            ids,
            unknown=unknown,
            special=frozenset({*others, *tags}),
            surface_of_unknown=not names_unknown,
            around=((), (ids[eos],)),
        )

    return StoredTokenizer(
        path=place.path / "vocab.json",
        name="MarianTokenizer",
        source=side("source.spm", "vocab.json"),
        target=side("target.spm", "target_vocab.json" if separate else "vocab.json"),
        eos=eos,
        takes_tag=True,
    )
