"""Loading a network: whatever does not fit together is one line, before a network is built."""

import json
import os
import random
import re
import shutil
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from ticketscope import config
from ticketscope.errors import InputError, JobError
from ticketscope.networks import folder as model_folder
from ticketscope.networks import model
from ticketscope.networks.decoding.conversion import convert
from ticketscope.networks.families import read_shape
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.translate import generation_settings, translate_lines
from ticketscope.runs.store import LevelFolder
from ticketscope.text import input_files
from ticketscope.text.vocabulary import Vocabulary, train_sentencepiece

Norm = Literal["pre", "post"]
SHAPE = config.Model(
    encoder_layers=2, decoder_layers=1, d_model=16, ffn=32, heads=2, max_positions=32
)
FC2 = "model.encoder.layers.1.fc2.weight"
CROSS = "model.decoder.layers.0.encoder_attn.v_proj.weight"
SHARED = "model.shared.weight"


def train_vocabulary(letters: str, norm: Norm, path: Path) -> Vocabulary:
    draw = random.Random(1)
    words = [consonant + vowel for consonant in letters for vowel in "aeiou"]
    texts = [" ".join(draw.choices(words, k=4)) for _ in range(200)]
    train_sentencepiece(texts, config.Vocabulary(size=32), norm, path)
    return Vocabulary(path, norm)


def make_level(root: Path, norm: Norm) -> LevelFolder:
    """A complete level whose network has learnt nothing."""
    level = LevelFolder(root / "level-00")
    vocabulary = train_vocabulary("bdfk", norm, root / "x.model")
    network = model.build(SHAPE.model_copy(update={"norm": norm}), vocabulary.size, seed=1)
    decoding = generation_settings(vocabulary, beam=1, length_penalty=1.0, max_decoding_length=8)
    model.save(network, level.ticket, decoding)
    vocabulary.save_tokenizer(level.ticket)
    level.mark_done({})
    return level


@pytest.fixture(scope="module")
def levels(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, LevelFolder]:
    """Not to be changed."""
    torch.set_num_threads(1)
    norms: tuple[Norm, ...] = ("pre", "post")
    return {norm: make_level(tmp_path_factory.mktemp(norm), norm) for norm in norms}


@pytest.fixture(params=["pre", "post"])
def level(request: pytest.FixtureRequest, levels: Mapping[str, LevelFolder], tmp_path: Path):
    """A level of a run, to be changed."""
    shutil.copytree(levels[request.param].path, tmp_path / "level")
    return LevelFolder(tmp_path / "level")


@pytest.fixture
def folder(level: LevelFolder) -> Path:
    """A model folder from anywhere, to be changed."""
    level.done.unlink()
    return level.ticket


@pytest.fixture
def post(levels: Mapping[str, LevelFolder], tmp_path: Path) -> Path:
    """The same, a Marian one."""
    shutil.copytree(levels["post"].ticket, tmp_path / "ticket")
    return tmp_path / "ticket"


@pytest.fixture
def pre(levels: Mapping[str, LevelFolder], tmp_path: Path) -> Path:
    """The same, one of M2M100's class with our vocabulary."""
    shutil.copytree(levels["pre"].ticket, tmp_path / "ticket")
    return tmp_path / "ticket"


def change_config(folder: Path, **changes: Any) -> None:
    """Set entries of config.json; `...` takes one away."""
    path = folder / "config.json"
    entries = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({key: value for key, value in entries.items() if value is not ...}))


Tensors = dict[str, torch.Tensor]


def change_weights(folder: Path, change: Callable[[Tensors], object]) -> None:
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def refused(folder: Path, words: str) -> None:
    """One line with these words, whatever the folder is opened for; nothing is left behind."""
    for use in (
        lambda: ModelFolder(folder).network(),
        lambda: convert(
            ModelFolder(folder), ModelFolder(folder).tokenizer(), folder.parent / "converted"
        ),
        lambda: next(translated(folder)),
    ):
        with pytest.raises(InputError, match=words) as raised:
            use()
        assert str(folder) in str(raised.value)
        assert len(str(raised.value).splitlines()) == 1
    assert not (folder.parent / "converted").exists()


