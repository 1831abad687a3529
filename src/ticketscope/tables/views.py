"""The views of a run, each of one shape for those who write and read it."""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from ticketscope.packing import unpacked
from ticketscope.tables.view import Shape, View

Count = Annotated[int, Field(ge=0)]


class SplitView(Shape):
    """How many pairs of sentences are in a split, and why others were left out of it."""

    kept: Count
    read: Count | None = None
    left_out: dict[str, Count] = Field(default_factory=dict)


class TrainedOnView(Shape):
    """Sentences of either language that trained the vocabulary, and how many there were."""

    num_sentences: Count
    of: Count


class CorpusView(Shape):
    """views/corpus.json"""

    synthetic: bool
    name: str
    splits: dict[str, SplitView]
    vocabulary_size: Count | None = None
    """None where each network has its own."""
    vocabulary_trained_on: TrainedOnView | None = None
    """None for a given vocabulary, and where it is not known."""


class TrainingView(Shape):
    """One trained level in views/training.json; losses in nats per target piece."""

    arm: str
    replicate: Count
    level: Count
    updates: Count
    validation: tuple[tuple[Count, float], ...]
    seconds: Annotated[float, Field(ge=0.0)]


class MeasuredView(Shape):
    """What the representations of one replicate were measured on; words that have a piece."""

    num_sentences: Count
    num_words: Count
    num_without_piece: Count
    num_windowed: Count


class UnreadView(Shape):
    """Words without a piece, and sentences read in windows, of one network."""

    arm: str
    replicate: Count
    level: Count
    num_without_piece: Count
    num_windowed: Count


class RepresentationsView(Shape):
    """views/representations.json: by replicate, and every network that lacks something."""

    replicates: Annotated[tuple[MeasuredView, ...], Field(min_length=1)]
    unread: tuple[UnreadView, ...] = ()


class EmptyView(Shape):
    """Translations without a word, of sentences that have some."""

    arm: str
    replicate: Count
    level: Count
    test_set: str
    num_empty: Count
    num_sentences: Count


class QualityView(Shape):
    """views/quality.json: every network and test set where translations are empty."""

    empty: tuple[EmptyView, ...]


class WordKindView(Shape):
    """What was measured of one kind of classes; words that have a piece and a class, and of each
    class that was left out how many words it has."""

    origin: str
    num_sentences: Count
    num_words: Count
    num_measured: Count
    left_out: dict[str, Count]


class WordClassesView(Shape):
    """views/word_classes.json; a kind without gold data is not there."""

    fewest_words: Count
    kinds: dict[str, WordKindView]


class AttendedView(Shape):
    """What the attention of one replicate was measured on; words that have a piece."""

    num_sentences: Count
    num_words: Count
    num_without_piece: Count
    num_empty: Count
    num_too_long: Count
    num_gold_empty: Count
    num_gold_too_long: Count
    num_words_with_syntactic_head: Count
    num_words_with_antecedent: Count
    num_aligned_words: Count
    num_rows_of_one_key: dict[str, Count]
    num_rows_without_variance: dict[str, Count]
    """Those of one key not among them."""


class LayersView(Shape):
    """Layers of each kind of attention."""

    encoder_self: Count
    decoder_self: Count
    encoder_decoder: Count


class MappedNetworkView(Shape):
    """A network whose attention is kept: layers of each kind, and heads of each layer."""

    arm: str
    level: Count
    sparsity_prunable: float
    kinds: LayersView
    num_heads: Annotated[int, Field(ge=1)]


class MappedSentenceView(Shape):
    """Words of a sentence and of its translation, as written."""

    source: tuple[str, ...]
    target: tuple[str, ...]


