"""The command that lets a network pass, or not, by rules on what was measured."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ticketscope.controls import printable
from ticketscope.errors import InputError


def gate(
    run: Path,
    *,
    rules: Path | None = None,
    junit: Path | None = None,
    markdown: Path | None = None,
    suggest: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Judge the networks of a finished run by rules, such as "no phenomenon loses 2 points".

    It ends with 0 if all rules pass, 1 if any fails, and 3 if none fails but some are undecided.

    Parameters
    ----------
    run
        The run directory.
    rules
        A TOML file of rules (docs/gate.md).
    junit
        A file for the decisions in the form of JUnit.
    markdown
        A file for the decisions in Markdown, e.g. "$GITHUB_STEP_SUMMARY".
    suggest
        Print rules to begin with, whose bounds come from what this run shows; judge nothing.
    """
    if suggest and (rules or junit or markdown):
        raise InputError("gate: --suggest judges nothing; give it alone")
    if not suggest and rules is None:
        raise InputError("gate: give --rules FILE; --suggest prints rules to begin with")
    from ticketscope.study.opened_run import open_run

    opened = open_run(run)
    if rules is None:
        sys.stdout.write(opened.suggested_rules())
        return 0
    from ticketscope.console.terminal import output, say
    from ticketscope.gate.junit import write_junit
    from ticketscope.gate.summary_page import write_markdown
    from ticketscope.gate.told import as_table, in_short, summary
    from ticketscope.runs.drivers import at_work
    from ticketscope.runs.executors import patience_of

    outcome = opened.gate(rules)
    if junit:
        write_junit(junit, outcome, str(run))
    if markdown:
        write_markdown(markdown, outcome, str(run))
    if at_work(opened.files, patience_of(opened.study)) is not None:
        told = f"{run}: somebody works on this run, and its tables may change"
        print(printable(told), file=sys.stderr)
    console = output()
    console.print(as_table(outcome))
    for decision in outcome.decisions:
        for line in in_short(decision):
            say(console, f"{decision.rule}, {decision.network}: {line}")
    for remark in outcome.remarks:
        say(console, remark)
    say(console, summary(outcome))
    return outcome.exit_code
