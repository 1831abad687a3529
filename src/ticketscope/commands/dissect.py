"""Dissecting networks that others trained."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from ticketscope.console.arguments import AtLeastOne, Several

if TYPE_CHECKING:
    from ticketscope.config import Dissection


def dissect(
    base: str,
    *variants: str,
    source: str | None = None,
    target: str | None = None,
    test: Annotated[tuple[str, ...], Several] = (),
    validation: str | None = None,
    source_code: str | None = None,
    target_code: str | None = None,
    prefix: str | None = None,
    control: Annotated[tuple[str, ...], Several] = (),
    twin: Annotated[tuple[str, ...], Several] = (),
    tokenizer: str | None = None,
    revision: str | None = None,
    probes: Literal["none", "real", "grammar"] | None = None,
    probe_data: str | None = None,
    contrasts: str | None = None,
    challenge: Annotated[tuple[str, ...], Several] = (),
    scores: Annotated[tuple[str, ...], Several] = (),
    dtype: Literal["float32", "bfloat16", "float16"] | None = None,
    device: Literal["cpu", "cuda"] | None = None,
    batch_tokens: AtLeastOne | None = None,
    executor: str | None = None,
    out: Path | None = None,
    settings: Annotated[
        tuple[str, ...], Parameter(name="--set", consume_multiple=False, negative="")
    ] = (),
    dry_run: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Compare networks that others trained with the one that they come from, and write a report.

    It resumes by itself; with a further variant only that one is measured.

    Parameters
    ----------
    base
        The network that all others come from: a model directory, or OWNER/NAME of the Hugging Face
        hub. Or, in place of all networks, a TOML file that has all of this (docs/config.md).
    variants
        What became of it: pruned, quantised, distilled networks. Each has the name of its folder.
    source
        The language that they read, which ends the names of the test files: en.
    target
        The language that they write: de.
    test
        A test set, as the path of its two files without language: wmt/newstest2014 for
        newstest2014.en and newstest2014.de. Give it several times for more.
    validation
        Further sentences, likewise, on which no claim is decided.
    source_code
        The source language as the networks' own tokenizers write it: eng_Latn.
    target_code
        The target language, likewise: deu_Latn.
    prefix
        A text in front of every source: '>>deu<< '.
    control
        The base trained on with nothing removed: claims need one. Give it several times for more.
    twin
        The base from another seed. Give it several times for more.
    tokenizer
        The directory with the tokenizer of CTranslate2 networks, where it does not lie beside.
    revision
        Of all networks of the hub: a branch, a tag or a commit.
    probes
        Probe every layer with real gold data, or with those of the embedded grammar.
    probe_data
        The folder of the real gold data, laid out as docs/tasks.md says.
    contrasts
        A file of minimal pairs, as docs/behaviour.md says.
    challenge
        A challenge set as it is distributed, FILE or FILE:KIND (docs/challenge.md). Give it several
        times for more.
    scores
        A file of scores that another tool or people gave the translations, such as COMET, as
        docs/quality.md says. Give it several times for more.
    dtype
        In which type the networks compute, whatever they are stored in; when not given, float32.
    device
        Where they compute; when not given, cpu.
    batch_tokens
        Padded positions of a batch at the most; lower it where memory is short.
    executor
        Who does the jobs: local, worker processes on this machine, slurm or ray (docs/scale.md).
    out
        The run directory; when not given, runs/ and the name of the base.
    settings
        A setting as path=value, e.g. --set quality.beam=1. Give it several times for more.
    dry_run
        Say what would be done and do nothing. What would be refused ends in the same way.
    """
    given = {
        "source": source,
        "target": target,
        "tests": list(test),
        "validation": validation,
        "source_code": source_code,
        "target_code": target_code,
        "prefix": prefix,
        "controls": list(control),
        "twins": list(twin),
        "tokenizer": tokenizer,
        "probing": {"suite": probes, "data": probe_data},
        "behaviour": {"contrasts": contrasts},
        "challenge": {"sets": list(challenge)},
        "scores": {"paths": list(scores)},
        "compute": {"dtype": dtype, "device": device, "batch_tokens": batch_tokens},
        "execution": {"executor": executor},
    }
    study = _dissection(base, variants, given, revision, settings)
    place = out or Path("runs") / study.name
    from ticketscope.console.terminal import output
    from ticketscope.study import dissecting

    if dry_run:
        dissecting.print_plan(study, place, output())
    else:
        dissecting.run_dissection(study, place, output())


def _dissection(
    base: str,
    variants: tuple[str, ...],
    given: dict[str, Any],
    revision: str | None,
    settings: tuple[str, ...],
) -> "Dissection":
    """What is given on the command line, over what a TOML file says."""
    from ticketscope import config
    from ticketscope.errors import InputError

    if base.endswith(".toml"):
        if variants:
            raise InputError(
                f"dissect: {base} names the networks, so leave out {', '.join(variants)}"
            )
        where, raw = base, config.load_dissection(Path(base))
    else:
        where, raw = "dissect", {"base": base, "variants": list(variants)}
    raw = _over(raw, given)
    if revision:
        raw = config.with_revision(raw, revision)
    return config.dissection(raw, settings, where=where)


def _over(raw: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Plain data with what was given of options in its place."""
    found = dict(raw)
    for key, value in given.items():
        if isinstance(value, dict):
            under = found.get(key, {})
            inner = _over(under if isinstance(under, dict) else {}, value)
            value = inner or None
        if value:
            found[key] = value
    return found
