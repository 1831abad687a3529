"""A run of networks that others made, from the tables of a synthetic lottery under other names."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pandas as pd

from ticketscope.arms.cast import Cast, dissection_cast
from ticketscope.claims import ClaimTables, claims, claims_by_level, studied_arms
from ticketscope.config import GrammarCorpus, Languages, Probing, Study
from ticketscope.packing import packed, unpacked
from ticketscope.report.reading.run_tables import RunTables, read_run
from ticketscope.tables.table import NotMeasured
from ticketscope.tables.views import AttentionMapsView, AttentionViewData
from unit.attention_fixture import FakeAttention
from unit.probes_fixture import FakeProbes, write_probes
from unit.report_fixture import FakeRun, write_run

NAMES: Final = {
    "dense": "base",
    "lr_rewinding": "int8",
    "random_pruning": "half-the-layers",
    "dense_continued": "trained-on",
}
GIVEN: Final = dissection_cast("opus-mt-en-de", ["int8", "half-the-layers"], ["trained-on"])
"""A base with a twin, two variants and a control."""
FAKE: Final = FakeRun(
    arms=("lr_rewinding", "dense_continued", "random_pruning"),
    levels=1,
    lost=(0.4,),
    attention=FakeAttention(),
    modules=("encoder", "decoder"),
)


class GivenStudy(Study):
    """What a report reads of a dissection."""

    twins: int = 1
    with_control: bool = True

    @property
    def cast(self) -> Cast:
        return GIVEN if self.with_control else dissection_cast("opus-mt-en-de", NAMES.values())

    @property
    def languages(self) -> Languages:
        return Languages("en", "de")

    @property
    def threads(self) -> int:
        return 1

    @property
    def device(self) -> str:
        return "cpu"

    @property
    def max_tokens(self) -> int:
        return 4_096

    @property
    def replicates(self) -> int:
        return 1 + self.twins

    @property
    def last_level(self) -> int:
        return 1

    @property
    def seed(self) -> int:
        return 0

    @property
    def in_domain(self) -> tuple[str, ...]:
        return FAKE.test_sets

    @property
    def grammar(self) -> GrammarCorpus | None:
        return None


def given_run(folder: Path) -> RunTables:
    """The run as the report reads it."""
    found = read_run(write_run(folder / "lottery", FAKE))
    probed = read_run(write_probes(folder / "probed", FAKE, FakeProbes()))
    found = replace(found, tables={**found.tables, "probes": probed.probes})
    study = GivenStudy(name="given", probing=Probing(suite="real", data="gold"))
    tables = {
        name: table if isinstance(table, NotMeasured) else renamed(table)
        for name, table in found.tables.items()
    }
    tables |= decided(tables, study)
    tables["networks"] = pd.DataFrame([*network_rows()])
    view = found.behaviour_view
    if not isinstance(view, NotMeasured):
        tickets = tuple(
            one.model_copy(update={"arm": NAMES[one.arm]}) for one in view.tickets if one.level == 1
        )
        view = view.model_copy(update={"tickets": tickets})
    return replace(
        found,
        study=study,
        tables=tables,
        attention_view=with_maps(found.attention_view),
        behaviour_view=view,
        corpus=NotMeasured("a dissection has no corpus"),
        training=NotMeasured("nothing was trained"),
    )


def with_maps(view: AttentionViewData | NotMeasured) -> AttentionViewData:
    """The maps of the base, of a variant of its depth and of one with a layer of the encoder less:
    what the base and this one have in their last layers."""
    assert not isinstance(view, NotMeasured)
    assert view.maps is not None
    maps = view.maps.model_dump()
    base, *_ = maps["networks"]
    layers = {"encoder_self": base["kinds"]["encoder_self"] - 1}
    cut = base | {"arm": "half-the-layers", "kinds": base["kinds"] | layers}
    whole = unpacked(maps["data"])
    data, start = b"", 0
    for words in maps["sentences"]:
        source, target = len(words["source"]), len(words["target"])
        of_layer = base["num_heads"] * source * (source + 1)
        of_others = base["num_heads"] * (target * (target + 1) + target * (source + 1))
        size = of_layer * (layers["encoder_self"] + 1) + of_others * base["kinds"]["decoder_self"]
        first, second = (whole[start + size * at : start + size * (at + 1)] for at in (0, 1))
        data += first + second + first[of_layer:]
        start += size * len(maps["networks"])
    maps |= {"networks": [base | {"arm": "base"}, base | {"arm": "int8"}, cut]}
    kept = AttentionMapsView.model_validate(maps | {"data": packed(data)}, strict=False)
    return view.model_copy(update={"maps": kept})


def renamed(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the first level of replicate 0 and of all dense models, under the new names."""
    rows = table
    if "replicate" in rows:
        rows = rows[rows["arm"].eq("dense") | rows["replicate"].eq(0)]
    named = {of: rows[of].replace(NAMES) for of in ("arm", "other_arm") if of in rows}
    rows = rows.assign(**named)
    if "sparsity_prunable" in rows:
        quantised = rows["arm"].eq("int8")
        rows = rows.assign(sparsity_prunable=rows["sparsity_prunable"].mask(quantised, 0.0))
    return rows.reset_index(drop=True)


def decided(tables: dict[str, Any], study: Study) -> dict[str, pd.DataFrame]:
    """The claims on these tables."""
    names = ("quality", "probes", "similarity", "complexity", "attention")
    of_base = {name: tables[name][tables[name]["replicate"] == 0] for name in names}
    read = ClaimTables(**of_base, registered=study.claims, test_sets=study.in_domain)
    studied = studied_arms(study.cast)
    return {
        "claims": frame([row for each in studied for row in claims(read, each)]),
        "claims_by_level": frame([row for each in studied for row in claims_by_level(read, each)]),
    }


def frame(rows: list[Any]) -> pd.DataFrame:
    return pd.DataFrame([row.__dict__ for row in rows])


def network_rows() -> list[dict[str, Any]]:
    rows = []
    for place, arm in enumerate(("base", "int8", "half-the-layers", "trained-on", "base")):
        rows.append(
            {
                "arm": arm,
                "replicate": int(place == 4),
                "level": int(arm != "base"),
                "sparsity_prunable": 0.0,
                "sparsity_total": 0.0,
                "sparsity_non_embedding": 0.0,
                "directory": f"/models/{arm}",
                "network_class": "MarianMTModel",
                "num_parameters": 74_410_496 - 9_000_000 * (arm == "half-the-layers"),
                "encoder_layers": 3,
                "decoder_layers": 3,
                "width": 512,
                "decoder_start": "nothing" if arm == "int8" else "piece",
                "tokenizer": "MarianTokenizer",
                "vocabulary": 58_101,
                "bytes": 297_000_000 // (4 if arm == "int8" else 1),
            }
        )
    return rows
