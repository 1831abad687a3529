"""Every kind of damage on outputs made by hand, of which the right count is known."""

from collections import Counter

import pytest

from ticketscope.damage import KINDS
from ticketscope.damage.kind import Counts, Sentence, Texts
from ticketscope.damage.running_words import tokens, words

BY_NAME = {kind.name: kind for kind in KINDS}


def texts(
    languages: str = "en-de",
    sources: tuple[str, ...] = (),
    references: tuple[str, ...] = (),
    *,
    counted_in_training: dict[str, int] | None = None,
    why_no_unsaid: str = "",
) -> Texts:
    source, target = languages.split("-")
    counts = Counter(word.lower() for text in references for word in words(text))
    return Texts(
        source_language=source,
        target_language=target,
        sources=sources,
        references=references,
        occurrences=counted_in_training if counted_in_training is not None else counts,
        num_occurrences=1_000_000,
        counted_in="references" if counted_in_training is None else "training",
        why_no_unsaid=why_no_unsaid,
    )


def counted(kind: str, languages: str, *three: str) -> tuple[int, int] | None:
    """Events and what broke of source, reference and translation."""
    about = texts(languages, (three[0],), (three[1],))
    count = BY_NAME[kind].counter(about)
    assert not isinstance(count, str), count
    found = count(Sentence(*three))
    return found and tuple(found)


