"""M2M100Tokenizer: a SentencePiece model, a vocabulary, and the language codes behind it."""

from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES

from ticketscope.errors import InputError
from ticketscope.networks.tokenizers.codes import Codes, Place
from ticketscope.networks.tokenizers.sentence_pieces import SentencePieces
from ticketscope.networks.tokenizers.stored_tokenizer import SETTINGS, Directory, StoredTokenizer


def read_m2m100(place: Directory) -> StoredTokenizer:
    """One SentencePiece model, a vocabulary, and the language codes in the rows behind it."""
    ids = place.ids("vocab.json")
    eos, unknown = place.symbol("eos_token", "</s>"), place.symbol("unk_token", "<unk>")
    listed = place.settings.get("language_codes", "m2m100")
    if listed not in FAIRSEQ_LANGUAGE_CODES:
        raise InputError(
            f"{place.path / SETTINGS}: language_codes is {listed!r}; give "
            f"{' or '.join(FAIRSEQ_LANGUAGE_CODES)}"
        )
    if (last := max(ids.values())) >= len(ids):
        raise InputError(
            f"{place.path / 'vocab.json'}: has {len(ids):,} names, and rows up to {last:,}; the "
            "language codes stand behind as many rows as there are names, and would take rows of "
            "pieces: number the names one after the other, as the network has them"
        )
    codes = {code: len(ids) + number for number, code in enumerate(FAIRSEQ_LANGUAGE_CODES[listed])}
    names = {f"__{code}__": number for code, number in codes.items()}
    place.check_added(ids | names, place.path / "vocab.json")
    others = {place.symbol(role, "") for role in ("bos_token", "pad_token")}
    model = SentencePieces(
        place.path / "sentencepiece.bpe.model",
        ids | names,
        unknown=unknown,
        special=frozenset({eos, "<s>", "<pad>", *others, *names}),
    )
    return StoredTokenizer(
        path=place.path / "vocab.json",
        name="M2M100Tokenizer",
        source=model,
        target=model,
        eos=eos,
        codes=Codes(codes, Place.IN_FRONT),
    )