def translated(folder: Path):
    return translate_lines(
        folder,
        ["ba di", "ko"],
        beam=1,
        length_penalty=1.0,
        max_decoding_length=4,
        threads=1,
        chunk=2,
    )


# ----------------------------------------------------------------------------- names and shapes


@pytest.mark.parametrize("name", [CROSS, FC2, "model.decoder.layers.0.fc2.bias", SHARED])
def test_a_network_that_lacks_weights_is_refused(folder: Path, name: str) -> None:
    change_weights(folder, lambda tensors: tensors.pop(name))
    refused(folder, rf"model\.safetensors: {re.escape(name)} of the network that .* is not in it")


def test_a_bias_of_the_output_is_a_weight(post: Path) -> None:
    change_weights(post, lambda tensors: tensors.pop("final_logits_bias"))
    refused(post, "final_logits_bias of the network that config.json describes is not in it")


def test_a_config_with_more_or_fewer_layers_than_the_file_is_refused(folder: Path) -> None:
    change_config(folder, encoder_layers=3)
    refused(folder, r"model\.encoder\.layers\.2\.\S+ and 15 more of the network .* are not in it")
    change_config(folder, encoder_layers=1)
    refused(folder, r"model\.encoder\.layers\.1\.\S+ and 15 more have no place in the network")


def test_a_tensor_under_another_name_or_left_over_is_refused(folder: Path) -> None:
    change_weights(folder, lambda tensors: tensors.update(extra=torch.zeros(2)))
    refused(folder, "'extra' has no place in the network")
    change_weights(folder, lambda tensors: tensors.update({"a\nb\x1b[2J": tensors.pop("extra")}))
    refused(folder, r"'a\\nb\\x1b\[2J' has no place")


def test_a_tensor_of_another_shape_is_refused(folder: Path) -> None:
    change_weights(folder, lambda tensors: tensors.update({FC2: tensors[FC2].T.contiguous()}))
    refused(folder, rf"{re.escape(FC2)} has the shape 32 x 16, where config.json asks for 16 x 32")


@pytest.mark.parametrize(
    ("key", "size"),
    [
        ("d_model", 32),
        ("encoder_ffn_dim", 16),
        ("decoder_ffn_dim", 31),
        ("vocab_size", 33),
        ("encoder_layers", 1_000_000),
        ("decoder_layers", 10**18),
        ("d_model", 10**9),
        ("encoder_ffn_dim", 10**18),
        ("vocab_size", 10**12),
        ("max_position_embeddings", 10**9),
    ],
)
def test_other_sizes_are_refused(folder: Path, key: str, size: int) -> None:
    changes = {key: size}
    if key == "vocab_size":
        changes["decoder_vocab_size"] = size
    change_config(folder, **changes)
    refused(folder, rf"config\.json: {key} is {size}|has the shape .*, where config\.json asks for")