ONE = "en-de"
CASES: list[tuple[str, str, str, str, str, tuple[int, int] | None]] = [
    # Numbers: by value, as each language writes them.
    ("numbers", ONE, "1,000 cats", "1.000 Katzen", "1000 Katzen", (1, 0)),
    ("numbers", ONE, "1,000 cats", "1.000 Katzen", "1.000 Katzen", (1, 0)),
    ("numbers", ONE, "1,000 cats", "1.000 Katzen", "1,000 Katzen", (1, 1)),  # that is 1 in German
    ("numbers", ONE, "3.5 m", "3,5 m", "3,50 m", (1, 0)),
    ("numbers", ONE, "3.5 m", "3,5 m", "35 m", (1, 1)),
    ("numbers", ONE, "in 2012, 300 men", "2012 300 Mann", "2012 sah 300", (2, 0)),
    ("numbers", ONE, "2 of 2", "2 von 2", "2", (2, 1)),
    ("numbers", ONE, "A4, 4x4, MP3", "A4, 4x4, MP3", "nichts", (0, 0)),  # inside words
    ("numbers", ONE, "three men", "drei Mann", "Mann", (0, 0)),
    ("numbers", ONE, "5 men", "fünf Mann", "Mann", (0, 0)),  # the reference has none in digits
    ("numbers", ONE, "3 men", "3 Mann", "", (1, 1)),
    ("numbers", ONE, "3 men", "", "3", (0, 0)),
    ("numbers", "en-fr", "12,345.5 m", "12 345,5 m", "12\u202f345,5 m", (1, 0)),
    ("numbers", "en-hi", "1,00,000 men", "1,00,000 लोग", "१,००,००० लोग", (1, 0)),
    ("numbers", "en-ja", "on the 3rd, 12 men", "3月12人", "12人", (1, 0)),
    ("numbers", "de_CH-en", "1'000 Leute", "1,000 people", "1000 people", (1, 0)),
    ("numbers", ONE, "version 1.2.3", "Version 1.2.3", "Version 1.2.3", (1, 0)),
    ("numbers", ONE, "version 1.2.3", "Version 1.2.3", "Version 1.23", (1, 1)),
    # Right numbers in another writing: times, dates, units and endings on them, plain blanks.
    ("numbers", "en-es_MX", "3,500 cats", "3,500 gatos", "3,500 gatos", (1, 0)),
    ("numbers", "en-es", "3,500 cats", "3.500 gatos", "3,500 gatos", (1, 1)),
    ("numbers", ONE, "at 10:30", "um 10:30 Uhr", "um 10.30 Uhr.", (2, 0)),
    ("numbers", ONE, "at 10:30", "um 10:30 Uhr", "um 10.45 Uhr", (2, 1)),
    ("numbers", "en-fr", "at 10:30", "à 10 h 30", "à 10h30.", (2, 0)),
    ("numbers", "de-en", "5 km, am 3. Mai", "5 km, on 3 May", "5km, on May 3rd", (2, 0)),
    ("numbers", "de-en", "5 km, am 3. Mai", "5 km, on 3 May", "km5, on May", (2, 2)),
    ("numbers", ONE, "on 03/04/2012", "am 3. April 2012", "am 3.4.2012", (2, 0)),
    ("numbers", ONE, "1,000 cats", "1.000 Katzen", "1 000 Katzen", (1, 0)),
    ("numbers", ONE, "3 of 3 at 10:30", "3 von 3 um 10:30", "3 um 10:30", (4, 1)),
    # Dates: by value, in any writing of the language.
    ("dates", ONE, "on March 4, 2012", "am 4. März 2012", "am 04.03.2012", (1, 0)),
    ("dates", ONE, "on March 4, 2012", "am 4. März 2012", "am 4. Mai 2012", (1, 1)),
    ("dates", ONE, "on 4th March 2012", "am 4. März 2012", "2012-03-04", (1, 0)),
    ("dates", ONE, "on 03/04/2012", "am 4.3.2012", "am 4. März 2012", (1, 0)),
    ("dates", ONE, "on 03/04/2012", "am 4.3.2012", "am 3. April 2012", (1, 1)),
    ("dates", ONE, "on March 4", "am 4. März", "im März", (1, 1)),
    ("dates", ONE, "3/4 of it", "3/4 davon", "ein Teil davon", (0, 0)),
    ("dates", ONE, "I may 4 times", "vielleicht 4 Mal", "4", (0, 0)),
    ("dates", "en-ja", "on March 4, 2012", "2012年3月4日に", "2012年3月4日", (1, 0)),
    ("dates", "ru-en", "4 марта 2012 г.", "March 4, 2012", "4 March 2012", (1, 0)),
    ("dates", "de-en", "4. März 2012", "March 4, 2012", "the 4th of March, 2012", (1, 0)),
    ("dates", "de-en", "4. März 2012", "March 4, 2012", "March 4th 2012", (1, 0)),
    ("dates", "en-fr", "1 May 2012", "1 mai 2012", "1er mai 2012", (1, 0)),
    ("dates", "en-ja", "March 4, 2012", "2012年3月4日に", "2012 年 3 月 4 日 に", (1, 0)),
    # Addresses and code words: letter by letter.
    ("urls", ONE, "See http://a.b/c?d=1.", "http://a.b/c?d=1.", "http://a.b/c.", (1, 1)),
    ("urls", ONE, "See www.ab.de, x@y.org", "www.ab.de x@y.org", "www.ab.de! x@y.org!", (2, 0)),
    ("urls", ONE, "e.g. this", "z.B. dies", "dies", (0, 0)),
    ("urls", "en-zh", "See http://a.b/c.", "见http://a.b/c。", "见http://a.b/c，谢谢", (1, 0)),
    ("code_words", ONE, "It is 5km", "Es sind 5km", "Es sind 5 km", (0, 0)),  # a number
    ("code_words", ONE, "Paper A4, run_it()", "Papier A4, run_it()", "Papier a4, run_it()", (2, 1)),
    ("code_words", ONE, "open main.py in myFolder", "main.py myFolder", "main.py", (2, 1)),
    ("code_words", ONE, "Hi {name} <b>", "Hallo {name} <b>", "Hallo {Name}", (2, 2)),
    ("code_words", ONE, "in 2012 he won", "2012 gewann er", "gewann", (0, 0)),
    ("code_words", ONE, "The end.Next one", "Ende.Next", "x", (0, 0)),
    # Negation: words, not prefixes.
    ("negation", ONE, "He does not sleep", "Er schläft nicht", "Er schläft", (1, 1)),
    ("negation", ONE, "He isn't here", "Er ist nicht hier", "Keiner ist hier", (1, 0)),
    ("negation", ONE, "He isn't here", "Er ist nicht hier", "Er ist keineswegs hier", (1, 0)),
    ("negation", ONE, "He is unhappy", "Er ist unglücklich", "Er ist glücklich", (0, 0)),
    ("negation", ONE, "He is unhappy", "Er ist nicht froh", "Er ist froh", (0, 0)),
    ("negation", ONE, "A note", "Eine Notiz", "Note", (0, 0)),
    ("negation", "en-fr", "I don't know", "Je n'en sais rien", "Je sais", (1, 1)),
    ("negation", "en-fr", "I don't know", "Je n'en sais rien", "Je n’en sais", (1, 0)),
    # Length, loops, copies, nothing.
    ("too_short", ONE, "x", "Ein Hund läuft", "Hund", (1, 1)),
    ("too_short", ONE, "x", "Ein Hund läuft", "Ein Hund", (1, 0)),
    ("too_short", ONE, "x", "", "Hund", None),
    ("too_short", ONE, "x", "Ja.", "J", (0, 0)),
    ("repetitions", ONE, "x", "Ein Hund", "Ein Hund Hund Hund", (1, 1)),
    ("repetitions", ONE, "x", "Ein Hund", "Ein sehr sehr alter Hund", (1, 0)),
    ("repetitions", ONE, "x", "Ein Hund", "Ein Hund ein Hund", (1, 1)),
    ("repetitions", ONE, "ha ha ha", "ha ha ha", "ha ha ha", (1, 0)),
    ("repetitions", ONE, "on and on and on", "x", "weiter und weiter und weiter", (1, 0)),
    ("repetitions", ONE, "x", "So ...", "So . . . .", (1, 1)),
    ("repetitions", ONE, "x", "So ...", "So ....", (1, 0)),
    ("repetitions", "en-zh", "x", "一只狗", "一只一只一只狗", (1, 1)),
    ("repetitions", "en-zh", "Let us discuss it", "谈一下吧", "讨论讨论吧", (1, 0)),
    ("repetitions", "en-ja", "various dogs", "様々な犬", "いろいろな犬", (1, 0)),
    ("repetitions", "en-zh", "ha ha", "哈哈", "哈哈哈哈哈", (1, 1)),
    ("repetitions", ONE, "x", "Hund", "", (0, 0)),
    ("copies", ONE, "A dog runs.", "Ein Hund läuft.", "A dog runs.", (1, 1)),
    ("copies", ONE, "A dog runs.", "Ein Hund läuft.", "Ein dog läuft.", (1, 0)),
    # Names that the reference has, too, are copied by right.
    ("copies", ONE, "Anna Lee is asleep.", "Anna Lee ruht im Bett", "Anna Lee schläft nun", (1, 0)),
    ("copies", ONE, "Anna Lee is asleep.", "Anna Lee ruht im Bett", "Anna Lee schläft", (1, 0)),
    ("copies", ONE, "Anna Lee is asleep.", "Anna Lee ruht im Bett", "Anna Lee asleep", (1, 1)),
    ("copies", ONE, "Hans Müller, Berlin", "Hans Müller, Berlin", "Hans", (0, 0)),
    ("copies", ONE, "12.5", "12,5", "12.5", (0, 0)),
    ("copies", "zh-en", "一只狗", "a dog", "一只狗", (1, 1)),
    ("empty", ONE, "A dog", "Hund", " ", (1, 1)),
    ("empty", ONE, "A dog", "Hund", "Hund", (1, 0)),
    ("empty", ONE, " ", "", "", (0, 0)),
    # Case and marks.
    ("casing", ONE, "x", "Der Hund läuft", "Der hund läuft", (3, 1)),
    ("casing", ONE, "x", "Der Hund läuft", "der Hund", (2, 1)),
    ("casing", ONE, "x", "Dann läuft er", "Er läuft dann", (2, 0)),
    ("casing", ONE, "x", "Ja. Er läuft", "Ja, er läuft", (2, 0)),
    ("casing", ONE, "x", "Wir sahen Sie, sie lief", "Wir sahen sie", (3, 0)),
    ("casing", ONE, "x", "Der Hund", "", (0, 0)),
    ("end_marks", ONE, "x", "Ein Hund.", "Ein Hund", (1, 1)),
    ("end_marks", ONE, "x", "„Ein Hund?“", "Ein Hund?", (1, 0)),
    ("end_marks", ONE, "x", "Ein Hund…", "Ein Hund...", (1, 0)),
    ("end_marks", ONE, "x", "Ein Hund", "Ein Hund.", (0, 0)),
    ("end_marks", ONE, "x", "Ein Hund?!", "Ein Hund?", (1, 0)),
    ("end_marks", ONE, "x", "Ein Hund?!", "Ein Hund!", (1, 1)),
    ("end_marks", "en-zh", "x", "一只狗。", "一只狗.", (1, 0)),
    ("end_marks", "en-hi", "x", "कुत्ता है।", "कुत्ता है?", (1, 1)),
    ("end_marks", ONE, "x", "", "Hund.", (0, 0)),
    ("brackets", ONE, 'A "dog" (old)', "Ein „Hund“ (alt)", "Ein «Hund» alt", (4, 2)),
    ("brackets", "en-zh", "A dog (old)", "狗（老）", "狗(老)", (2, 0)),
    ("brackets", ONE, 'A "dog"', "Ein „Hund“", "Ein ‚Hund‘", (2, 0)),
    ("brackets", ONE, 'A "dog"', "Ein „Hund“", "Ein ''Hund''", (2, 0)),
    ("brackets", ONE, 'A "dog"', "Ein „Hund“", "Wie geht's Anna's Hund", (2, 2)),
    # Names.
    ("names", ONE, "We saw Anna today", "Heute sahen wir Anna", "Heute sahen wir Anne", (1, 1)),
    ("names", ONE, "We saw Anna's dog", "Wir sahen Anna", "Wir sahen Annas Hund", (1, 0)),
    ("names", ONE, "In the hut", "In der Hütte", "Die Hütte", (0, 0)),  # both begin with In
    ("names", ONE, "The London police", "Polizei in London", "Die Londoner Polizei", (1, 0)),
    ("names", "en-cs", "We saw Anna", "Viděli jsme Anna", "Viděli jsme Annu", (1, 0)),
    ("names", ONE, "HE WENT IN BERLIN", "ER GING IN BERLIN", "Er ging dort", (0, 0)),
    ("names", ONE, "The bank", "Die Bank", "Das Ufer", (0, 0)),
    # Wrong language.
    (
        "wrong_language",
        ONE,
        "A man in a blue shirt is standing on a ladder",
        "Ein Mann in einem blauen Hemd steht auf einer Leiter",
        "A man in a blue shirt is standing on a ladder",
        (1, 1),
    ),
    (
        "wrong_language",
        ONE,
        "A man in a blue shirt is standing on a ladder",
        "Ein Mann in einem blauen Hemd steht auf einer Leiter",
        "Ein Mann in blauem Hemd steht auf der Leiter",
        (1, 0),
    ),
    ("wrong_language", ONE, "Two dogs", "Zwei Hunde", "Two dogs", None),  # too short to tell
    ("wrong_language", ONE, "Two dogs", "", "Two dogs", None),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}: {case[4]}")
