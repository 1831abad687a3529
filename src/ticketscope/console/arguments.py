"""Arguments of the command line: kinds of numbers, and the error line for a wrong argument."""

import math
import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, get_args, get_origin

from cyclopts import CycloptsError, Parameter, Token
from cyclopts.exceptions import (
    CoercionError,
    MissingArgumentError,
    RepeatArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
    ValidationError,
)
from cyclopts.validators import Number

from ticketscope.errors import did_you_mean

_PROGRAM = "ticketscope"


def _whole(_type: type[int], tokens: Sequence[Token]) -> int:
    """Only digits: cyclopts would round 1.5."""
    [token] = tokens
    return int(token.value)


def _finite(_type: type[float], tokens: Sequence[Token]) -> float:
    [token] = tokens
    number = float(token.value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _wholes(_type: object, tokens: Sequence[Token]) -> tuple[int, ...]:
    """Whole numbers from 1 on, with commas between them."""
    [token] = tokens
    numbers = tuple(map(int, token.value.split(",")))
    if min(numbers) < 1:
        raise ValueError
    return numbers


AtLeastOne = Annotated[int, Parameter(converter=_whole, validator=Number(gte=1))]
AtLeastTwo = Annotated[int, Parameter(converter=_whole, validator=Number(gte=2))]
AtLeastZero = Annotated[int, Parameter(converter=_whole, validator=Number(gte=0))]

WholeNumbers = Annotated[tuple[int, ...], Parameter(converter=_wholes, n_tokens=1, negative="")]
"""Such as 1,8,64."""
BelowOne = Annotated[float, Parameter(converter=_finite, validator=Number(gte=0, lt=1))]
MoreThanZero = Annotated[float, Parameter(converter=_finite, validator=Number(gt=0))]

Within1000 = Annotated[float, Parameter(converter=_finite, validator=Number(gte=-1e3, lte=1e3))]

Several = Parameter(consume_multiple=False, negative="")
"""An option that is given once per value."""


def explained(error: CycloptsError) -> str:
    """One line: which argument, as the help shows it, what is wrong, and how to mend it."""
    command = " ".join(error.command_chain or ())
    usage = f"`{' '.join(filter(None, (_PROGRAM, command, '--help')))}`"
    within = f"{command}: " if command else ""
    match error:
        case MissingArgumentError(argument=argument) if argument is not None:
            if error.keyword is not None or argument.tokens:
                return (
                    f"{within}{error.keyword or argument.name} needs a value after it; see {usage}"
                )
            return f"{within}{_shown(error)} is missing{_meaning(error)}; see {usage}"
        case UnknownCommandError(unused_tokens=[token, *_], app=parsed) if parsed is not None:
            names = [name for name in parsed if not name.startswith("-")]
            return f"{token}: no such command{_meant(token, names)}; valid: {', '.join(names)}"
        case UnknownOptionError(token=token, argument_collection=known):
            name = token.keyword or token.value
            names = [name for argument in known if argument.parse for name in argument.names]
            return f"{within}{name}: no such option{_meant(name, names)}; see {usage}"
        case UnusedCliTokensError(unused_tokens=[_, *_] as tokens):
            return f"{within}{', '.join(tokens)}: more arguments than it takes; see {usage}"
        case RepeatArgumentError(token=token):
            return f"{within}{token.keyword}: is given twice; leave out one"
        case CoercionError(token=token, target_type=kind) if token is not None:
            return f"{within}{_shown(error)} {token.value}: {_refused(token.value, kind)}"
        case ValidationError(argument=argument) if argument is not None:
            [token, *_], reason = argument.tokens, error.exception_message.rstrip(".")
            return f"{within}{_shown(error)} {token.value}: {reason[:1].lower()}{reason[1:]}"
        case _:
            return f"{within}{error}"


def _shown(error: CycloptsError) -> str:
    """An argument's name as the help shows it: RUN or --out."""
    argument = error.argument
    assert argument is not None
    is_option = argument.field_info.is_keyword_only or any(t.keyword for t in argument.tokens)
    return argument.name if is_option else argument.name.lstrip("-").upper()


def _meaning(error: CycloptsError) -> str:
    """The first sentence on the argument in the command's docstring."""
    assert error.argument is not None
    name = error.argument.field_info.name
    found = re.search(rf"^    {name}\n((?: {{8}}.*\n)+)", error.target.__doc__ or "", re.MULTILINE)
    if found is None:
        return ""
    text = re.split(r"(?<!e\.g)\. ", " ".join(found[1].split()))[0].rstrip(".")
    return f" ({text[:1].lower()}{text[1:]})"


def _meant(given: str, names: Iterable[str]) -> str:
    meant = did_you_mean(given, names).strip()
    return f" ({meant})" if meant else ""


def _refused(given: str, kind: type | None) -> str:
    if get_origin(kind) is Literal:
        names = get_args(kind)
        return f"must be one of {', '.join(names)}{_meant(given, names)}"
    if get_origin(kind) is tuple:
        return "must be whole numbers from 1 on with commas between them, such as 1,8,64"
    if kind is bool:
        return "it takes no value; leave that out"
    return f"must be a {'whole ' if kind is int else ''}number"