def test_what_does_not_fit_is_refused_before_a_network_is_built(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def building(*_: object) -> None:
        raise AssertionError("a network is built")

    monkeypatch.setattr(model_folder, "tensors_of", building)
    with pytest.raises(AssertionError, match="a network is built"):
        ModelFolder(folder)
    for changes in ({"encoder_layers": 10**6}, {"d_model": 10**9}, {"pad_token_id": ...}):
        change_config(folder, **changes)
        with pytest.raises(InputError):
            ModelFolder(folder)


def test_a_tied_or_computed_tensor_may_be_stored_if_it_is_the_one_that_is_used(post: Path) -> None:
    positions = ModelFolder(post).network().state_dict()["model.encoder.embed_positions.weight"]

    def store_more(tensors: Tensors) -> None:
        tensors["lm_head.weight"] = tensors[SHARED].clone()
        tensors["model.encoder.embed_positions.weight"] = positions.clone()

    change_weights(post, store_more)
    assert len(list(translated(post))) == 2
    change_weights(post, lambda tensors: tensors["model.encoder.embed_positions.weight"].add_(1.0))
    refused(post, r"embed_positions\.weight differs from what the network computes with")


def test_an_output_matrix_of_its_own_is_used(folder: Path) -> None:
    tied = ModelFolder(folder)
    change_weights(folder, lambda tensors: tensors.update({"lm_head.weight": tensors[SHARED] + 1}))
    found = ModelFolder(folder)
    network = found.network()
    assert torch.equal(network.lm_head.weight, network.model.shared.weight + 1)
    assert found.parameter_names == tied.parameter_names | {"lm_head.weight"}
    assert torch.equal(found.weights()["lm_head.weight"], network.lm_head.weight)


def test_a_config_that_says_untied_needs_an_output_matrix(folder: Path) -> None:
    change_config(folder, tie_word_embeddings=False)
    refused(folder, r"lm_head\.weight of the network that config\.json describes is not in it")


def test_separate_vocabularies_need_two_embeddings(post: Path) -> None:
    change_config(post, share_encoder_decoder_embeddings=False)
    refused(post, r"embed_tokens\.weight and 1 more of the network .* are not in it")
    change_config(post, share_encoder_decoder_embeddings=True, decoder_vocab_size=33)
    refused(post, "decoder_vocab_size is 33 and vocab_size 32, although share_encoder")


# ----------------------------------------------------------------------------- values


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), 2.0**65])
def test_a_value_that_is_no_weight_is_refused(folder: Path, value: float) -> None:
    change_weights(folder, lambda tensors: tensors[FC2][3].fill_(value))
    refused(folder, rf"{re.escape(FC2)} has a weight that is not finite, or too large")
    with pytest.raises(InputError, match="not finite"):
        ModelFolder(folder).weights()


def test_half_precision_is_read_exactly_and_computed_in_float32(folder: Path) -> None:
    def halve(tensors: Tensors) -> None:
        for name, tensor in tensors.items():
            kind = torch.bfloat16 if "decoder" in name else torch.float16
            tensors[name] = tensor.to(kind)

    change_weights(folder, halve)
    change_config(folder, dtype="float16", torch_dtype="bfloat16")
    stored = load_file(folder / "model.safetensors")
    network = ModelFolder(folder).network()
    assert all(tensor.dtype == torch.float32 for tensor in network.state_dict().values())
    assert torch.equal(network.state_dict()[FC2], stored[FC2].float())


@pytest.mark.parametrize("kind", [torch.int8, torch.float64, torch.bool])
def test_other_numbers_are_refused(post: Path, kind: torch.dtype) -> None:
    change_weights(post, lambda tensors: tensors.update({FC2: tensors[FC2].to(kind)}))
    refused(post, f"'{re.escape(FC2)}' is stored as [A-Z0-9]+; only float32")


