"""Gold word alignments: by hand on every construction, by rule on thousands of sentences."""

import hashlib
import json
import re
from collections import Counter, defaultdict
from dataclasses import replace

import pytest
from derivation_builder import (
    adjective,
    adverb,
    content,
    does,
    indefinite,
    is_,
    modal,
    name,
    noun,
    preposition,
    pronoun,
    subordinator,
    time,
    verb,
)

from ticketscope.annotation.alignment import pharaoh
from ticketscope.annotation.sentence import AnnotatedSentence
from ticketscope.corpus.grammar import AlignedPair, aligned_pairs, output, pairs
from ticketscope.corpus.grammar.aligned_words import aligned
from ticketscope.corpus.grammar.derivation import Clause, Conjoined, Described, Sentence
from ticketscope.corpus.grammar.english import english
from ticketscope.corpus.grammar.german import german, german_words
from ticketscope.corpus.grammar.german_text import raw_sentence
from ticketscope.corpus.grammar.german_verbs import conjugated
from ticketscope.corpus.grammar.lexicon import closed
from ticketscope.corpus.grammar.lexicon.modifiers import ADJECTIVES
from ticketscope.corpus.grammar.lexicon.names import NAMES
from ticketscope.corpus.grammar.lexicon.nouns import NOUNS
from ticketscope.corpus.grammar.lexicon.verbs import VERBS

pytestmark = pytest.mark.slow

NUM_SENTENCES = 2_000
CONTENT = ("NOUN", "PROPN", "VERB", "ADJ", "NUM")


@pytest.fixture(scope="module")
def corpus() -> list[AlignedPair]:
    return list(aligned_pairs("train", NUM_SENTENCES, 31))


def links(main: Clause, **more) -> str:
    """English-German word pairs in the order of the English words; ~ for those merely possible."""
    derivation = Sentence(main=main, **more)
    tree, words = english(derivation), german_words(derivation)
    forms = [word.form for word in tree.words()]
    found = aligned(tree, words)
    return " ".join(
        f"{forms[ours]}{'-' if (ours, theirs) in found.sure else '~'}{words[theirs]}"
        for ours, theirs in found.possible
    )


def german_forms(pair: AlignedPair) -> list[str]:
    return [pair.german[start:end] for start, end in pair.german_words.spans]


TOM, ANNA = name("Tom"), name("Anna")


def tom_sleeps(**more) -> Clause:
    return does(TOM, "schlafen", **more)


def that_sleeps(**more) -> Clause:
    return does(None, "schlafen", gap="subject", frame="intransitive", **more)


# ----------------------------------------------------------------------------- verbs


