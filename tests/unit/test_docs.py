"""The documentation says what the code does: keys, defaults, commands, columns, links."""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from packaging.requirements import Requirement
from pydantic.fields import FieldInfo
from rich.console import Console

from tests_support import REPOSITORY
from ticketscope import config
from ticketscope.cli import app
from ticketscope.config.dissection import Compute
from ticketscope.config.kinds import Later
from ticketscope.config.paths import path_settings
from ticketscope.corpus.fetch import DATASETS
from ticketscope.corpus.grammar import output
from ticketscope.gate.rules_file import read_rules
from ticketscope.steps import all_tables
from ticketscope.study.plan import plan_sizes, print_sizes
from ticketscope.study.recipes import RECIPES, recipe
from ticketscope.tables.listing import renewed

PAGES = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/*.md")])
TEXT = {str(page.relative_to(REPOSITORY)): page.read_text(encoding="utf-8") for page in PAGES}
USER_PAGES = "\n".join(text for name, text in TEXT.items() if name != "CONTRIBUTING.md")
CORPORA: dict[str, config.Corpus] = {
    "grammar": config.GrammarCorpus(),
    "files": config.FilesCorpus(source="en", target="de", path="data"),
    "table": config.TableCorpus(source="en", target="de", path="table.tsv"),
    "conllu": config.ConlluCorpus(
        source="cs", target="en", path="data", train="a", validation="b", tests=("c",)
    ),
}


def blocks(language: str) -> list[Any]:
    """Fenced code of every page."""
    fence = re.compile(rf"^```{language}\n(.*?)^```", re.MULTILINE | re.DOTALL)
    return [
        pytest.param(code, id=f"{name} {number}")
        for name, text in TEXT.items()
        for number, code in enumerate(fence.findall(text))
    ]


# ----------------------------------------------------------------------------- config


def expected_keys() -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """Heading and key, then default and digest, of every key there is."""
    for kind, corpus in CORPORA.items():
        experiment = config.Experiment(
            name="test", corpus=corpus, training=config.Training(updates=1)
        )
        changed = experiment.model_copy(
            update={
                name: changed_later(getattr(experiment, name)) for name in config.TRAINING_SECTIONS
            }
        )
        identities = {"training": config.training_identity(changed)}
        for name in config.ANALYSIS_SECTIONS:
            identities[name] = config.analysis_identity(experiment, name, 1)
        for key, default in keys_of(experiment):
            heading = f"`corpus`, kind `{kind}`" if key.startswith("corpus.") else ""
            if key.startswith("corpus.cleaning."):
                heading = "`corpus.cleaning`"
            elif key.startswith("probing.own."):
                heading = "`probing.own`"
            elif not heading:
                heading = f"`{key.split('.')[0]}`" if "." in key else "The experiment"
            owners = [name for name, identity in identities.items() if holds(identity, key)]
            assert len(owners) <= 1
            yield (heading, key), (default, owners[0] if owners else "none")


def changed_later(section: config.Section) -> config.Section:
    """A copy in which the settings that came later have other values, which a digest tells."""

    def other(value: Any) -> Any:
        if isinstance(value, tuple):
            return (*value, 0.5)
        return f"{value}x" if isinstance(value, str) else type(value)(value + 1)

    later = {
        key: other(value)
        for key, value in section
        if any(isinstance(mark, Later) for mark in type(section).model_fields[key].metadata)
    }
    return section.model_copy(update=later)


def keys_of(section: config.Section, prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, config.Section):
            yield from keys_of(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", default_of(field)
            if name == "own":  # a list of sections
                for key, of_one in config.OwnGold.model_fields.items():
                    yield f"{prefix}{name}.{key}", default_of(of_one)


def default_of(field: FieldInfo) -> str:
    return "required" if field.is_required() else f"`{json.dumps(field.default)}`"


def holds(identity: Any, key: str) -> bool:
    for part in key.split("."):
        if not isinstance(identity, dict) or part not in identity:
            return False
        identity = identity[part]
    return True


def documented_keys(*, dissection: bool = False) -> dict[tuple[str, str], list[str]]:
    """Heading and key, then type, default, digest and meaning; of a lottery, or of what is the
    dissection's alone."""
    found: dict[tuple[str, str], list[str]] = {}
    heading = ""
    for line in TEXT["docs/config.md"].splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        elif line.startswith("| `") and (heading == "A dissection") == dissection:
            key, *cells = (cell.strip() for cell in line.strip("|").split("|"))
            assert (heading, key.strip("`")) not in found, f"{key} twice"
            found[heading, key.strip("`")] = cells
    return found


def test_every_key_is_documented_with_its_default_and_digest() -> None:
    documented = {place: (cells[1], cells[2]) for place, cells in documented_keys().items()}
    assert documented == dict(expected_keys())


def test_every_key_of_a_dissection_is_documented_with_its_default() -> None:
    expected = {}
    for name, field in config.Dissection.model_fields.items():
        if name not in config.Study.model_fields and name != "compute":
            expected[name] = default_of(field)
    for section, of in (("compute", Compute), ("base", config.Side)):
        for name, field in of.model_fields.items():
            expected[f"{section}.{name}"] = default_of(field)
    documented = documented_keys(dissection=True)
    assert {key: cells[1] for (_, key), cells in documented.items()} == expected


def test_every_path_is_documented_as_one() -> None:
    documented = {path: cells[0] for (_, path), cells in documented_keys().items()}
    marked = {".".join(key): mark.or_name for key, mark in path_settings(config.Experiment)}
    found = {path: "name or" in kind for path, kind in documented.items() if "path" in kind}
    assert found == marked


def test_every_choice_is_documented() -> None:
    documented = documented_keys()
    num_choices = 0
    for name, model in all_sections():
        for key, field in model.model_fields.items():
            choices = [choice for choice in literals(field.annotation) if isinstance(choice, str)]
            rows = [cells for (_, path), cells in documented.items() if path == f"{name}.{key}"]
            for choice in choices:
                num_choices += 1
                assert any(f'`"{choice}"`' in cells[0] for cells in rows), (name, key, choice)
    assert num_choices > 15


def test_every_number_is_documented_with_its_bounds() -> None:
    documented = documented_keys()
    num_numbers = 0
    for name, model in all_sections():
        for key, field in model.model_fields.items():
            if field.annotation in (int, float):
                rows = [cells for (_, path), cells in documented.items() if path == f"{name}.{key}"]
                assert {cells[0] for cells in rows} == {number_in_words(field)}, (name, key)
                num_numbers += 1
    assert num_numbers > 60


def number_in_words(field: FieldInfo) -> str:
    """A type of a number as the tables of settings have it."""
    bounds: dict[str, Any] = {}
    for limit in field.metadata:  # of two lower bounds the last one is the tighter
        bounds |= {
            kind: getattr(limit, kind) for kind in ("gt", "ge", "lt", "le") if hasattr(limit, kind)
        }
    match bounds:
        case {"ge": least, "le": most} if field.annotation is int:
            return f"whole number from {least:,} to {seed_in_words(most)}"
        case {"gt": least} | {"ge": least} if len(bounds) == 1:
            return f"number {'>' if 'gt' in bounds else '≥'} {least:g}"
        case {"gt": least} | {"ge": least}:
            most = bounds.get("lt", bounds.get("le"))
            left, right = "(" if "gt" in bounds else "[", ")" if "lt" in bounds else "]"
            return f"number in {left}{least:g}, {most:g}{right}"
    assert not bounds, field
    return "number"


def seed_in_words(most: int) -> str:
    return "2⁶³ − 1" if most == 2**63 - 1 else f"{most:,}"


def all_sections() -> Iterator[tuple[str, type[config.Section]]]:
    yield from (("corpus", type(corpus)) for corpus in CORPORA.values())
    for name, field in config.Experiment.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, config.Section):
            yield name, field.annotation


def literals(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(choice for part in get_args(annotation) for choice in literals(part))


@pytest.mark.parametrize("code", blocks("toml"))
def test_toml_examples_are_valid(code: str, tmp_path: Path) -> None:
    file = tmp_path / "example.toml"
    file.write_text(code, encoding="utf-8")
    if code.startswith("[rules."):
        read_rules(file)
    else:
        config.load(file, recipes=RECIPES)


# ----------------------------------------------------------------------------- commands, tables


@pytest.mark.parametrize("code", blocks("sh"))
def test_commands_in_examples_exist(code: str) -> None:
    for line in code.splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["ticketscope"]:
            arguments = words[1:]
            for redirection in ("<", ">", "|"):
                if redirection in arguments:
                    arguments = arguments[: arguments.index(redirection)]
            app.parse_args(arguments, exit_on_error=False, print_error=False)


def test_every_command_recipe_and_data_set_is_mentioned() -> None:
    commands = [name for name in app if not name.startswith("-")]
    assert {"run", "show", "translate"} <= set(commands)
    for command in commands:
        assert f"ticketscope {command}" in USER_PAGES, command
    for name in (*RECIPES, *DATASETS):
        assert f"`{name}`" in USER_PAGES, name


@pytest.mark.parametrize("name", RECIPES)
def test_the_readme_describes_every_recipe_as_it_is(name: str) -> None:
    [row] = [line for line in TEXT["README.md"].splitlines() if line.startswith(f"| `{name}` |")]
    shape, lottery = recipe(name).model, recipe(name).lottery
    assert f"{shape.encoder_layers}+{shape.decoder_layers} layers" in row
    assert f"{lottery.levels} levels of {lottery.prune_fraction:.0%}".replace("%", " %") in row
    assert lottery.replicates == 1 or f"{lottery.replicates} replicates" in row


def test_every_table_is_documented_as_it_is() -> None:
    page = TEXT["docs/run-directory.md"]
    assert page == renewed(page, all_tables()), "`make docs` writes the tables anew"


def test_the_plan_in_the_docs_is_what_a_dry_run_prints() -> None:
    [quoted] = re.findall(r"^```text\n(wmt16-big: .*?)^```", TEXT["docs/first-run.md"], re.M | re.S)
    experiment, printed = recipe("wmt16-big"), StringIO()
    print_sizes(plan_sizes(experiment), experiment, Console(file=printed, width=140))
    lines = {line.rstrip() for line in printed.getvalue().splitlines()}
    wanted = [line.rstrip() for line in quoted.splitlines() if line.strip() != "…"]
    assert [line for line in wanted if line not in lines] == []
    assert any("209,911,808" in line for line in wanted)


# ----------------------------------------------------------------------------- links, pins


def test_the_sentences_of_the_grammar_are_those_that_it_prints() -> None:
    text = (REPOSITORY / "docs" / "grammar.md").read_text(encoding="utf-8")
    command = "$ ticketscope grammar --split test --num 3 --seed 1\n"
    printed = "\n".join(output.pair_lines("test", 3, 1))
    assert f"```\n{command}{printed}\n```" in text


def test_every_page_is_listed_and_begins_with_what_the_reader_can_do_after_it() -> None:
    listed = re.findall(r"^\| \[(.*?)\]", TEXT["docs/README.md"], re.MULTILINE)
    pages = {name.removeprefix("docs/"): text for name, text in TEXT.items() if "/" in name}
    del pages["README.md"]
    assert sorted(listed) == sorted(pages)
    for name, text in pages.items():
        assert re.match(r"# .*\n\nAfter this page you can ", text), name


def test_every_relative_link_leads_somewhere() -> None:
    links = [
        (page, link)
        for page in PAGES
        for link in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
        if not link.startswith(("https://", "http://"))
    ]
    assert len(links) > 10
    for page, link in links:
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        assert target.exists(), f"{page.name}: {link}"
        assert not anchor or anchor in anchors(target), f"{page.name}: {link}"


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, made as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_direct_dependency_is_pinned_within_its_bounds() -> None:
    lines = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for text in (*project["dependencies"], *project["optional-dependencies"]["dev"]):
        requirement = Requirement(text)
        assert requirement.specifier.contains(pins[requirement.name]), text
