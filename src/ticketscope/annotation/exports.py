"""Annotated sentences in the formats of others: CoNLL-U, and JSON with every layer."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from ticketscope.annotation import phrase_trees
from ticketscope.annotation.phrase_trees import Tree
from ticketscope.annotation.sentence import NO_ENTRY, AnnotatedSentence
from ticketscope.annotation.tasks import ERROR, TASKS, target_record
from ticketscope.text.words import RawSentence, join_words


def conllu(sentence: AnnotatedSentence, sent_id: str) -> str:
    """A block of CoNLL-U with the empty line that ends it.

    The forms are those of the raw text (a bracket for -LRB-). What CoNLL-U has no column for
    stands in MISC, the phrase structure in a comment; mentions are in the JSON only.
    """
    raw = join_words(sentence.words, sentence.space_after)
    comments = [f"# sent_id = {sent_id}", f"# text = {raw.text}"]
    if sentence.tree:
        comments.append(f"# tree = {phrase_trees.bracketed(sentence.tree)}")
    rows = ["\t".join(_columns(sentence, raw, word)) for word in range(len(sentence.words))]
    return "\n".join([*comments, *rows, "", ""])


def annotation_record(sentence: AnnotatedSentence, seed: int) -> dict[str, object]:
    """All layers that the sentence has, and under `tasks` the targets of every task it serves."""
    layers: dict[str, object] = {
        field.name: _plain(layer)
        for field in fields(sentence)
        if (layer := getattr(sentence, field.name)) != field.default
    }
    targets = {task.id: task.targets(sentence, seed) for task in TASKS.values()}
    tasks = {
        task_id: [target_record(target) for target in found]
        for task_id, found in targets.items()
        if found is not None
    }
    text = join_words(sentence.words, sentence.space_after).text
    return {"text": text, **layers, "tasks": tasks}


def _plain(value: object) -> object:
    """A layer as JSON knows it: a tree in brackets, a value type by its fields."""
    if isinstance(value, Tree):
        return phrase_trees.bracketed(value)
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return value


# ----------------------------------------------------------------------------- CoNLL-U


def _columns(sentence: AnnotatedSentence, raw: RawSentence, word: int) -> list[str]:
    start, end = raw.spans[word]
    return [
        str(word + 1),
        raw.text[start:end],
        sentence.lemmas[word] if sentence.lemmas else NO_ENTRY,
        sentence.upos[word] if sentence.upos else NO_ENTRY,
        sentence.xpos[word] if sentence.xpos else NO_ENTRY,
        NO_ENTRY,
        str(sentence.heads[word] + 1) if sentence.heads else NO_ENTRY,
        sentence.relations[word] if sentence.relations else NO_ENTRY,
        NO_ENTRY,
        "|".join(f"{key}={_escaped(value)}" for key, value in _extras(sentence, raw, word))
        or NO_ENTRY,
    ]


def _extras(sentence: AnnotatedSentence, raw: RawSentence, word: int) -> Iterator[tuple[str, str]]:
    """The attributes of a word in MISC."""
    if not _space_follows(sentence, raw, word):
        yield "SpaceAfter", "No"
    if sentence.supertags:
        yield "Supertag", sentence.supertags[word]
    if sentence.semantic_tags:
        yield "SemanticTag", sentence.semantic_tags[word]
    for entity in sentence.entities or ():
        if entity.start <= word < entity.end:
            yield "NamedEntity", f"{'B' if word == entity.start else 'I'}-{entity.label}"
    for adposition in sentence.adpositions or ():
        if word == adposition.start:
            yield "AdpositionRole", adposition.role
            yield "AdpositionFunction", adposition.function
    for index, value in sentence.factuality or ():
        if index == word:
            yield "Factuality", str(value)
    arguments = [arc for arc in sentence.arguments or () if arc.source == word]
    if arguments:
        yield "Arguments", ",".join(f"{arc.label}:{arc.target + 1}" for arc in arguments)
    for index, sense in sentence.senses or ():
        if index == word:
            yield "Sense", sense
    if sentence.errors and sentence.errors[word]:
        yield "Error", ERROR


def _space_follows(sentence: AnnotatedSentence, raw: RawSentence, word: int) -> bool:
    """As annotated, else as the text was rebuilt; what follows the text is left open."""
    if sentence.space_after:
        return sentence.space_after[word]
    _, end = raw.spans[word]
    return raw.text[end : end + 1] in ("", " ")


def _escaped(value: str) -> str:
    """The value, percent-encoded where a character could be taken for the end of the attribute."""
    for character in "%|\t\n":
        value = value.replace(character, f"%{ord(character):02X}")
    return value