VERBS_AND_THEIR_LINKS = {
    # one verb for one, two for one
    "present": (tom_sleeps(), "Tom-Tom sleeps-schläft .-."),
    "simple past": (tom_sleeps(tense="past"), "Tom-Tom slept~hat slept-geschlafen .-."),
    "perfect": (tom_sleeps(tense="perfect"), "Tom-Tom has-hat slept-geschlafen .-."),
    "perfect as present": (
        tom_sleeps(tense="perfect", goes_on=True, adjuncts=(time("since", "Monday"),)),
        "Tom-Tom has~schläft slept-schläft since-seit Monday-Montag .-.",
    ),
    "future": (tom_sleeps(tense="future"), "Tom-Tom will-wird sleep-schlafen .-."),
    "modal": (tom_sleeps(modal=modal("can")), "Tom-Tom can-kann sleep-schlafen .-."),
    # do
    "denied": (tom_sleeps(negated=True), "Tom-Tom does~schläft not-nicht sleep-schläft .-."),
    "denied past": (
        tom_sleeps(negated=True, tense="past"),
        "Tom-Tom did~hat not-nicht sleep-geschlafen .-.",
    ),
    "cannot is two words": (
        tom_sleeps(negated=True, modal=modal("can")),
        "Tom-Tom can-kann not-nicht sleep-schlafen .-.",
    ),
    "must not": (
        tom_sleeps(negated=True, modal=modal("must")),
        "Tom-Tom must-darf not-nicht sleep-schlafen .-.",
    ),
    # prefixes and particles
    "separated prefix": (does(TOM, "ankommen"), "Tom-Tom arrives-kommt arrives-an .-."),
    "prefix and particle": (does(TOM, "aufstehen"), "Tom-Tom gets-steht gets-auf up-auf .-."),
    "prefix on the verb": (
        does(TOM, "aufstehen", tense="perfect"),
        "Tom-Tom has-ist got-aufgestanden up-aufgestanden .-.",
    ),
    "prefix behind a denied verb": (
        does(TOM, "aufstehen", negated=True),
        "Tom-Tom does~steht not-nicht get-steht get-auf up-auf .-.",
    ),
    # the passive
    "passive": (
        does(noun("Buch"), "lesen", passive=True, frame="transitive"),
        "The-Das book-Buch is-wird read-gelesen .-.",
    ),
    "passive, perfect": (
        does(noun("Buch"), "lesen", passive=True, frame="transitive", tense="perfect"),
        "The-Das book-Buch has-ist been-worden read-gelesen .-.",
    ),
    "passive behind a modal, with who does it": (
        does(
            noun("Buch"),
            "lesen",
            passive=True,
            frame="transitive",
            modal=modal("must"),
            agent=preposition("agent", "by", noun("Mann")),
        ),
        "The-Das book-Buch must-muss be-werden read-gelesen by-vom the-vom man-Mann .-.",
    ),
    # the copula and there is
    "copula": (is_(TOM, "alt", tense="past"), "Tom-Tom was-war old-alt .-."),
    "copula, perfect": (
        is_(TOM, "alt", tense="perfect"),
        "Tom-Tom has-ist been-gewesen old-alt .-.",
    ),
    "there is": (
        Clause(
            verb=closed.THERE_IS,
            direct=noun("Hund", "a"),
            existential=True,
            adjuncts=(preposition("place", "in", noun("Garten")),),
        ),
        "There-Es is-gibt a-einen dog-Hund in-im the-im garden-Garten .-.",
    ),
}


@pytest.mark.parametrize("case", VERBS_AND_THEIR_LINKS)
def test_verbs(case):
    clause, expected = VERBS_AND_THEIR_LINKS[case]
    assert links(clause) == expected


def test_after_asks_for_an_auxiliary_in_german():
    assert links(
        does(ANNA, "lachen", tense="past"),
        subordinator=subordinator("after"),
        subordinate=does(noun("Buch"), "lesen", passive=True, frame="transitive", tense="past"),
    ) == (
        "Anna-Anna laughed~hat laughed-gelacht after-nachdem the-das book-Buch was-worden was~war "
        "read-gelesen .-."
    )


# ----------------------------------------------------------------------------- questions


def test_questions():
    assert links(tom_sleeps(), question="yes_no") == "Does~Schläft Tom-Tom sleep-Schläft ?-?"
    assert links(is_(TOM, "alt"), question="yes_no") == "Is-Ist Tom-Tom old-alt ?-?"
    who = does(None, "sehen", noun("Hund"), gap="subject", tense="past")
    assert links(who, question="who") == "Who-Wer saw~hat saw-gesehen the-den dog-Hund ?-?"
    whom = does(TOM, "helfen", gap="direct")
    assert links(whom, question="whom") == "Who-Wem does~hilft Tom-Tom help-hilft ?-?"
    where_to = does(TOM, "gehen", gap="place", frame="motion")
    assert links(where_to, question="where_to") == "Where-Wohin does~geht Tom-Tom go-geht ?-?"


# ----------------------------------------------------------------------------- noun phrases


def test_articles_adjectives_and_degrees():
    very_old = Described(adjective("alt"), adverb("sehr"))
    man = replace(noun("Mann", "my"), described=(very_old,))
    assert links(does(man, "sehen", noun("Hund", "two", plural=True))) == (
        "My-Mein very-sehr old-alter man-Mann sees-sieht two-zwei dogs-Hunde .-."
    )


