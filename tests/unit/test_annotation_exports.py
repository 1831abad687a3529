"""Exports of annotation: CoNLL-U that the `conllu` library reads, and JSON with all layers."""

import json

import conllu as library
from annotation_fixture import BARE, SENTENCE, TREE
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.annotation.exports import annotation_record, conllu
from ticketscope.annotation.phrase_trees import parse
from ticketscope.annotation.sentence import Adposition, AnnotatedSentence, Arc
from ticketscope.annotation.tasks import TASKS

BLOCK = """\
# sent_id = s-1
# text = Go (n't)!
# tree = (X (VB Go) (-LRB- -LRB-) (RB n't) (-RRB- -RRB-) (. !))
1	Go	go	VERB	VB	_	0	root	_	Supertag=S%7CNP|Arguments=AM-NEG:3,A1:5
2	(	(	PUNCT	-LRB-	_	3	punct	_	SpaceAfter=No|Supertag=x
3	n't	not	PART	RB	_	1	advmod	_	SpaceAfter=No|Supertag=x|Factuality=-3.0
4	)	)	PUNCT	-RRB-	_	3	punct	_	SpaceAfter=No|Supertag=x
5	!	!	PUNCT	.	_	1	punct	_	Supertag=x|Error=i

"""


def test_a_block_of_conllu_by_hand():
    sentence = AnnotatedSentence(
        words=("Go", "-LRB-", "n't", "-RRB-", "!"),
        lemmas=("go", "(", "not", ")", "!"),
        upos=("VERB", "PUNCT", "PART", "PUNCT", "PUNCT"),
        xpos=("VB", "-LRB-", "RB", "-RRB-", "."),
        heads=(-1, 2, 0, 2, 0),
        relations=("root", "punct", "advmod", "punct", "punct"),
        tree=parse("(X (VB Go) (-LRB- -LRB-) (RB n't) (-RRB- -RRB-) (. !))", "here"),
        supertags=("S|NP", "x", "x", "x", "x"),
        factuality=((2, -3.0),),
        arguments=(Arc(0, 2, "AM-NEG"), Arc(0, 4, "A1")),
        errors=(False, False, False, False, True),
    )
    assert conllu(sentence, "s-1") == BLOCK


def test_the_library_reads_all_layers():
    [block] = library.parse(conllu(SENTENCE, "s-2"))
    assert block.metadata == {"sent_id": "s-2", "text": "Ann and Bo saw her bank in Rome"} | {
        "tree": TREE
    }
    assert tuple(token["head"] - 1 for token in block) == SENTENCE.heads
    assert tuple(token["deprel"] for token in block) == SENTENCE.relations
    assert tuple(token["xpos"] for token in block) == SENTENCE.xpos
    assert [token["misc"].get("NamedEntity") for token in block] == [
        *("B-PER", None, "B-PER", None, None, None, None, "B-LOC")
    ]
    assert tuple(token["misc"]["SemanticTag"] for token in block) == SENTENCE.semantic_tags
    assert block[5]["misc"]["Sense"] == "money"
    assert block[6]["misc"]["AdpositionRole"] == "Locus"
    assert block[6]["misc"]["AdpositionFunction"] == "Place"
    assert [token["misc"].get("Error") for token in block].index("i") == 5


def test_an_adposition_of_several_words_stands_at_its_first():
    words = ("because", "of", "it")
    sentence = AnnotatedSentence(words=words, adpositions=(Adposition(0, 2, "A", "B"),))
    [block] = library.parse(conllu(sentence, "s"))
    assert [token["misc"] for token in block] == [
        {"AdpositionRole": "A", "AdpositionFunction": "B"},
        None,
        None,
    ]


def test_what_is_not_annotated_is_empty():
    assert conllu(BARE, "x").splitlines()[2:] == [
        "1\tGo\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No",
        "2\t!\t_\t_\t_\t_\t_\t_\t_\t_",
        "",
    ]


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=5),
            st.booleans(),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_words_spaces_and_heads_come_back_from_the_library(pairs):
    words, spaces = zip(*pairs, strict=True)
    heads = tuple(range(-1, len(words) - 1))
    relations = ("root", *["dep"] * (len(words) - 1))
    sentence = AnnotatedSentence(
        words=words, space_after=spaces, heads=heads, relations=relations, xpos=words
    )
    [block] = library.parse(conllu(sentence, "s"))
    assert tuple(token["form"] for token in block) == words
    assert tuple((token["misc"] or {}).get("SpaceAfter") != "No" for token in block) == spaces
    assert tuple(token["head"] - 1 for token in block) == heads
    rebuilt = "".join(w + " " * s for w, s in pairs[:-1]) + words[-1]
    assert block.metadata["text"] == rebuilt


def test_a_record_holds_every_layer_and_every_task():
    record = json.loads(json.dumps(annotation_record(SENTENCE, 1)))
    assert record == json.loads(json.dumps(annotation_record(SENTENCE, 1)))
    assert record["text"] == "Ann and Bo saw her bank in Rome"
    assert record["words"] == list(SENTENCE.words)
    assert record["tree"] == TREE
    assert record["entities"][0] == {"start": 7, "end": 8, "label": "LOC"}
    assert record["arguments"][0] == {"source": 3, "target": 0, "label": "ARG0"}
    assert record["adpositions"] == [{"start": 6, "end": 7, "role": "Locus", "function": "Place"}]
    assert record["factuality"] == [[3, 2.5]]
    assert "lemmas" not in record
    assert list(record["tasks"]) == list(TASKS)
    assert record["tasks"]["word_sense"] == [{"span1": [5, 6], "label": "money"}]
    assert len(record["tasks"]["dependency_prediction"]) == 14


def test_a_record_leaves_out_what_is_not_annotated():
    assert annotation_record(BARE, 1) == {"text": "Go!", "words": list(BARE.words), "tasks": {}}
