"""States, attention, losses, translations and scores of a network, computed by transformers.

One sentence at a time, so without padding; what a person would write who does not know ticketscope.
"""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import ctranslate2
import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import (
    AutoModelForSeq2SeqLM,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from foreign.families import Foreign, ids_by_name


@dataclass(frozen=True, eq=False)
class Reference:
    """A model directory, opened by transformers in float32 with eager attention.

    Args:
        directory: where it lies.
        foreign: how its family is spoken to.
        tokenizer, network: what transformers makes of it.
        stored: the tensors of its file.
    """

    directory: Path
    foreign: Foreign
    tokenizer: PreTrainedTokenizerBase
    network: PreTrainedModel
    stored: dict[str, Tensor]

    @classmethod
    def open(cls, directory: Path, foreign: Foreign) -> "Reference":
        network = AutoModelForSeq2SeqLM.from_pretrained(
            directory, dtype=torch.float32, attn_implementation="eager"
        )
        stored = load_file(directory / "model.safetensors")
        if "lm_head.weight" in stored:
            # Or UMT5 of transformers 5.23 scales its states, as if the matrix were tied.
            network.config.tie_word_embeddings = False
        return cls(directory, foreign, foreign.open_tokenizer(directory), network.eval(), stored)

    # ------------------------------------------------------------------- ids

    def read(self, source: str) -> list[int]:
        """Ids of a source."""
        return self.foreign.encode(self.tokenizer, [source], [""])[0][0]

    def labels(self, target: str) -> list[int]:
        """Labels of a target, with its language code and its end."""
        return self.foreign.encode(self.tokenizer, [""], [target])[1][0]

    def fed(self, target: str) -> list[int]:
        """What the decoder reads: the labels, one place later. mBART has its last label in front,
        where others have the start symbol."""
        labels, config = self.labels(target), self.network.config
        start = labels[-1] if config.model_type == "mbart" else config.decoder_start_token_id
        return [start, *labels[:-1]]

    def source_words(self, text: str) -> list[list[int]]:
        """For each word, a run of characters that are not blank, its places in `read(text)`."""
        ids, names = self.read(text), ids_by_name(self.tokenizer)[0]
        vocabulary = {number: name for name, number in names.items()}
        words = self._words(ids, [vocabulary[i] for i in ids])[len(self.foreign.prefix.split()) :]
        assert len(words) == len(text.split()), (text, words)
        return words

    def target_words(self, text: str) -> list[list[int]]:
        """The same of `labels(text)`."""
        ids = self.labels(text)
        words = self._words(ids, self.tokenizer.convert_ids_to_tokens(ids))
        assert len(words) == len(text.split()), (text, words)
        return words

    def _words(self, ids: Sequence[int], names: Sequence[str]) -> list[list[int]]:
        """A piece with the mark of a blank in front opens a word: so it is in the toy language. The
        mark alone is no character of any word."""
        special = {*self.tokenizer.all_special_ids}
        found: list[list[int]] = []
        for place, name in enumerate(names):
            if ids[place] not in special:
                if name[0] in "▁Ġ" or not found:
                    found.append([])
                if name not in "▁Ġ":
                    found[-1].append(place)
        return found

    # ------------------------------------------------------------------- states and attention

    @torch.no_grad()
    def forward(self, source: str, target: str | None = None) -> "Forward":
        """What happens in the network."""
        input_ids = torch.tensor([self.read(source)])
        labels = torch.tensor([self.labels(target or "")])
        output = self.network(
            input_ids=input_ids, labels=labels, output_hidden_states=True, output_attentions=True
        )
        return Forward(
            source_ids=input_ids[0].tolist(),
            labels=labels[0].tolist(),
            encoder_states=[state[0].numpy() for state in output.encoder_hidden_states],
            decoder_states=[state[0].numpy() for state in output.decoder_hidden_states],
            attention={
                "encoder_self": np.stack([m[0].numpy() for m in output.encoder_attentions]),
                "decoder_self": np.stack([m[0].numpy() for m in output.decoder_attentions]),
                "encoder_decoder": np.stack([m[0].numpy() for m in output.cross_attentions]),
            },
        )

    @torch.no_grad()
    def word_states(
        self, source: str, target: str, states: str
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """For either side the states of its words in each layer, ``[num_words, d]``: means over the
        pieces of a word. "normed": below the last layer, as the layer above reads them."""
        found = self.forward(source, target)
        sides = (
            (self.network.get_encoder(), found.encoder_states, self.source_words(source), 0),
            # The decoder reads a label one place later.
            (self.network.get_decoder(), found.decoder_states, self.target_words(target), 1),
        )
        means = []
        for stack, layers, words, later in sides:
            read = [self._as_read(stack, *layer) for layer in enumerate(layers)]
            chosen = read if states == "normed" else layers
            means.append(
                [
                    np.stack([layer[[place + later for place in word]].mean(0) for word in words])
                    for layer in chosen
                ]
            )
        return means[0], means[1]

    def _as_read(self, stack: nn.Module, number: int, state_TD: np.ndarray) -> np.ndarray:
        """A state through the norm with which the layer above begins, if it begins with one."""
        kind = self.network.config.model_type
        layers = stack.block if "t5" in kind else stack.layers
        if number == len(layers) or kind in ("marian", "bart"):
            return state_TD
        layer = layers[number]
        norm = layer.layer[0].layer_norm if "t5" in kind else layer.self_attn_layer_norm
        return norm(torch.tensor(state_TD)).numpy()

    # ------------------------------------------------------------------- logits and losses

    def logits(self, states_TD: np.ndarray) -> Tensor:
        """Logits of the decoder's last states by the tensors that are stored, not by the config:
        the scale of T5 1.0 where no output matrix is stored, the bias where there is one."""
        states = torch.tensor(states_TD)
        for name in ("lm_head.weight", "model.decoder.embed_tokens.weight", "model.shared.weight"):
            if name in self.stored:
                break
        else:
            name, states = "shared.weight", states * states.shape[1] ** -0.5
        bias = self.stored.get("final_logits_bias", torch.zeros(1))
        return states @ self.stored[name].float().T + bias

    def loss(self, source: str, target: str, *, never: Sequence[int] = ()) -> tuple[float, int]:
        """Negative log-likelihood of pieces and end in nats, and their number. A language code, or
        what generation is forced to say first, is given and no label; ids `never` have no part."""
        found = self.forward(source, target)
        logits_TV = self.logits(found.decoder_states[-1]).double()
        logits_TV[:, list(never)] = -torch.inf
        log_probabilities = torch.log_softmax(logits_TV, dim=-1)
        end = self.tokenizer.eos_token_id
        first = 1 if self.first_is_given else 0
        last = found.labels.index(end, first) + 1
        places = range(first, last)
        return -float(sum(log_probabilities[t, found.labels[t]] for t in places)), len(places)

    @property
    def first_is_given(self) -> bool:
        """Whether the first label is a language code or the start of a sentence."""
        return self.labels("")[0] != self.tokenizer.eos_token_id

    # ------------------------------------------------------------------- translations

    @torch.no_grad()
    def translate(
        self,
        sources: Sequence[str],
        *,
        beam: int,
        never: Sequence[int] = (),
        most_pieces: int = 40,
    ) -> list[str]:
        """By `generate`, without the settings stored beside the network; ids `never` have no share
        of the probabilities. With their share a beam can hold two hypotheses that differ less than
        that share does, and the machine that trained the network decides which one wins."""
        found = []
        for source in sources:
            output = self.network.generate(
                torch.tensor([self.read(source)]),
                num_beams=beam,
                max_new_tokens=most_pieces,
                early_stopping=beam > 1,
                max_length=None,
                forced_eos_token_id=None,
                no_repeat_ngram_size=None,
                suppress_tokens=[*never] or None,
                renormalize_logits=True,
                **self.start(),
            )
            found.append(self.tokenizer.decode(output[0], skip_special_tokens=True))
        return found

    def translate_by_engine(
        self, directory: Path, sources: Sequence[str], *, beam: int, most_pieces: int = 40
    ) -> list[str]:
        """By CTranslate2, from a directory of its own; this tokenizer gives the pieces."""
        read, said = ids_by_name(self.tokenizer)
        names = {number: name for name, number in read.items()}
        prefix = [name for name, number in said.items() if number in self.start().values()]
        engine = ctranslate2.Translator(str(directory), inter_threads=1, intra_threads=1)
        results = engine.translate_batch(
            [[names[i] for i in self.read(source)] for source in sources],
            target_prefix=[prefix] * len(sources),
            beam_size=beam,
            # It counts what it is given as said.
            max_decoding_length=most_pieces + len(prefix),
        )
        found = [[said[name] for name in result.hypotheses[0]] for result in results]
        return [self.tokenizer.decode(ids, skip_special_tokens=True) for ids in found]

    def start(self) -> dict[str, int]:
        """What `generate` has to be told of the target language."""
        first, end = self.labels(""), self.tokenizer.eos_token_id
        if self.first_is_given:
            return {"forced_bos_token_id": first[0]}
        return {"decoder_start_token_id": first[-1]} if first[-1] != end else {}


@dataclass(frozen=True, eq=False)
class Forward:
    """A forward pass: ids, states `[position, d]` of each layer from the embeddings on, and maps
    `[layers, heads, query, key]` by the names that ticketscope has for them."""

    source_ids: list[int]
    labels: list[int]
    encoder_states: list[np.ndarray]
    decoder_states: list[np.ndarray]
    attention: dict[str, np.ndarray]


def sacrebleu(translations: Sequence[str], references: Sequence[str], folder: Path) -> float:
    """BLEU by the command line of sacreBLEU."""
    files = [folder / "translations.txt", folder / "references.txt"]
    for path, lines in zip(files, (translations, references), strict=True):
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    said = subprocess.run(
        [sys.executable, "-m", "sacrebleu", str(files[1]), "-i", str(files[0]), "-b", "-w", "6"],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(said.stdout)
