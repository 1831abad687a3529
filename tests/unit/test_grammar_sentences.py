"""Sentences of every construction in both languages, written by hand and checked word by word."""

import pytest
from derivation_builder import (
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
    said,
    subordinator,
    time,
    verb,
)
from english_checker import grammatical as is_english
from german_checker import grammatical as is_german

from ticketscope.corpus.grammar.derivation import Clause, Conjoined
from ticketscope.corpus.grammar.lexicon import closed

MAN, WOMAN, CHILD = noun("Mann"), noun("Frau"), noun("Kind")
DOG, BOOK, LETTER = noun("Hund"), noun("Buch", "a"), noun("Brief")
TOM, ANNA = name("Tom"), name("Anna")
SPEAKER, HE, SHE, WE, THEY = (pronoun(code) for code in ("1s", "3m", "3f", "1p", "3p"))
YOU = pronoun("2s")

PAIRS = [
    (said(does(MAN, "schlafen")), "The man sleeps.", "Der Mann schläft."),
    (said(does(YOU, "lachen")), "You laugh.", "Du lachst."),
    (said(does(MAN, "sehen", DOG)), "The man sees the dog.", "Der Mann sieht den Hund."),
    (
        said(does(WOMAN, "sehen", noun("Hund", "a", "alt"), tense="past")),
        "The woman saw an old dog.",
        "Die Frau hat einen alten Hund gesehen.",
    ),
    (
        said(does(noun("Kind", "my", "klein"), "helfen", noun("Student", "this"))),
        "My small child helps this student.",
        "Mein kleines Kind hilft diesem Studenten.",
    ),
    (
        said(
            does(
                noun("Kind", "these", "jung", plural=True),
                "essen",
                noun("Apfel", "two", plural=True),
            )
        ),
        "These young children eat two apples.",
        "Diese jungen Kinder essen zwei Äpfel.",
    ),
    (
        said(
            does(
                noun("Kind", "many", "gut", plural=True),
                "danken",
                noun("Lehrer", "all", "alt", plural=True),
            )
        ),
        "Many good children thank all old teachers.",
        "Viele gute Kinder danken allen alten Lehrern.",
    ),
    (said(does(MAN, "aufstehen", frame="intransitive")), "The man gets up.", "Der Mann steht auf."),
    (
        said(does(MAN, "aufstehen", tense="past", frame="intransitive")),
        "The man got up.",
        "Der Mann ist aufgestanden.",
    ),
    (
        said(does(TOM, "anrufen", ANNA, tense="future")),
        "Tom will call up Anna.",
        "Tom wird Anna anrufen.",
    ),
    (
        said(does(TOM, "anrufen", SHE, tense="perfect", negated=True)),
        "Tom has not called her up.",
        "Tom hat sie nicht angerufen.",
    ),
    (
        said(does(TOM, "lesen", BOOK, negated=True)),
        "Tom does not read a book.",
        "Tom liest kein Buch.",
    ),
    (
        said(does(TOM, "lesen", noun("Buch"), negated=True)),
        "Tom does not read the book.",
        "Tom liest das Buch nicht.",
    ),
    (
        said(does(TOM, "kaufen", noun("Buch", "the", "alt"), modal=modal("must"))),
        "Tom must buy the old book.",
        "Tom muss das alte Buch kaufen.",
    ),
    (
        said(
            does(
                TOM,
                "gehen",
                frame="motion",
                tense="past",
                place=preposition("direction", "into", noun("Garten")),
            )
        ),
        "Tom went into the garden.",
        "Tom ist in den Garten gegangen.",
    ),
    (
        said(does(TOM, "wohnen", frame="located", place=preposition("place", "in", noun("Haus")))),
        "Tom lives in the house.",
        "Tom wohnt im Haus.",
    ),
    (
        said(
            does(
                ANNA, "kommen", frame="motion", place=preposition("direction", "to", noun("Schule"))
            )
        ),
        "Anna comes to the school.",
        "Anna kommt zur Schule.",
    ),
    (
        said(does(ANNA, "lachen", tense="past"), fronted=time("on", "Monday")),
        "On Monday, Anna laughed.",
        "Am Montag hat Anna gelacht.",
    ),
    (
        said(does(ANNA, "lachen", adjuncts=(adverb("oft"),))),
        "Anna often laughs.",
        "Anna lacht oft.",
    ),
    (
        said(
            does(
                WE,
                "arbeiten",
                tense="past",
                adjuncts=(preposition("event", "during", noun("Spiel", "the", "lang")),),
            )
        ),
        "We worked during the long match.",
        "Wir haben während des langen Spieles gearbeitet.",
    ),
    (said(does(SPEAKER, "sehen", pronoun("3n", gender="m"))), "I see it.", "Ich sehe ihn."),
    (said(is_(pronoun("3n", gender="f"), "neu", tense="past")), "It was new.", "Sie war neu."),
    (
        said(
            Clause(
                verb=verb("geben", "ditransitive"),
                subject=MAN,
                indirect=WOMAN,
                direct=LETTER,
                tense="past",
            )
        ),
        "The man gave the woman the letter.",
        "Der Mann hat der Frau den Brief gegeben.",
    ),
    (
        said(
            Clause(
                verb=verb("zeigen", "ditransitive"),
                subject=MAN,
                indirect=WOMAN,
                direct=LETTER,
                with_to=True,
            )
        ),
        "The man shows the letter to the woman.",
        "Der Mann zeigt der Frau den Brief.",
    ),
    (
        said(Clause(verb=verb("warten", "governing"), subject=MAN, governed=noun("Bus"))),
        "The man waits for the bus.",
        "Der Mann wartet auf den Bus.",
    ),
    (
        said(Clause(verb=verb("träumen", "governing"), subject=SPEAKER, governed=noun("Garten"))),
        "I dream of the garden.",
        "Ich träume vom Garten.",
    ),
    (
        said(
            Clause(
                verb=verb("lesen"),
                subject=noun("Brief"),
                passive=True,
                tense="past",
                agent=preposition("agent", "by", MAN),
            )
        ),
        "The letter was read by the man.",
        "Der Brief wurde vom Mann gelesen.",
    ),
    (
        said(Clause(verb=verb("waschen"), subject=noun("Hund"), passive=True, tense="perfect")),
        "The dog has been washed.",
        "Der Hund ist gewaschen worden.",
    ),
    (
        said(
            Clause(
                verb=verb("wissen", "that"),
                subject=SPEAKER,
                content=content("that", does(HE, "schlafen")),
            )
        ),
        "I know that he sleeps.",
        "Ich weiß, dass er schläft.",
    ),
    (
        said(
            Clause(
                verb=verb("fragen", "whether"),
                subject=THEY,
                content=content("whether", does(ANNA, "anrufen", TOM)),
            )
        ),
        "They ask whether Anna calls up Tom.",
        "Sie fragen, ob Anna Tom anruft.",
    ),
    (
        said(
            Clause(
                verb=verb("versuchen", "subject_control"),
                subject=SPEAKER,
                tense="past",
                content=content(
                    "to",
                    does(None, "aufstehen", frame="intransitive", tense="infinitive"),
                    controller=SPEAKER,
                ),
            )
        ),
        "I tried to get up.",
        "Ich habe versucht, aufzustehen.",
    ),
    (
        said(
            Clause(
                verb=verb("erlauben", "object_control"),
                subject=SHE,
                direct=CHILD,
                content=content(
                    "to", does(None, "lesen", noun("Buch"), tense="infinitive"), controller=CHILD
                ),
            )
        ),
        "She allows the child to read the book.",
        "Sie erlaubt dem Kind, das Buch zu lesen.",
    ),
    (
        said(
            Clause(
                verb=verb("versprechen", "object_control"),
                subject=ANNA,
                direct=TOM,
                content=content(
                    "to",
                    does(None, "arbeiten", tense="infinitive"),
                    controller=ANNA,
                    as_clause="plain",
                ),
            )
        ),
        "Anna promises Tom to work.",
        "Anna verspricht Tom, dass sie arbeitet.",
    ),
    (
        said(does(noun("Mann", relative=does(None, "lesen", BOOK, gap="subject")), "lachen")),
        "The man who reads a book laughs.",
        "Der Mann, der ein Buch liest, lacht.",
    ),
    (
        said(is_(noun("Buch", relative=does(SPEAKER, "lesen", gap="direct", tense="past")), "gut")),
        "The book that I read is good.",
        "Das Buch, das ich gelesen habe, ist gut.",
    ),
    (
        said(
            does(HE, "lachen"),
            subordinator=subordinator("because"),
            subordinate=does(CHILD, "tanzen"),
            subordinate_first=True,
        ),
        "Because the child dances, he laughs.",
        "Weil das Kind tanzt, lacht er.",
    ),
    (
        said(
            does(HE, "lachen", tense="past"),
            subordinator=subordinator("when"),
            subordinate=does(CHILD, "fallen", tense="past"),
        ),
        "He laughed when the child fell.",
        "Er hat gelacht, als das Kind gefallen ist.",
    ),
    (
        said(does(HE, "singen"), conjunction="but", coordinated=does(SHE, "tanzen", negated=True)),
        "He sings, but she does not dance.",
        "Er singt, aber sie tanzt nicht.",
    ),
    (
        said(does(None, "sehen", DOG, gap="subject"), question="who"),
        "Who sees the dog?",
        "Wer sieht den Hund?",
    ),
    (
        said(does(YOU, "helfen", gap="direct"), question="whom"),
        "Who do you help?",
        "Wem hilfst du?",
    ),
    (
        said(does(CHILD, "schlafen"), question="yes_no"),
        "Does the child sleep?",
        "Schläft das Kind?",
    ),
    (
        said(
            Clause(
                verb=closed.THERE_IS,
                direct=noun("Hund", "a"),
                existential=True,
                tense="past",
                adjuncts=(preposition("place", "in", noun("Haus")),),
            )
        ),
        "There was a dog in the house.",
        "Es gab im Haus einen Hund.",
    ),
    (
        said(is_(noun("Dach", possessor=noun("Haus", "our"), of=True), "alt")),
        "The roof of our house is old.",
        "Das Dach unseres Hauses ist alt.",
    ),
    (
        said(is_(noun("Buch", "the", "neu", possessor=name("Max")), "interessant")),
        "Max's new book is interesting.",
        "Max’ neues Buch ist interessant.",
    ),
    (
        said(is_(Conjoined(MAN, WOMAN, 0), "alt")),
        "The man and the woman are old.",
        "Der Mann und die Frau sind alt.",
    ),
    (said(does(indefinite("nobody"), "kennen", SHE)), "Nobody knows her.", "Niemand kennt sie."),
    (
        said(
            does(
                TOM,
                "fahren",
                frame="motion",
                adjuncts=(preposition("means", "by", noun("Zug")),),
                place=preposition("direction", "to", name("Berlin"), "nach"),
            )
        ),
        "Tom drives to Berlin by train.",
        "Tom fährt mit dem Zug nach Berlin.",
    ),
    (
        said(
            does(
                TOM,
                "arbeiten",
                tense="past",
                adjuncts=(preposition("duration", "for", noun("Tag", "two", plural=True)),),
            )
        ),
        "Tom worked for two days.",
        "Tom hat zwei Tage lang gearbeitet.",
    ),
    (
        said(
            does(
                MAN,
                "reparieren",
                noun("Auto", "a"),
                adjuncts=(preposition("instrument", "with", noun("Hammer")),),
            )
        ),
        "The man repairs a car with the hammer.",
        "Der Mann repariert mit dem Hammer ein Auto.",
    ),
]


@pytest.mark.parametrize(("found", "source", "target"), PAIRS, ids=[row[1] for row in PAIRS])
def test_sentences_word_by_word(found, source, target):
    assert found == (source, target)
    assert is_english(source)
    assert is_german(target)