# ----------------------------------------------------------------------------- config.json


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pad_token_id": ...}, "pad_token_id is missing; take the config.json"),
        ({"max_position_embeddings": ...}, "max_position_embeddings is missing"),
        ({"scale_embedding": ...}, "scale_embedding is missing"),
        ({"pad_token_id": None}, "pad_token_id is null: input should be a valid integer"),
        ({"eos_token_id": -1}, "eos_token_id is -1"),
        ({"eos_token_id": 32}, "eos_token_id is 32, but the vocabulary has 32 rows"),
        ({"decoder_start_token_id": [1]}, r"decoder_start_token_id is \[1\]"),
        ({"encoder_layers": 2.0}, r"encoder_layers is 2\.0"),
        ({"encoder_layers": True}, "encoder_layers is true"),
        ({"encoder_layers": 0}, "encoder_layers is 0"),
        ({"max_position_embeddings": 1}, "max_position_embeddings is 1"),
        ({"encoder_attention_heads": 4}, "decoder_attention_heads is 2 and encoder_attention_he"),
        (
            {"encoder_attention_heads": 3, "decoder_attention_heads": 3},
            "encoder_attention_heads is 3, which does not divide d_model",
        ),
        ({"activation_function": "org/code"}, 'activation_function is "org/code"'),
        ({"tie_word_embeddings": None}, "tie_word_embeddings is null"),
        ({"quantization_config": {"quant_method": "awq"}}, "quantization_config is not supported"),
        ({"auto_map": {"AutoModel": "x.Y"}}, "auto_map is not supported: code from elsewhere"),
        ({"use_kernels": True}, "use_kernels is not supported: code from elsewhere"),
        ({"kernel_config": {"RMSNorm": "org/x:Y"}}, "kernel_config is not supported"),
        ({"_attn_implementation": "org/kernel"}, "_attn_implementation is not supported: code"),
        ({"attn_implementation": "org/k@v1:f"}, "attn_implementation is not supported: code"),
        ({"attn_implementation": {"": "org/k"}}, "attn_implementation is not supported: code"),
        ({"transformers_weights": "x.bin"}, "transformers_weights is not supported"),
        ({"dtype": "int4"}, 'dtype is "int4"; only float32'),
        ({"torch_dtype": ["float16"]}, r'torch_dtype is \["float16"\]; only float32'),
        ({"model_type": "bert"}, "not a translation model of a kind known here"),
        ({"model_type": ["marian"]}, "not a translation model of a kind known here"),
        ({"model_type": ...}, "not a translation model of a kind known here"),
    ],
)
def test_an_entry_that_cannot_be_right_is_named(
    post: Path, changes: Mapping[str, Any], words: str
) -> None:
    change_config(post, **changes)
    refused(post, rf"config\.json: {words}")


numbers = st.integers() | st.floats(allow_nan=False)  # which equals nothing
scalars = st.none() | st.booleans() | numbers | st.text(max_size=8)
anything = scalars | st.lists(scalars, max_size=2) | st.dictionaries(st.text(), scalars, max_size=2)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_an_entry_is_it_is_read_or_refused(levels, tmp_path: Path, data: Any) -> None:
    entries = json.loads((levels["post"].ticket / "config.json").read_text())
    key = data.draw(st.sampled_from([*entries, "auto_map", "attn_implementation", "torch_dtype"]))
    entries[key] = value = data.draw(anything)
    path = tmp_path / "config.json"
    path.write_text(json.dumps(entries))
    try:
        read = read_shape(path)
    except InputError as error:
        refusal = str(error)
    else:
        refusal = f"{path}: "
        assert getattr(read, key, value) == value
        assert read.d_model % read.encoder_attention_heads == 0
    assert refusal.startswith(f"{path}: ")
    assert len(refusal.splitlines()) == 1


def test_other_entries_change_nothing(folder: Path) -> None:
    before, computed = list(translated(folder)), logits(folder)
    change_config(
        folder,
        _attn_implementation="flash_attention_2",
        quantization_config=None,
        pruned_heads={},
        use_kernels=False,
        num_beams=7,
        bad_words_ids=[[3]],
        dropout=1.0,
        init_std=0.5,
        is_decoder=True,
        _name_or_path="org/model",
        id2label={"0": "x"},
    )
    assert list(translated(folder)) == before
    assert torch.equal(logits(folder), computed)


def logits(folder: Path) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = (
            ModelFolder(folder)
            .network()(
                input_ids=torch.tensor([[5, 6, 2]]), decoder_input_ids=torch.tensor([[2, 7]])
            )
            .logits
        )
    return found


def test_pad_must_lie_where_both_engines_look_for_it(levels, tmp_path: Path) -> None:
    shutil.copytree(levels["pre"].ticket, tmp_path / "ticket")
    change_config(tmp_path / "ticket", pad_token_id=0)
    with pytest.raises(InputError, match=r"config\.json: pad_token_id is 0, not 1: networks of ki"):
        ModelFolder(tmp_path / "ticket").tokenizer()