def test_negation_in_the_article():
    """Kein is the negation; that it is an article too makes a possible link."""
    assert links(does(TOM, "sehen", noun("Hund", "a"), negated=True)) == (
        "Tom-Tom does~sieht not-keinen see-sieht a~keinen dog-Hund .-."
    )
    assert links(does(TOM, "sehen", noun("Hund", "the"), negated=True)) == (
        "Tom-Tom does~sieht not-nicht see-sieht the-den dog-Hund .-."
    )
    assert links(does(TOM, "essen", noun("Brot", ""), negated=True)) == (
        "Tom-Tom does~isst not-kein eat-isst bread-Brot .-."
    )
    assert links(does(TOM, "sehen", noun("Hund", "no"))) == (
        "Tom-Tom sees-sieht no-keinen dog-Hund .-."
    )


def test_possessors():
    """Neither 's nor of has a German word of its own, nor has the article of what is owned an
    English one."""
    annas = noun("Hund", "the", possessor=ANNA)
    assert links(does(annas, "schlafen")) == "Anna-Annas dog-Hund sleeps-schläft .-."
    mans = noun("Hund", "the", possessor=noun("Mann"))
    assert links(does(mans, "schlafen")) == ("The-des man-Mannes dog-Hund sleeps-schläft .-.")
    roof = noun("Dach", "the", possessor=noun("Haus"), of=True)
    assert links(is_(roof, "alt")) == ("The-Das roof-Dach the-des house-Hauses is-ist old-alt .-.")


def test_relative_clauses():
    man = noun("Mann", relative=that_sleeps(tense="past"))
    assert links(does(man, "lachen")) == (
        "The-Der man-Mann who-der slept-geschlafen slept~hat laughs-lacht .-."
    )
    book = noun("Buch", relative=does(TOM, "lesen", gap="direct"))
    assert links(does(ANNA, "sehen", book)) == (
        "Anna-Anna sees-sieht the-das book-Buch that-das Tom-Tom reads-liest .-."
    )
    # the woman Tom sees: English has no pronoun
    woman = noun("Frau", relative=does(TOM, "sehen", gap="direct"))
    assert links(does(woman, "schlafen")) == (
        "The-Die woman-Frau Tom-Tom sees-sieht sleeps-schläft .-."
    )
    lives = does(
        TOM, "wohnen", gap="place", place=preposition("place", "in", None), frame="located"
    )
    assert links(is_(noun("Haus", relative=lives), "alt")) == (
        "The-Das house-Haus in-in which-dem Tom-Tom lives-wohnt is-ist old-alt .-."
    )


def test_coordination():
    both = Conjoined(noun("Mann"), noun("Frau"), 0)
    singing = does(None, "singen", frame="intransitive", tense="past")
    assert links(does(both, "schlafen", tense="past", joined=singing)) == (
        "The-Der man-Mann and-und the-die woman-Frau slept~haben slept-geschlafen and-und "
        "sang~haben sang-gesungen .-."
    )
    assert links(tom_sleeps(), conjunction="and", coordinated=does(ANNA, "lachen")) == (
        "Tom-Tom sleeps-schläft and-und Anna-Anna laughs-lacht .-."
    )
    assert links(tom_sleeps(), conjunction="but", coordinated=does(ANNA, "lachen")) == (
        "Tom-Tom sleeps-schläft ,-, but-aber Anna-Anna laughs-lacht .-."
    )


def test_objects():
    """Two objects change places in German, and to has no word there."""
    gives = does(TOM, "geben", noun("Buch"), indirect=ANNA, with_to=True, frame="ditransitive")
    assert links(gives) == "Tom-Tom gives-gibt the-das book-Buch Anna-Anna .-."
    waits = does(TOM, "warten", governed=noun("Hund"), frame="governing")
    assert links(waits) == "Tom-Tom waits-wartet for-auf the-den dog-Hund .-."
    himself = does(indefinite("everyone"), "sehen", pronoun("3m", reflexive=True))
    assert links(himself) == "Everyone-Jeder sees-sieht himself-sich .-."


# ----------------------------------------------------------------------------- adjuncts


