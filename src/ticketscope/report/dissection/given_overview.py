"""The first screen of a dissection: all networks at a glance, and what to give next."""

from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from ticketscope.report.dissection.given_claims import missing, verdict_table
from ticketscope.report.dissection.given_findings import findings
from ticketscope.report.dissection.given_layers import most_diverged
from ticketscope.report.dissection.given_quality import (
    BASE,
    METRICS,
    difference_chart,
    difference_data,
)
from ticketscope.report.drawing.metrics import given_metrics, with_given
from ticketscope.report.parts.part import Figure, Gap, Prose, Summary, Table
from ticketscope.report.parts.wording import count, listed, number, plural, signed, size
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.report.speed.timed_rows import own_rows
from ticketscope.tables.networks import NETWORKS
from ticketscope.tables.table import NotMeasured

SAFE: Final = (
    "Is it safe to ship? That depends on what you may lose: ticketscope gate RUN --suggest prints "
    "rules to begin with, and ticketscope gate RUN --rules FILE judges each network by them."
)
QUESTION: Final = "What broke when this translator was made smaller?"
GLOSSARY: Final = (
    ("base, variant", "The network that the others come from, and what became of it: pruned, "
     "quantised, distilled, cut."),
    ("control", "The base trained on with nothing removed. What sets a variant apart from it is "
     "not training."),
    ("twin", "The base trained with another seed: how little two networks that do the same can "
     "have in common."),
    ("BLEU, chrF", "How near translations are to a reference, 0 to 100. Higher is better; people "
     "hardly notice differences below 0.5 BLEU."),
    ("brackets, bars", "A 95 % interval over sentences: it tells what other sentences would give, "
     "and nothing of other training seeds."),
    ("fell, rose", "Sentences whose translation is clearly worse, or better, than the base's."),
    ("supported, contradicted", "The whole interval lies on the side that the study claims, or on "
     "the other side."),
    ("no relevant effect", "Whatever effect there is, it is smaller than the smallest that "
     "matters, as registered."),
    ("CKA", "How alike two sets of activations are: 0 not at all, 1 the same but for rotation."),
    ("probe", "A small classifier that reads a label, such as the part of speech, off a layer."),
)  # fmt: skip
_MAIN: Final = ("bleu", "chrf", "loss_word", "loss")
"""Metrics of the table at the top; of the losses the first that there is."""


def summary(run: RunTables) -> Summary:
    """What a reader takes away in half a minute, and which networks were compared."""
    claims = run.claims
    return Summary(
        name=run.study.name,
        synthetic=run.study.grammar is not None,
        setting=_setting(run),
        answers=tuple(_answers(run)),
        picture=_picture(run),
        losses=(),
        verdicts=verdict_table(run),
        next_steps=(
            SAFE,
            *(() if isinstance(claims, NotMeasured) else missing(claims, run.cast)),
        ),
        trust=tuple(_trust(run)),
        facts=facts(run),
        glossary=GLOSSARY,
        question=QUESTION,
        overview=tuple(_overview(run)),
    )


def facts(run: RunTables) -> tuple[tuple[str, str], ...]:
    """Which networks were compared on what, as labels and values."""
    cast = run.cast
    return (
        ("Languages", _languages(run)),
        ("Test sets", listed(run.study.in_domain)),
        ("Base", _base(run)),
        ("Variants", "; ".join(arm.title for arm in cast.studied)),
        ("Controls", "; ".join(arm.title for arm in cast.arms if arm.is_control) or "none"),
        ("Twins", str(run.study.replicates - 1)),
    )


def _languages(run: RunTables) -> str:
    return f"{run.study.languages.source} to {run.study.languages.target}"


def _base(run: RunTables) -> str:
    networks = run.tables[NETWORKS.name]
    title = run.cast.dense.title
    if isinstance(networks, NotMeasured):
        return title
    row = networks[networks["arm"] == run.cast.dense.name].to_dict("records")[0]
    parameters = row["num_parameters"]
    of = "" if pd.isna(parameters) else f", {count(int(parameters))} parameters"
    return f"{title}, {row['network_class']}{of}"


def _setting(run: RunTables) -> str:
    variants = plural(len(run.cast.studied), "variant")
    sentences = ""
    pooled = run.tables["quality_pooled"]
    if not isinstance(pooled, NotMeasured):
        sentences = f", {count(int(pooled['num_sentences'].max()))} sentences"
    tests = listed(run.study.in_domain)
    return f"{_base(run)}, and {variants} of it. {_languages(run)}, {tests}{sentences}."


# ----------------------------------------------------------------------------- what broke


def _answers(run: RunTables) -> Iterator[Prose | Gap]:
    """Of each variant what it lost to the base, what broke most, and what would mend it."""
    quality = run.quality
    if isinstance(quality, NotMeasured):
        yield Gap(quality.reason)
        return
    first = run.study.in_domain[0]
    rows = quality[(quality["test_set"] == first) & (quality["metric"] == "bleu")]
    base = rows[(rows["arm"] == run.cast.dense.name) & (rows["replicate"] == 0)]["value"]
    for arm in run.cast.studied:
        losses = quality[
            (quality["test_set"] == first)
            & (quality["metric"] == "loss_word")
            & (quality["arm"] == arm.name)
        ]
        for row in rows[rows["arm"] == arm.name].to_dict("records"):
            bleu = (
                f"{_difference(row, 1)} BLEU on {first}, where the base has "
                f"{number(float(base.iloc[0]), 1)}."
            )
            yield Prose(
                " ".join((bleu, *findings(run, arm))),
                lead=f"{arm.title}: {_verdict(row, losses)}.",
            )