# ----------------------------------------------------------------------------- vocabulary


def test_a_foreign_sentencepiece_model_is_refused(pre: Path, tmp_path: Path) -> None:
    folder, norm = pre, ModelFolder(pre).config.norm
    train_vocabulary("lmnr", norm, tmp_path / "y.model")
    shutil.copy(tmp_path / "y.model", folder / "source.spm")
    for use in (lambda: next(translated(folder)), lambda: ModelFolder(folder).tokenizer()):
        with pytest.raises(InputError, match=r"source\.spm and target\.spm differ"):
            use()
    shutil.copy(tmp_path / "y.model", folder / "target.spm")
    with pytest.raises(InputError, match=r"vocab\.json: lacks '.*', a piece of source\.spm"):
        next(translated(folder))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda ids: ids | {"</s>": 9}, r"vocab\.json: '</s>' is not \d, its row by source\.spm"),
        (lambda ids: ids | {"</s>": "0"}, "'</s>' is not"),
        (lambda ids: ids | {"new": 32}, "has 'new', which source.spm has not"),
        (lambda ids: {key: ids[key] for key in ids if key != "<unk>"}, "lacks '<unk>'"),
        (lambda ids: list(ids), "not a JSON object"),
    ],
)
def test_vocab_json_agrees_with_the_sentencepiece_model(pre: Path, change, words: str) -> None:
    folder = pre
    path = folder / "vocab.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(InputError, match=words):
        next(translated(folder))


def test_rows_of_the_embedding_agree_with_the_vocabulary(folder: Path) -> None:
    def one_row_more(tensors: Tensors) -> None:
        tensors[SHARED] = torch.cat([tensors[SHARED], torch.ones(1, 16)])
        if "final_logits_bias" in tensors:
            tensors["final_logits_bias"] = torch.zeros(1, 33)

    change_weights(folder, one_row_more)
    change_config(folder, vocab_size=33, decoder_vocab_size=33)
    ModelFolder(folder).network()
    with pytest.raises(InputError, match=r"source\.spm: gives 32 rows, but the embedding has 33"):
        next(translated(folder))


# ----------------------------------------------------------------------------- a ticket of a run


@pytest.mark.parametrize(
    ("name", "place"),
    [("model.safetensors", -5), ("vocab.json", 20), ("config.json", 30), ("source.spm", 9)],
)
def test_one_altered_bit_of_a_ticket_is_found_by_its_checksum(
    level: LevelFolder, name: str, place: int
) -> None:
    path = level.ticket / name
    content = bytearray(path.read_bytes())
    content[place] ^= 0x40
    path.write_bytes(content)
    for use in (
        lambda: ModelFolder(level.ticket),
        lambda: next(translated(level.ticket)),
    ):
        with pytest.raises(JobError, match=r"truncated or altered .* delete .* and run again"):
            use()


def test_a_ticket_is_known_for_one_by_any_name(level: LevelFolder, tmp_path: Path) -> None:
    (level.ticket / "vocab.json").unlink()
    (tmp_path / "link").symlink_to(level.ticket)
    for name in (level.ticket, tmp_path / "link", level.ticket / ".." / "ticket"):
        with pytest.raises(JobError, match=r"vocab\.json: missing; delete"):
            ModelFolder(name)
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(InputError, match="circle: not a model folder"):
        ModelFolder(tmp_path / "circle")


def test_weights_of_a_diverged_training_are_named_as_such(level: LevelFolder) -> None:
    change_weights(level.ticket, lambda tensors: tensors[FC2].fill_(float("nan")))
    level.mark_done({})
    with pytest.raises(JobError, match=r"not finite: the training diverged; lower training\.peak"):
        ModelFolder(level.ticket).weights()