def test_adjuncts():
    in_front = preposition("place", "in front of", noun("Haus"))
    assert links(tom_sleeps(adjuncts=(in_front,))) == (
        "Tom-Tom sleeps-schläft in-vor front-vor of-vor the-dem house-Haus .-."
    )
    two_days = preposition("duration", "for", noun("Tag", "two", plural=True))
    assert links(tom_sleeps(tense="future", adjuncts=(two_days,))) == (
        "Tom-Tom will-wird sleep-schlafen for-lang two-zwei days-Tage .-."
    )
    train = preposition("means", "by", noun("Zug"))
    garden = preposition("direction", "into", noun("Haus"))
    goes = does(TOM, "gehen", place=garden, adjuncts=(train,), frame="motion")
    assert links(goes) == ("Tom-Tom goes-geht into-ins the-ins house-Haus by-mit train-Zug .-.")


def test_what_stands_first():
    monday = time("on", "Monday")
    assert links(tom_sleeps(), fronted=monday) == (
        "On-Am Monday-Montag Tom-Tom sleeps-schläft .-."
    ), "the comma is in English only"
    assert links(tom_sleeps(), fronted=time("in", "morning")) == (
        "In-Am the-Am morning-Morgen Tom-Tom sleeps-schläft .-."
    )
    assert links(tom_sleeps(tense="future"), fronted=adverb("nächste Woche")) == (
        "Next-Nächste week-Woche Tom-Tom will-wird sleep-schlafen .-."
    )


def test_adverbs_of_unequal_length():
    assert links(tom_sleeps(tense="past", adjuncts=(adverb("vor langer Zeit"),))) == (
        "Tom-Tom slept~hat slept-geschlafen "
        "long~vor long~langer long~Zeit ago~vor ago~langer ago-Zeit .-."
    )
    assert links(tom_sleeps(tense="future", adjuncts=(adverb("heute Abend"),))) == (
        "Tom-Tom will-wird sleep-schlafen tonight~heute tonight-Abend .-."
    )


def test_the_same_adverb_in_two_clauses():
    often = adverb("oft")
    assert links(
        tom_sleeps(adjuncts=(often,)),
        conjunction="and",
        coordinated=does(ANNA, "lachen", adjuncts=(often,)),
    ) == ("Tom-Tom often-oft sleeps-schläft and-und Anna-Anna often-oft laughs-lacht .-.")
    derivation = Sentence(
        main=tom_sleeps(adjuncts=(often,)),
        conjunction="and",
        coordinated=does(ANNA, "lachen", adjuncts=(often,)),
    )
    found = aligned(english(derivation), german_words(derivation))
    assert pharaoh(found) == "0-0 1-2 2-1 3-3 4-4 5-6 6-5 7-7"


# ----------------------------------------------------------------------------- clauses in clauses


def test_subordinate_clauses():
    because = {
        "subordinator": subordinator("because"),
        "subordinate": does(pronoun("3f"), "ankommen", tense="future"),
    }
    assert links(tom_sleeps(), **because) == (
        "Tom-Tom sleeps-schläft because-weil she-sie will-wird arrive-ankommen .-."
    ), "the comma is in German only"
    assert links(tom_sleeps(), **because, subordinate_first=True) == (
        "Because-Weil she-sie will-wird arrive-ankommen ,-, Tom-Tom sleeps-schläft .-."
    )
    when = {"subordinator": subordinator("when"), "subordinate": does(ANNA, "ankommen")}
    assert links(tom_sleeps(), **when) == (
        "Tom-Tom sleeps-schläft when-wenn Anna-Anna arrives-ankommt .-."
    )


def test_two_german_commas_that_are_one():
    """That of the relative clause and that of the subordinate one."""
    sees = does(ANNA, "sehen", noun("Mann", relative=that_sleeps()))
    assert links(
        tom_sleeps(),
        subordinator=subordinator("because"),
        subordinate=sees,
        subordinate_first=True,
    ) == (
        "Because-Weil Anna-Anna sees-sieht the-den man-Mann who-der sleeps-schläft ,-, "
        "Tom-Tom sleeps-schläft .-."
    )


