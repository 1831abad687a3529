"""T5 from its SentencePiece model alone, whose own ids the network has."""

from ticketscope.networks.tokenizers.sentence_pieces import SentencePieces
from ticketscope.networks.tokenizers.stored_tokenizer import Directory, StoredTokenizer


def read_t5(place: Directory) -> StoredTokenizer:
    """T5 from its SentencePiece model alone, whose own ids the network has."""
    path = place.path / "spiece.model"
    model = SentencePieces(path)
    place.check_added(model.ids, path)
    return StoredTokenizer(path, "T5Tokenizer", model, model, place.symbol("eos_token", "</s>"))