def test_files_are_held_against_their_checksums_once_a_load(
    level: LevelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[Path] = []
    monkeypatch.setattr(LevelFolder, "verify", lambda level: verified.append(level.path))
    assert len(list(translated(level.ticket))) == 2
    assert verified == [level.path]


# ----------------------------------------------------------------------------- files


@pytest.mark.parametrize(
    "name", ["config.json", "model.safetensors", "source.spm", "target.spm", "vocab.json"]
)
@pytest.mark.parametrize("kind", ["nothing", "folder", "link to nothing", "pipe", "empty"])
def test_something_else_in_the_place_of_a_file_is_one_line(
    post: Path, name: str, kind: str
) -> None:
    path = post / name
    path.unlink()
    match kind:
        case "folder":
            path.mkdir()
        case "link to nothing":
            path.symlink_to("nothing")
        case "pipe":
            os.mkfifo(path)
        case "empty":
            path.touch()
    words = {"nothing": rf"{name} is missing", "empty": r"\S"}.get(kind, "a plain file is needed")
    with pytest.raises(InputError, match=words) as raised:
        next(translated(post))
    assert name in str(raised.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("pytorch_model.bin", r"pytorch_model\.bin: only weights in model\.safetensors are read"),
        ("tf_model.h5", r"tf_model\.h5: only weights in model\.safetensors are read"),
    ],
)
def test_weights_in_another_form_are_refused_with_a_way_to_convert_them(
    post: Path, name: str, words: str
) -> None:
    (post / name).write_bytes(b"")
    ModelFolder(post)  # of no consequence beside what is read
    (post / "model.safetensors").unlink()
    refused(post, rf"{words}.*save_pretrained")


@pytest.mark.parametrize("content", [b"", b"\x08", b"\0" * 64, b"\xff" * 9, b"PK\x03\x04" * 9])
def test_a_file_that_is_no_safetensors_is_refused(post: Path, content: bytes) -> None:
    (post / "model.safetensors").write_bytes(content)
    refused(post, r"model\.safetensors: damaged or no safetensors file")


def test_a_truncated_weight_file_is_refused(post: Path) -> None:
    path = post / "model.safetensors"
    for length in (path.stat().st_size - 1, 4_000, 100):
        with path.open("r+b") as file:
            file.truncate(length)
        refused(post, r"model\.safetensors: damaged or no safetensors file")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{\n,", r"config\.json:2: not JSON"),
        (b"[]", r"config\.json: not a JSON object"),
        (b'{"a": "\xff"}', r"config\.json: not valid UTF-8"),
        (b"[" * 100_000, r"config\.json: no JSON that can be read"),
        (b'{"a": ' + b"9" * 5_000 + b"}", r"config\.json: no JSON that can be read"),
    ],
)
def test_a_config_that_is_no_json_is_refused(post: Path, content: bytes, words: str) -> None:
    (post / "config.json").write_bytes(content)
    refused(post, words)


def test_a_small_file_of_any_size_is_not_read_into_memory(
    post: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(input_files, "_LARGEST", 100)
    refused(post, r"config\.json: has [\d,]+ bytes, where a file of its kind has at most 100")


# ----------------------------------------------------------------------------- nothing from outside


def test_no_file_or_entry_of_a_folder_makes_it_read_elsewhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = list(translated(folder))

    def connecting(*_: object, **__: object) -> None:
        raise AssertionError("the network of computers is asked")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, connecting)
    monkeypatch.setattr(socket, "getaddrinfo", connecting)
    adapter = {"base_model_name_or_path": "org/model", "peft_type": "LORA"}
    (folder / "adapter_config.json").write_text(json.dumps(adapter))
    (folder / "generation_config.json").write_text('{"cache_implementation": "org/x"')
    (folder / "tokenizer_config.json").write_text('{"auto_map": {"AutoTokenizer": "org/x--y.Z"}}')
    (folder / "custom_generate").mkdir()
    (folder / "custom_generate" / "generate.py").write_text("raise AssertionError")
    change_config(folder, _name_or_path="org/model", _attn_implementation="flash_attention_2")
    assert list(translated(folder)) == before
    change_config(folder, _attn_implementation="kernels-community/flash-attn")
    refused(folder, "code from elsewhere is never fetched or run")