def test_reported_clauses():
    knows = does(TOM, "wissen", frame="that", content=content("that", does(ANNA, "lachen")))
    assert links(knows) == "Tom-Tom knows-weiß that-dass Anna-Anna laughs-lacht .-."
    asks = does(TOM, "fragen", frame="whether", content=content("whether", does(ANNA, "lachen")))
    assert links(asks) == "Tom-Tom asks-fragt whether-ob Anna-Anna laughs-lacht .-."


def test_infinitives():
    sleep = does(None, "schlafen", tense="infinitive", frame="intransitive")
    tries = does(TOM, "versuchen", frame="subject_control", content=content("to", sleep))
    assert links(tries) == "Tom-Tom tries-versucht to-zu sleep-schlafen .-."
    get_up = does(None, "aufstehen", tense="infinitive", frame="intransitive")
    tries = replace(tries, content=content("to", get_up))
    assert links(tries) == (
        "Tom-Tom tries-versucht to-aufzustehen get-aufzustehen up-aufzustehen .-."
    )


def test_infinitives_that_are_clauses_in_german():
    """To, dass and the German pronoun have no counterpart; sollen is a part of the predicate."""
    sleep = does(None, "schlafen", tense="infinitive", frame="intransitive")
    promise, tell = (verb(word, "object_control") for word in ("versprechen", "sagen"))
    promises = Clause(
        verb=promise, subject=TOM, direct=ANNA, content=content("to", sleep, controller=TOM)
    )
    plain = replace(promises, content=replace(promises.content, as_clause="plain"))
    assert german(Sentence(main=plain)) == "Tom verspricht Anna, dass er schläft."
    assert links(plain) == "Tom-Tom promises-verspricht Anna-Anna sleep-schläft .-."
    tells = Clause(
        verb=tell,
        subject=TOM,
        direct=ANNA,
        content=content("to", sleep, controller=ANNA, as_clause="obliged"),
    )
    assert german(Sentence(main=tells)) == "Tom sagt Anna, dass sie schlafen soll."
    assert links(tells) == "Tom-Tom tells-sagt Anna-Anna sleep-schlafen sleep~soll .-."


# ----------------------------------------------------------------------------- by rule


def test_links_are_within_range_and_the_texts_the_same(corpus):
    assert [(pair.english, pair.german) for pair in corpus] == list(
        pairs("train", NUM_SENTENCES, 31)
    )
    for pair in corpus:
        assert isinstance(pair.gold, AnnotatedSentence)
        assert pair.german_words.text == pair.german
        assert german_forms(pair) == re.findall(r"[\w’]+|[.,?]", pair.german)
        assert set(pair.alignment.sure) <= set(pair.alignment.possible)
        for ours, theirs in pair.alignment.possible:
            assert 0 <= ours < len(pair.gold.words)
            assert 0 <= theirs < len(pair.german_words.spans)


def test_every_content_word_has_a_sure_link(corpus):
    for pair in corpus:
        ours = {link[0] for link in pair.alignment.sure}
        for index, tag in enumerate(pair.gold.upos):
            assert tag not in CONTENT or index in ours, (pair.gold.words[index], pair)
        theirs = {link[1] for link in pair.alignment.sure}
        for index, form in enumerate(german_forms(pair)):
            is_noun = index > 0 and form[0].isupper()
            assert not is_noun or index in theirs, (form, pair)


def test_only_these_words_have_no_counterpart(corpus):
    english_only, german_only = set(), set()
    for pair in corpus:
        ours = {link[0] for link in pair.alignment.possible}
        words = enumerate(pair.gold.words)
        english_only |= {form.lower() for index, form in words if index not in ours}
        theirs = {link[1] for link in pair.alignment.possible}
        forms = enumerate(german_forms(pair))
        german_only |= {form.lower() for index, form in forms if index not in theirs}
    assert english_only == {",", "'s", "'", "of", "to"}
    articles = {"der", "die", "das", "dem", "den"}
    relatives = {"der", "die", "das", "dem", "den", "denen"}
    pronouns = {entry.german[0] for entry in closed.PERSONAL.values()}
    assert {",", "dass"} | articles <= german_only
    assert german_only <= {",", "dass"} | articles | relatives | pronouns


