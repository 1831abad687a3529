"""The gold annotation of the generated corpus agrees with itself and can be learned."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cache

import pytest
from ccg import derives_sentence

from ticketscope.annotation import trees
from ticketscope.annotation.baselines import Example, majority_by_word
from ticketscope.annotation.sentence import AnnotatedSentence, Span
from ticketscope.annotation.tasks import TASKS
from ticketscope.annotation.trees import Tree
from ticketscope.corpus.grammar import Translated, translated
from ticketscope.corpus.grammar.annotate import annotated
from ticketscope.corpus.grammar.derivation import Common, Conjoined, Named
from ticketscope.corpus.grammar.lexicon.names import NAMES

NUM_TRAIN, NUM_TEST, NUM_CHECKED, NUM_DERIVED = 6_000, 1_500, 2_000, 600
LEAST_OF_A_LABEL = 20 / 10_000


@dataclass(frozen=True)
class Item:
    said: Translated
    gold: AnnotatedSentence


@pytest.fixture(scope="module")
def corpus() -> list[Item]:
    stream = translated("train", NUM_TRAIN + NUM_TEST, 11)
    return [Item(said, annotated(said.derivation, said.tree)) for said in stream]


@pytest.fixture(scope="module")
def checked(corpus) -> list[Item]:
    return corpus[:NUM_CHECKED]


def elements(part: object) -> Iterator[object]:
    """A derivation and all elements inside it."""
    yield part
    inner = [getattr(part, field.name) for field in fields(part)] if is_dataclass(part) else part
    for child in inner if isinstance(inner, list | tuple) else ():
        yield from elements(child)


# ----------------------------------------------------------------------------- words and trees


def constituents(tree: Tree, start: int = 0) -> Iterator[tuple[int, int]]:
    if not tree.is_preterminal:
        yield start, start + len(trees.words(tree))
    for child in tree.children:
        yield from constituents(child, start)
        start += len(trees.words(child))


def test_words_and_trees_cover_the_text(checked):
    for item in checked:
        gold = item.gold
        spaced = zip(gold.words, gold.space_after, strict=True)
        assert "".join(word + " " * space for word, space in spaced) == item.said.english
        assert trees.words(gold.tree) == gold.words
        labels = tuple(leaf.label for leaf in trees.preterminals(gold.tree))
        assert labels == gold.xpos, item.said.english


def test_constituents_are_connected_subtrees_of_the_dependencies(checked):
    for item in checked:
        heads = item.gold.heads
        for start, end in constituents(item.gold.tree):
            leaving = [word for word in range(start, end) if not start <= heads[word] < end]
            assert len(leaving) == 1, (item.said.english, item.gold.words[start:end])


def test_dependencies_are_projective(checked):
    """Nothing is moved out of its clause but what a relative clause or a question begins with."""
    for item in checked:
        heads = item.gold.heads
        arcs = [(min(word, head), max(word, head)) for word, head in enumerate(heads) if head >= 0]
        for low, high in arcs:
            assert not any(low < other < high < end for other, end in arcs), item.said.english


RELATIONS_OF_TAG = {
    "DT": {"det"},
    "PRP$": {"nmod:poss"},
    "MD": {"aux"},
    "POS": {"case"},
    "RP": {"compound:prt"},
    "CC": {"cc"},
    ".": {"punct"},
    ",": {"punct"},
    "EX": {"expl"},
}


def test_function_words_have_their_relations(checked):
    for item in checked:
        gold = item.gold
        assert gold.relations[gold.heads.index(-1)] == "root"
        for tag, relation in zip(gold.xpos, gold.relations, strict=True):
            assert relation in RELATIONS_OF_TAG.get(tag, {relation}), item.said.english


# ----------------------------------------------------------------------------- supertags


def test_supertags_derive_a_sentence(corpus):
    failed = [
        item.said.english
        for item in corpus[:NUM_DERIVED]
        if not derives_sentence(item.gold.supertags)
    ]
    assert len(failed) <= 0.01 * NUM_DERIVED, failed[:10]


def test_fewer_supertags_derive_none(corpus):
    """The chart has the power to refuse: without its finite verb no sentence is derived."""
    finite = ("VBD", "VBZ", "VBP", "MD")
    for item in corpus[:100]:
        verb = next(index for index, tag in enumerate(item.gold.xpos) if tag in finite)
        rest = item.gold.supertags[:verb] + item.gold.supertags[verb + 1 :]
        if sum(tag in finite for tag in item.gold.xpos) == 1:
            assert not derives_sentence(rest), item.said.english


# ----------------------------------------------------------------------------- who is meant

MALE, FEMALE, THING, SEVERAL = "he him his himself", "she her herself", "it its itself", "they"
PRONOUN_CODES = {
    **dict.fromkeys(MALE.split(), "m"),
    **dict.fromkeys(FEMALE.split(), "f"),
    **dict.fromkeys(THING.split(), "n"),
    **dict.fromkeys(("they", "them", "their", "themselves"), "p"),
    **dict.fromkeys(("I", "i", "me", "my", "myself"), "1"),
    **dict.fromkeys(("you", "your", "yourself"), "2"),
    **dict.fromkeys(("we", "us", "our", "ourselves"), "1p"),
}


def code_of(item: Item, mention: Span, nominal: object) -> str:
    """What pronoun suits a mention: m, f, n, p; of a pronoun, what it says itself."""
    gold = item.gold
    if mention.end - mention.start == 1:
        word = gold.words[mention.start]
        if word.lower() in PRONOUN_CODES and gold.upos[mention.start] == "PRON":
            return PRONOUN_CODES[word.lower()]
    match nominal:
        case Conjoined():
            return "p"
        case Named():
            kinds = {name.kind for name in NAMES if name.english == nominal.name.english}
            return nominal.name.kind if nominal.name.kind in kinds & {"m", "f"} else "n"
        case Common():
            inside = range(mention.start, mention.end)
            noun = next(
                index for index in inside if not mention.start <= gold.heads[index] < mention.end
            )
            if gold.xpos[noun] == "NNS":
                return "p"
            return nominal.noun.sex or ("h" if "h" in nominal.noun.kinds else "n")
    return "?"


def chains(item: Item) -> Iterator[tuple[object, list[tuple[Span, str]]]]:
    """Each entity with two mentions or more: the phrase that names it, mentions and codes."""
    nominals = {
        f"e{part.referent}": part
        for part in elements(item.said.derivation)
        if isinstance(part, Common | Named | Conjoined)
    }
    together = defaultdict(list)
    for mention in item.gold.mentions:
        together[mention.label].append(mention)
    for label, mentions in together.items():
        if len(mentions) > 1:
            nominal = nominals.get(label)
            yield nominal, [(mention, code_of(item, mention, nominal)) for mention in mentions]


def test_coreferent_mentions_agree_in_gender_and_number(checked):
    num_chains = 0
    for item in checked:
        for _, mentions in chains(item):
            num_chains += 1
            assert len({code for _, code in mentions}) == 1, (item.said.english, mentions)
    assert num_chains > 0.1 * NUM_CHECKED


GERMAN_IT = {
    "m": {"er", "ihn", "ihm", "sein", "sich"},
    "f": {"sie", "ihr", "sich"},
    "n": {"es", "ihm", "sein", "sich"},
}


def test_it_becomes_a_pronoun_of_the_gender_of_the_german_noun(corpus):
    num_found = Counter()
    for item in corpus:
        words = [word.lower().strip(".,?") for word in item.said.german.split()]
        for nominal, mentions in chains(item):
            its = [m for m, _ in mentions if item.gold.words[m.start].lower() == "it"]
            if isinstance(nominal, Common) and its:
                gender = nominal.noun.gender
                num_found[gender] += 1
                assert GERMAN_IT[gender] & set(words), (item.said.english, item.said.german)
    assert min(num_found[gender] for gender in "mfn") > 30, num_found


def test_every_it_has_an_antecedent(checked):
    for item in checked:
        meant = {span for _, mentions in chains(item) for span, _ in mentions}
        for mention in item.gold.mentions:
            words = item.gold.words[mention.start : mention.end]
            if " ".join(words).lower() in ("it", "its", "itself"):
                assert mention in meant, item.said.english


def test_relations_between_mentions_are_nested(checked):
    """Two mentions are apart, or one is inside the other."""
    for item in checked:
        for one in item.gold.mentions:
            for other in item.gold.mentions:
                assert not one.start < other.start < one.end < other.end, item.said.english


# ----------------------------------------------------------------------------- what happens


def test_semantic_arcs_start_at_verbs_and_roles_are_taken_once(checked):
    for item in checked:
        gold = item.gold
        taken = Counter(
            (arc.source, arc.label) for arc in gold.arguments if "ARGM" not in arc.label
        )
        assert all(gold.upos[arc.source] in ("VERB", "AUX") for arc in gold.arguments)
        assert all(count == 1 for count in taken.values()), item.said.english


def test_every_verb_is_an_event(checked):
    for item in checked:
        events = {word for word, _ in item.gold.factuality}
        verbs = {index for index, tag in enumerate(item.gold.upos) if tag == "VERB"}
        assert verbs == events, item.said.english
        assert all(-3 <= value <= 3 for _, value in item.gold.factuality)


def test_factuality_of_plain_and_of_denied_clauses(corpus):
    """One finite verb, no modal, no adverb: certain; the same with not: certainly not."""
    plain, denied = [], []
    for item in corpus:
        gold = item.gold
        cues = {"MD", "RB", "IN", "TO", "CC", "WP", "WDT", "WRB"} & set(gold.xpos)
        doubtful = {"no", "nobody", "never", "?"} & {word.lower() for word in gold.words}
        if len(gold.factuality) == 1 and not cues and not doubtful:
            plain.append(gold.factuality[0][1])
        denials = [gold.heads[at] for at, word in enumerate(gold.words) if word == "not"]
        only_not = gold.xpos.count("RB") == 1 and cues == {"RB"} and not doubtful
        if only_not and len(denials) == 1 and denials == [word for word, _ in gold.factuality]:
            denied.append(gold.factuality[0][1])
    assert len(plain) > 200
    assert set(plain) == {3.0}
    assert len(denied) > 20
    assert set(denied) == {-3.0}


def test_entities_are_proper_nouns_and_names_are_ambiguous(checked, corpus):
    labels = defaultdict(set)
    for item in corpus:
        for span in item.gold.entities:
            assert set(item.gold.upos[span.start : span.end]) == {"PROPN"}, item.said.english
            labels[item.gold.words[span.start : span.end]].add(span.label)
    assert sum(len(found) > 1 for found in labels.values()) >= 8
    for item in checked:
        inside = {w for span in item.gold.entities for w in range(span.start, span.end)}
        names = {index for index, tag in enumerate(item.gold.semantic_tags) if tag in NAME_TAGS}
        assert names == inside, item.said.english


NAME_TAGS = ("PER", "GPE", "ORG")


# ----------------------------------------------------------------------------- what can be learned

FROM_SENTENCE = [name for name in TASKS if name != "error_detection"]
"""Errors are annotated where a sentence was corrupted."""
LONG_TAILS = {"ccg": 0.02, "word_sense": 0.15}
"""Tasks with many labels, and how large a share of their targets may have rare ones."""
RARE = {
    "constituency_parent": {"WHPP"},
    "constituency_grandparent": {"WHPP"},
    "semantic_tags": {"CLO"},
    "adposition_function": {"Direction", "Means"},
    "adposition_role": {"Possessor", "Whole", "Means", "Beneficiary"},
}
"""Labels that are rarer than a probe can learn."""


@pytest.fixture(scope="module")
def examples_of(corpus):
    @cache
    def examples(name: str) -> tuple[list[Example], list[Example]]:
        found = [(item.gold.words, TASKS[name].targets(item.gold, 0)) for item in corpus]
        return found[:NUM_TRAIN], found[NUM_TRAIN:]

    return examples


@pytest.mark.parametrize("name", FROM_SENTENCE)
def test_every_label_is_frequent_enough_to_be_learned(examples_of, name):
    train, test = examples_of(name)
    counts = Counter(target.label for _, targets in train + test for target in targets)
    if TASKS[name].kind == "regression":
        assert len(counts) > 10
        return
    least = LEAST_OF_A_LABEL * (NUM_TRAIN + NUM_TEST)
    rare = {label: count for label, count in counts.items() if count < least}
    if name in LONG_TAILS:
        assert sum(rare.values()) <= LONG_TAILS[name] * counts.total(), rare
    else:
        assert set(rare) <= RARE.get(name, set()), rare


@pytest.mark.parametrize(
    "name", ["coreference", "adposition_role", "word_sense", "event_factuality"]
)
def test_words_alone_do_not_tell(examples_of, name):
    assert majority_by_word(TASKS[name], *examples_of(name)) <= 0.90


def test_each_sense_of_a_word_is_met(corpus):
    senses = defaultdict(set)
    for item in corpus:
        for word, sense in item.gold.senses:
            lemma = item.gold.lemmas[word]
            assert sense.split(".")[0] == lemma, item.said.english
            senses[lemma].add(sense)
    assert sum(len(found) > 1 for found in senses.values()) >= 0.8 * len(senses)