class AttentionMapsView(Shape):
    """Attention maps of a few sentences, by word, so that networks may have other pieces.

    `networks`: that which all others are made from, then others, of any depth.
    `data`: packed by `ticketscope.packing`, one byte per weight (times 255); by sentence, network,
    kind (in the order of `LayersView`), layer, head, query word, key word.
    """

    replicate: Count
    networks: Annotated[tuple[MappedNetworkView, ...], Field(min_length=2)]
    sentences: Annotated[tuple[MappedSentenceView, ...], Field(min_length=1)]
    num_left_out: Count
    data: str

    @model_validator(mode="after")
    def _has_every_weight(self) -> Self:
        needed = sum(
            network.num_heads * self._num_cells(sentence, network.kinds)
            for sentence in self.sentences
            for network in self.networks
        )
        problem = f"data: not the {needed} weights of these sentences"
        try:
            weights = unpacked(self.data, most=needed)
        except ValueError as error:
            raise ValueError(f"{problem} ({error})") from None
        if len(weights) != needed:
            raise ValueError(problem)
        return self

    @staticmethod
    def _num_cells(sentence: MappedSentenceView, layers: LayersView) -> int:
        """Of a map of every layer; the last column is the special symbol."""
        words, target_words = len(sentence.source), len(sentence.target)
        return (
            layers.encoder_self * words * (words + 1)
            + layers.decoder_self * target_words * (target_words + 1)
            + layers.encoder_decoder * target_words * (words + 1)
        )


class AttentionViewData(Shape):
    """views/attention.json: by replicate, what the gold data are in words, and the maps kept."""

    replicates: Annotated[tuple[AttendedView, ...], Field(min_length=1)]
    gold: tuple[str, ...]
    maps: AttentionMapsView | None


class ChangesView(Shape):
    """Sentences whose translation fell below, or rose above, those compared with."""

    fell: Count
    rose: Count


class ComparedView(Shape):
    """How many sentences changed; None where there is no control."""

    ticket_from_both: ChangesView | None
    """Compared with both the dense model and the control."""
    ticket_from_dense: ChangesView
    control_from_dense: ChangesView | None


class TranslationView(Shape):
    """A translation and its sentence-level chrF."""

    text: str
    chrf: float


class CasualtyView(Shape):
    """A sentence that the dense model and the control translate better than the ticket."""

    source: str
    reference: str
    dense: TranslationView
    control: TranslationView | None
    ticket: TranslationView


class BrokenView(Shape):
    """What a ticket broke on a test set."""

    arm: str
    replicate: Count
    level: Count
    sparsity_prunable: float
    test_set: str
    num_sentences: Count
    changes: ComparedView
    casualties: tuple[CasualtyView, ...]


class BehaviourView(Shape):
    """views/behaviour.json; `exact`: right is what equals the reference, else `margin` points of
    chrF make a difference."""

    exact: bool
    margin: float
    tickets: tuple[BrokenView, ...]


class TargetsView(Shape):
    """Targets of a task by split."""

    train: Count
    validation: Count
    test: Count


class ProbedTaskView(Shape):
    """How many targets of a task the gold data have, how many were taken of them, and what the
    gold data have beside them, by reason."""

    num_available: TargetsView
    num_targets: TargetsView
    left_out: dict[str, Count] = Field(default_factory=dict)


class ProbingView(Shape):
    """views/probing.json: what was probed on what, and why tasks are absent."""

    suite: Literal["none", "real", "grammar"]
    own: tuple[str, ...] = ()
    tasks: dict[str, ProbedTaskView] = Field(default_factory=dict)
    absent: dict[str, str] = Field(default_factory=dict)
    num_sentences: Count = 0
    num_words: Count = 0
    num_without_piece: Count = 0
    num_probes: Count = 0
    num_capped: Count = 0
    """Probes that were cut off before they had learned, those of mixes, control tasks and
    codelengths included; and of how many."""


class UntoldView(Shape):
    """A kind of damage that cannot be counted in a test set, and why."""

    test_set: str
    kind: str
    reason: str


class DamageView(Shape):
    """views/damage.json"""

    untold: tuple[UntoldView, ...]


ATTENTION_VIEW: Final = View("attention", TypeAdapter(AttentionViewData))
BEHAVIOUR_VIEW: Final = View("behaviour", TypeAdapter(BehaviourView))
CORPUS_VIEW: Final = View("corpus", TypeAdapter(CorpusView))
DAMAGE_VIEW: Final = View("damage", TypeAdapter(DamageView))
QUALITY_VIEW: Final = View("quality", TypeAdapter(QualityView))
REPRESENTATIONS_VIEW: Final = View("representations", TypeAdapter(RepresentationsView))
PROBING_VIEW: Final = View("probing", TypeAdapter(ProbingView))
WORD_CLASSES_VIEW: Final = View("word_classes", TypeAdapter(WordClassesView))
TRAINING_VIEW: Final = View("training", TypeAdapter(tuple[TrainingView, ...]))
