"""Which networks were compared, how fast and large they are, and how the figures were made."""

from collections.abc import Iterator

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.claims.registered import registered
from ticketscope.config import to_toml
from ticketscope.report.drawing.given_networks import drawn, network_rows, with_networks
from ticketscope.report.drawing.pointing import SCORE, Told
from ticketscope.report.method import made_by, registered_table
from ticketscope.report.parts.cells import cell
from ticketscope.report.parts.part import Code, Figure, Gap, Part, Prose, Table
from ticketscope.report.parts.wording import count, percent, plural, size
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.report.speed.sections import (
    RATES,
    SIZES,
    columns_said,
    found_and_drawn,
    how_timed,
    rate_cells,
    size_cells,
)
from ticketscope.report.speed.timed_rows import at, engines, where, with_ratio
from ticketscope.tables.networks import NETWORKS
from ticketscope.tables.table import NotMeasured


def network_parts(run: RunTables) -> Iterator[Part]:
    """The table of the networks, and what controls and twins are for."""
    networks = run.tables[NETWORKS.name]
    if isinstance(networks, NotMeasured):
        yield Gap(networks.reason)
    else:
        yield networks_table(networks, run.cast)
    yield Prose(
        "A control is the base trained on with nothing removed: what sets a variant apart from it "
        "is not training. A twin is the base trained with another seed: how little two networks "
        "that do the same can have in common. "
        + (
            "This dissection has a control. "
            if run.cast.control
            else "No control was given (--control DIR), so no claim is decided. "
        )
        + (
            f"It has {plural(run.study.replicates - 1, 'twin')}."
            if run.study.replicates > 1
            else "No twin was given (--twin DIR)."
        )
    )


def networks_table(networks: pd.DataFrame, cast: Cast) -> Table:
    """One row per network: what it is and how large."""
    rows = with_networks(networks, cast)
    return Table(
        title="The networks",
        columns=(
            *("network", "class", "tokenizer", "parameters", "layers", "width", "pieces"),
            *("zeros", "size", "directory"),
        ),
        rows=tuple(
            (
                *(row["network"], row["network_class"], row["tokenizer"]),
                _whole(row["num_parameters"]),
                f"{_whole(row['encoder_layers'])} + {_whole(row['decoder_layers'])}"
                if not pd.isna(row["encoder_layers"])
                else "",
                _whole(row["width"]),
                _whole(row["vocabulary"]),
                percent(row["sparsity_total"]),
                size(row["bytes"]),
                row["directory"],
            )
            for row in rows.to_dict("records")
        ),
        num_text=3,
        num_sentences=1,
    )


def speed_parts(run: RunTables) -> Iterator[Part]:
    """How fast every network decodes, and how many bytes it has."""
    speed, cast = run.speed, run.cast
    if isinstance(speed, NotMeasured):
        yield Gap(speed.reason)
        return
    yield from found_and_drawn(run, speed)
    for engine, threads, batch in engines(speed):
        rows = with_ratio(at(speed, engine, threads, batch))
        if rows.empty:
            continue
        data = drawn(rows, cast, "tokens_per_second", "bytes")
        yield Figure(
            f"Decoding speed ({engine}, {where(threads, batch)})",
            f"Right of the dashed line a network is faster than the base in the same engine. "
            f"{how_timed(run)}",
            network_rows(data, cast, Told("speed, base in the same engine = 1", SCORE), (), (1.0,)),
        )
    shown = with_networks(speed, cast)
    yield columns_said(run)
    yield Table(
        title="Speed and size of every network",
        columns=(
            *("engine", "network", "threads", "batch", "words/s", *RATES, "base = 1", *SIZES),
        ),
        rows=tuple(
            (
                *(row["engine"], row["network"], str(row["threads"]), str(row["batch"])),
                *(_whole(row["words_per_second"]), *rate_cells(row)),
                *(cell(row["against_dense"], 3), *size_cells(row)),
            )
            for row in shown.to_dict("records")
        ),
        num_text=2,
    )


def method_parts(run: RunTables) -> Iterator[Part]:
    """With what and how the figures were made, and how to make them again."""
    yield Prose(
        "Nothing was trained but probes. All networks read the same texts with the same settings, "
        "each through its own tokenizer; words are found in its pieces by characters. What differs "
        "between two networks is whatever their makers did."
    )
    yield registered_table(registered(run.study.claims, None))
    yield made_by(run)
    yield Code(
        "To run it again, save the settings below as dissection.toml, then",
        f"pip install .  # in a checkout of ticketscope {run.identity.ticketscope}\n"
        "ticketscope dissect dissection.toml",
    )
    yield Code("Settings", to_toml(run.study.model_dump(mode="json")))


def _whole(value: float) -> str:
    return "" if pd.isna(value) else count(int(value))