def test_counts_are_right(case: tuple[str, str, str, str, str, tuple[int, int] | None]) -> None:
    *given, expected = case
    assert counted(*given) == expected  # type: ignore[arg-type]


def test_the_reference_itself_breaks_nothing() -> None:
    for kind, languages, source, reference, _, _ in CASES:
        found = counted(kind, languages, source, reference, reference)
        assert kind == "empty" or found is None or not found[1], (kind, reference)


def test_a_name_at_the_start_of_a_sentence_is_one_if_it_is_one_elsewhere() -> None:
    sources = ("Anna sleeps.", "We saw Anna.", "In Rome it rains.", "He is in.", "Now it rains.")
    references = ("Anna schläft.", "Wir sahen Anna.", "In Rom regnet es.", "Er ist da.", "Nun.")
    count = BY_NAME["names"].counter(texts("en-de", sources, references))
    assert not isinstance(count, str)
    assert count(Sentence(sources[0], references[0], "Die Frau schläft.")) == Counts(1, 1)
    assert count(Sentence(sources[2], references[2], "Es regnet.")) == Counts(0, 0)


def test_rare_words_are_those_of_training_or_those_that_come_once() -> None:
    seen = {"ein": 50_000, "hund": 10, "läuft": 9}
    references = ("Ein Hund läuft 17", "Ein Dackel läuft")
    by_training = texts(references=references, counted_in_training=seen)
    count = BY_NAME["rare_words"].counter(by_training)
    assert not isinstance(count, str)
    assert count(Sentence("x", references[0], "Der Hund rennt")) == Counts(1, 1)  # läuft
    assert count(Sentence("x", references[1], "ein DACKEL, läuft")) == Counts(2, 0)
    count = BY_NAME["rare_words"].counter(texts(references=references))
    assert not isinstance(count, str)
    assert count(Sentence("x", references[0], "läuft")) == Counts(1, 1)  # Hund; 17 is no word
    assert count(Sentence("x", "", "läuft")) == Counts(0, 0)