def translations() -> dict[tuple[str, str], set[str]]:
    """All German forms of each English noun, name, adjective and verb that the lexicon holds."""
    known = defaultdict(set)
    for entry in NOUNS:
        plural = entry.german_plural
        forms = (entry.german, entry.oblique, entry.genitive, plural, plural + "n")
        known["NOUN", entry.english].update(forms)
    for entry in closed.TIMES:
        tag = "PROPN" if entry.english[0].isupper() else "NOUN"
        known[tag, entry.english].update(german.split()[1] for _, german in entry.german)
    for entry in NAMES:
        known["PROPN", entry.english].update(entry.german + ending for ending in ("", "s", "’"))
    for entry in ADJECTIVES:
        endings = ("e", "er", "es", "en", "em")
        known["ADJ", entry.english].update(entry.stem + ending for ending in endings)
        known["ADJ", entry.english].add(entry.german)
    for entry in VERBS:
        finite = {conjugated(entry.german, entry.changed, person) for person in range(6)}
        with_zu = entry.zu_infinitive.split()[-1]
        known["VERB", entry.english] |= finite | {entry.prefix + form for form in finite}
        known["VERB", entry.english] |= {entry.prefix, entry.participle, with_zu}
    return {key: {form.lower() for form in forms} for key, forms in known.items()}


def test_linked_words_are_translations_by_the_lexicon(corpus):
    """The lexicon knows nothing of derivations: a link between the wrong two words would show."""
    known = translations()
    checked = Counter()
    for pair in corpus:
        forms = german_forms(pair)
        for ours, theirs in pair.alignment.sure:
            tag, lemma = pair.gold.upos[ours], pair.gold.lemmas[ours]
            if (tag, lemma) in known:
                checked[tag] += 1
                assert forms[theirs].lower() in known[tag, lemma], (lemma, forms[theirs], pair)
    assert min(checked[tag] for tag in ("NOUN", "PROPN", "ADJ", "VERB")) > 500, checked


def test_no_word_is_linked_to_many(corpus):
    """A word is sure of three at the most: in front of, vor; get up with its to, aufzustehen."""
    for pair in corpus:
        for side in (0, 1):
            linked = Counter(link[side] for link in pair.alignment.sure)
            assert max(linked.values()) <= 3, pair


# ----------------------------------------------------------------------------- formats


def test_lines_and_records_are_of_the_same_sentences():
    found = list(aligned_pairs("validation", 8, 4))
    assert list(aligned_pairs("validation", 8, 4)) == found, "deterministic"
    assert list(output.pharaoh_lines("validation", 8, 4)) == [
        pharaoh(pair.alignment) for pair in found
    ]
    for pair, line in zip(found, output.json_lines("validation", 8, 4), strict=True):
        record = json.loads(line)
        assert (record["source"], record["target"]) == (pair.english, pair.german)
        assert record["words"] == list(pair.gold.words)
        assert record["target_words"] == german_forms(pair)
        assert record["alignment"] == {
            "sure": [list(link) for link in pair.alignment.sure],
            "possible": [list(link) for link in pair.alignment.possible],
        }


def test_a_german_sentence_and_its_words():
    derivation = Sentence(main=does(TOM, "sehen", noun("Mann", relative=that_sleeps())))
    raw = raw_sentence(german_words(derivation))
    assert raw.text == german(derivation) == "Tom sieht den Mann, der schläft."
    assert [raw.text[start:end] for start, end in raw.spans] == [
        *("Tom", "sieht", "den", "Mann", ",", "der", "schläft", ".")
    ]


def test_the_corpus_is_what_it_was():
    """Runs rest on these very sentences: who changes the grammar changes this digest knowingly."""
    digest = hashlib.sha256()
    for source, target in pairs("train", 2_000, 1):
        digest.update(f"{source}\t{target}\n".encode())
    assert digest.hexdigest() == "ec673a6a72612f97fabade666e395feac31b219bcdd733aee25ca2acc49770d6"