def told(run: RunTables) -> Iterator[str]:
    """The same in lines, for a terminal."""
    for part in _answers(run):
        yield part.reason if isinstance(part, Gap) else f"{part.lead} {part.text}"


def _verdict(row: dict[Any, Any], losses: pd.DataFrame) -> str:
    """By BLEU; where that cannot tell, the loss per word may."""
    lower, upper = row["difference_dense_lower"], row["difference_dense_upper"]
    if lower <= 0 <= upper and losses["difference_dense_lower"].gt(0).any():
        return "no loss of BLEU can be told from chance, but it finds the right words less likely"
    return _of_bleu(row)


def _of_bleu(row: dict[Any, Any]) -> str:
    lower, upper = row["difference_dense_lower"], row["difference_dense_upper"]
    if pd.isna(lower):
        return "the interval is not measured"
    if upper < 0:
        return "quality is lost"
    return "quality is gained" if lower > 0 else "no loss can be told from chance"


def _picture(run: RunTables) -> Figure | Gap:
    if isinstance(run.quality, NotMeasured):
        return Gap(run.quality.reason)
    first = run.study.in_domain[0]
    data = difference_data(run.quality, run.cast, first, BASE)
    if data.empty:
        return Gap("No network was scored beside the base.")
    return Figure(
        f"What sets each network apart from the base on {first}",
        "Bars are paired 95 % bootstrap intervals over sentences; the dashed line is the base.",
        difference_chart(data, run.cast),
    )


def _overview(run: RunTables) -> Iterator[Table]:
    """All networks at a glance, one row each."""
    columns = _columns(run)
    arms = [arm for arm in run.cast.arms if any(arm.name in of for of in columns.values())]
    if arms:
        yield Table(
            title="All networks beside the base",
            columns=("network", *columns),
            rows=tuple(
                (arm.title, *(of.get(arm.name, "") for of in columns.values())) for arm in arms
            ),
            num_text=1,
        )


def _columns(run: RunTables) -> dict[str, dict[str, str]]:
    """By heading what is told of each arm."""
    found: dict[str, dict[str, str]] = {}
    first = run.study.in_domain[0]
    if not isinstance(run.quality, NotMeasured):
        rows = run.quality[run.quality["test_set"] == first]
        names = with_given(METRICS, rows)
        for metric in (*_metrics(rows), *given_metrics(rows)):
            digits = 1 if metric in ("bleu", "chrf") else 3
            of_metric = rows[(rows["metric"] == metric) & rows["difference_dense"].notna()]
            found[names[metric]] = {
                row["arm"]: _difference(row, digits).replace(" [", "\n[")
                for row in of_metric.to_dict("records")
            }
    if not isinstance(run.behaviour_view, NotMeasured):
        found["sentences fell / rose"] = {
            broken.arm: f"{broken.changes.ticket_from_dense.fell} / "
            f"{broken.changes.ticket_from_dense.rose} of {count(broken.num_sentences)}"
            for broken in run.behaviour_view.tickets
            if broken.test_set == first
        }
    if not isinstance(run.speed, NotMeasured):
        rows = own_rows(run.speed)
        engine = rows["engine"].iloc[0]
        found["speed"] = {
            row["arm"]: f"×{number(row['against_dense'], 2)}"
            + ("" if row["engine"] == engine else f"\n({row['engine']})")
            for row in rows[rows["replicate"] == 0].to_dict("records")
            if not pd.isna(row["against_dense"])
        }
    networks = run.tables[NETWORKS.name]
    if not isinstance(networks, NotMeasured):
        rows = networks[networks["replicate"] == 0]
        found["size"] = {row["arm"]: size(row["bytes"]) for row in rows.to_dict("records")}
    if not isinstance(run.similarity, NotMeasured):
        found["farthest layer (CKA)"] = {
            row["arm"]: f"{row['module']} {row['layer']} ({number(row['value'], 2)})"
            for row in most_diverged(run.similarity, run.cast).to_dict("records")
        }
    return {heading: of for heading, of in found.items() if of}


def _metrics(rows: pd.DataFrame) -> list[str]:
    present = [metric for metric in _MAIN if metric in set(rows["metric"])]
    losses = [metric for metric in present if metric.startswith("loss")]
    return [metric for metric in present if metric not in losses[1:]]


def _difference(row: dict[Any, Any], digits: int) -> str:
    """ "−0.3 [−0.6 to +0.0]"."""
    value = signed(row["difference_dense"], digits)
    lower, upper = row["difference_dense_lower"], row["difference_dense_upper"]
    if pd.isna(lower):
        return value
    return f"{value} [{signed(lower, digits)} to {signed(upper, digits)}]"


def _trust(run: RunTables) -> Iterator[str]:
    yield (
        "One network of each kind: nothing here says whether the same compression of another "
        "training would do the same."
    )
    if run.cast.control is None:
        yield (
            "There is no control, so what training on does by itself cannot be told from what was "
            "removed (--control DIR)."
        )
    if lost := _without_start(run):
        yield (
            f"{listed(lost)}: the decoder starts from zeros, that of the base from a row that is "
            "not zero. CTranslate2's converter does so with every Marian; what is lost may come "
            "from this conversion, and a conversion in float32 would tell."
        )
    if run.study.replicates == 1:
        yield "There is no twin, so nobody knows how far another seed goes (--twin DIR)."


def _without_start(run: RunTables) -> list[str]:
    """Variants whose decoders start from nothing, where that of the base does not."""
    networks = run.tables[NETWORKS.name]
    if isinstance(networks, NotMeasured):
        return []
    starts = networks[networks["replicate"] == 0].set_index("arm")["decoder_start"]
    if starts[run.cast.dense.name] != "piece":
        return []
    return [arm.title for arm in run.cast.studied if starts.get(arm.name) == "nothing"]