def test_words_that_are_left_out_or_made_up_are_counted() -> None:
    omitted, unsupported = (BY_NAME[name] for name in ("omitted_words", "unsupported_words"))
    sentence = Sentence(
        *("the old dog sleeps .", "der alte Hund schläft .", "der Hund da ."),
        unsaid=frozenset((1, 3, 4)),
        unsaid_in_reference=frozenset((0,)),
        unsupported=frozenset((2, 3)),
    )
    for kind, expected in ((omitted, Counts(3, 2)), (unsupported, Counts(3, 1))):
        count = kind.counter(texts())
        assert not isinstance(count, str)
        assert count(sentence) == expected  # the mark at the end is no word
        assert count(Sentence("a", "b", "c")) is None


@pytest.mark.parametrize(
    ("kind", "languages", "reason"),
    [
        ("rare_words", "en-ja", "ja has no blanks between words"),
        ("omitted_words", "zh-en", "zh has no blanks between words"),
        ("negation", "en-cs", "there is no list of the words of negation for cs"),
        ("names", "de-lb", "de and lb write all nouns with capitals, not names alone"),
        ("names", "en-ja", "the texts in ja have no letters with case"),
        ("casing", "en-ja", "the texts in ja have no letters with case"),
        ("numbers", "src-en", "what is known of languages has none with the code 'src'"),
        ("dates", "en-trg", "what is known of languages has none with the code 'trg'"),
        ("wrong_language", "en-trg", "the identifier of languages does not know trg"),
    ],
)
def test_what_cannot_be_said_of_a_language_is_told(kind: str, languages: str, reason: str) -> None:
    about = texts(languages, ("A dog runs.",), ("犬が走る。",))
    assert BY_NAME[kind].counter(about) == reason


def test_where_nothing_tells_what_is_left_out_the_reason_is_told() -> None:
    about = texts(why_no_unsaid="damage.contrasted is 0")
    assert BY_NAME["omitted_words"].counter(about) == "damage.contrasted is 0"


def test_codes_of_any_kind_name_a_language() -> None:
    for code in ("de", "deu", "de_AT", "deu_Latn", "german", "DE"):
        count = BY_NAME["numbers"].counter(texts(f"en-{code}"))
        assert not isinstance(count, str)
        assert count(Sentence("1,000", "1.000", "1,000")) == Counts(1, 1)


def test_words_of_scripts_with_marks_are_whole_and_of_those_without_blanks_single() -> None:
    assert words("हिन्दी में don't") == ["हिन्दी", "में", "don", "t"]
    assert words("犬がRubyを") == ["犬", "が", "Ruby", "を"]
    assert tokens("So... (2) !!") == ["So", "...", "(", "2", ")", "!!"]
