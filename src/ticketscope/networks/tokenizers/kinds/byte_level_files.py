"""BART's bytes, merged as merges.txt says."""

from ticketscope.errors import InputError
from ticketscope.networks.tokenizers.stored_tokenizer import Directory, StoredTokenizer
from ticketscope.networks.tokenizers.tokenizer_file import TokenizerFile
from ticketscope.text.input_files import read_input


def read_byte_level(place: Directory) -> StoredTokenizer:
    """BART's bytes, merged as merges.txt says."""
    ids = place.ids("vocab.json")
    bos, eos = place.symbol("bos_token", "<s>"), place.symbol("eos_token", "</s>")
    if bos not in ids:
        raise InputError(f"{place.path / 'vocab.json'}: lacks {bos!r}; get the file again")
    lines = read_input(place.path / "merges.txt").decode("utf-8", "replace").splitlines()
    merges = [line.split(" ") for line in lines if line and not line.startswith("#version")]
    special = {bos, eos, *(place.symbol(f"{role}_token", f"<{role}>") for role in _OTHER_ROLES)}
    content = {
        "version": "1.0",
        "added_tokens": [
            {
                "id": ids[name],
                "content": name,
                "special": True,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
            }
            for name in sorted(special & ids.keys(), key=lambda name: ids[name])
        ],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "ByteLevel",
            "add_prefix_space": bool(place.settings.get("add_prefix_space", False)),
            "trim_offsets": True,
            "use_regex": True,
        },
        "post_processor": {
            "type": "RobertaProcessing",
            "sep": [eos, ids[eos]],
            "cls": [bos, ids[bos]],
            "trim_offsets": True,
            "add_prefix_space": False,
        },
        "decoder": {
            "type": "ByteLevel",
            "add_prefix_space": True,
            "trim_offsets": True,
            "use_regex": True,
        },
        "model": {
            "type": "BPE",
            "unk_token": None,
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "",
            "fuse_unk": False,
            "byte_fallback": False,
            "vocab": ids,
            "merges": merges,
        },
    }
    path = place.path / "merges.txt"
    model = TokenizerFile(content, path, place.prefix)
    return StoredTokenizer(path, place.class_name or "BartTokenizer", model, model, eos)


_OTHER_ROLES = ("pad", "unk", "mask")
