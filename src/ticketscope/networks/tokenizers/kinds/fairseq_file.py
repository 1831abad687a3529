"""mBART from its SentencePiece model alone."""

from transformers.models.mbart.tokenization_mbart import FAIRSEQ_LANGUAGE_CODES as CODES_OF_MBART
from transformers.models.mbart50.tokenization_mbart50 import (
    FAIRSEQ_LANGUAGE_CODES as CODES_OF_MBART50,
)

from ticketscope.errors import InputError
from ticketscope.networks.tokenizers.codes import Codes, Place
from ticketscope.networks.tokenizers.kinds.json_file import TOKENIZER
from ticketscope.networks.tokenizers.sentence_pieces import SentencePieces
from ticketscope.networks.tokenizers.stored_tokenizer import Directory, StoredTokenizer


def read_fairseq(place: Directory) -> StoredTokenizer:
    """mBART from its SentencePiece model alone: fairseq's four symbols, the pieces, the codes, the
    mask. How many rows there are tells the 25 languages from the 50."""
    path = place.path / "sentencepiece.bpe.model"
    if place.model_type != "mbart":
        raise InputError(
            f"{path}: does not hold the language codes; take {TOKENIZER} of the same network, too "
            "(AutoTokenizer of transformers writes it by save_pretrained)"
        )
    pieces = SentencePieces(path).ids
    kinds = {
        len(pieces) + len(codes) + 2: (name, codes, where)
        for name, codes, where in (
            ("MBartTokenizer", CODES_OF_MBART, Place.AS_START),
            ("MBart50Tokenizer", CODES_OF_MBART50, Place.IN_FRONT),
        )
    }
    if place.num_rows not in kinds or list(pieces)[:3] != ["<unk>", "<s>", "</s>"]:
        raise InputError(
            f"{path}: has {len(pieces):,} pieces, which does not fit the {place.num_rows:,} rows "
            f"of the embedding ({' or '.join(f'{n:,}' for n in kinds)} would); take {TOKENIZER} "
            "of the same network, too"
        )
    name, codes, where = kinds[place.num_rows]
    of_codes = {code: len(pieces) + 1 + number for number, code in enumerate(codes)}
    ids = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}
    ids |= {piece: number + 1 for piece, number in pieces.items() if number > 2}
    ids |= {**of_codes, "<mask>": place.num_rows - 1}
    place.check_added(ids, path)
    model = SentencePieces(path, ids, special=frozenset({"<s>", "<pad>", "</s>", "<mask>", *codes}))
    return StoredTokenizer(path, name, model, model, "</s>", Codes(of_codes, where))
