"""Rows of challenge.csv: what each network got right of each set, and how biased it is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ticketscope.challenges.challenge_items import ChallengeSet
from ticketscope.challenges.gender.german_nouns import gender_said
from ticketscope.challenges.gender.professions import PROFESSIONS
from ticketscope.measures.combined_shares import Term, combined
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.challenge import CHALLENGE
from ticketscope.steps.challenge.asked_sets import kept

_Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Figure:
    """A metric of one network: a sum of shares over the same groups of events as of any other."""

    phenomenon: str
    metric: str
    terms: Sequence[Term]
    num_sentences: int
    num_events: int


def rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of challenge.csv, without the columns that every table begins with."""
    results = {label: bench.results.read(CHALLENGE, label) for label in bench.panel.labels}
    for asked in bench.once(kept):
        if asked.choices:
            figures = {
                label: _of_choices(asked, np.array(result["choices"][asked.name]))
                for label, result in results.items()
            }
        else:
            figures = {
                label: _of_genders(asked, result["translations"][asked.name])
                for label, result in results.items()
            }
        yield from _rows(asked, figures, bench)


def _rows(
    asked: ChallengeSet, figures: Mapping[LevelId, Sequence[_Figure]], bench: Bench
) -> Iterator[dict[str, Any]]:
    for label, of_label in figures.items():
        for place, figure in enumerate(of_label):
            cells = combined(figure.terms).cells()
            for name, other in bench.panel.baselines(label).items():
                others = [term.minus() for term in figures[other][place].terms]
                cells |= combined([*figure.terms, *others]).cells(f"difference_{name}")
            yield {
                "level_id": label,
                "set": asked.name,
                "kind": asked.kind,
                "phenomenon": figure.phenomenon,
                "metric": figure.metric,
                **cells,
                "num_sentences": figure.num_sentences,
                "num_events": figure.num_events,
                "num_left_out": asked.num_left_out,
            }


# ----------------------------------------------------------------------------- choices


def _of_choices(asked: ChallengeSet, likely: NDArray[np.float64]) -> list[_Figure]:
    """The share of choices whose right translation is likelier than all wrong ones, of all (an
    empty phenomenon) and of each phenomenon. Those of one source hang together."""
    choices = asked.choices
    num_wrong = np.array([len(each.wrongs) for each in choices])
    starts = np.cumsum(num_wrong) - num_wrong
    is_right = np.logical_and.reduceat(likely[:, 0] > likely[:, 1], starts)
    is_tied = np.logical_and.reduceat(likely[:, 0] >= likely[:, 1], starts) & ~is_right
    groups = _numbered([each.source for each in choices])
    phenomena = [each.phenomenon for each in choices]
    found = []
    for phenomenon in ("", *dict.fromkeys(each for each in phenomena if each)):
        chosen = np.array([not phenomenon or each == phenomenon for each in phenomena])
        num_sentences = len(np.unique(groups[chosen]))
        for metric, hit in (("accuracy", is_right), ("tied", is_tied)):
            terms = [_share(hit, chosen, groups)]
            found.append(_Figure(phenomenon, metric, terms, num_sentences, int(chosen.sum())))
    return found


# ----------------------------------------------------------------------------- genders


def _of_genders(asked: ChallengeSet, translations: Sequence[str]) -> list[_Figure]:
    """Accuracy and both gaps of Stanovsky et al. (2019). The sentences about one profession hang
    together: what a network calls it hardly depends on the rest."""
    sentences = asked.sentences
    said = np.array(
        [
            gender_said(text, PROFESSIONS[each.profession])
            for text, each in zip(translations, sentences, strict=True)
        ]
    )
    gold = np.array([each.gender for each in sentences])
    stereotypes = [PROFESSIONS[each.profession].stereotype for each in sentences]
    has_one = np.array([each is not None for each in stereotypes])
    pro = has_one & (np.array([each or "" for each in stereotypes]) == gold)
    anti = has_one & ~pro
    groups = _numbered([each.profession for each in sentences])
    right, every = said == gold, np.ones(len(sentences), dtype=bool)
    male, female = gold == "male", gold == "female"

    def of(metric: str, *terms: Term, phenomenon: str = "", chosen: _Mask = every) -> _Figure:
        return _Figure(phenomenon, metric, terms, int(chosen.sum()), int(chosen.sum()))

    def share(hit: _Mask, chosen: _Mask = every) -> Term:
        return _share(hit, chosen, groups)

    found = [
        of("accuracy", share(right)),
        of("not_found", share(said == "not found")),
        of("unclear", share(said == "unclear")),
    ]
    named = {"male": male, "female": female, "pro_stereotypical": pro, "anti_stereotypical": anti}
    for name, chosen in named.items():
        if chosen.any():
            term = share(right, chosen)
            found.append(of("accuracy", term, phenomenon=name, chosen=chosen))
    if male.any() and female.any():
        f1 = [
            _share(right & chosen, chosen | (said == name), groups, is_f1=True)
            for name, chosen in (("male", male), ("female", female))
        ]
        found.append(of("gender_gap", f1[0], f1[1].minus()))
    if pro.any() and anti.any():
        gap = share(right, pro), share(right, anti).minus()
        found.append(of("stereotype_gap", *gap, chosen=has_one))
    return found


# ----------------------------------------------------------------------------- details


def _share(hit: _Mask, chosen: _Mask, groups: NDArray[np.int64], *, is_f1: bool = False) -> Term:
    """The share of chosen events that are hit, by groups of events."""
    num_groups = int(groups.max()) + 1
    num_hit = np.bincount(groups[hit & chosen], minlength=num_groups)
    return Term(1, num_hit, np.bincount(groups[chosen], minlength=num_groups), is_f1)


def _numbered(names: Sequence[str]) -> NDArray[np.int64]:
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] for name in names])
