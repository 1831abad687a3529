"""Experiments as TOML text, which reads back to the same experiment."""

import json
from collections.abc import Mapping
from typing import Any


def to_toml(settings: Mapping[str, Any], path: str = "") -> str:
    """Nested settings as TOML, plain values before tables, and lists of tables as such.

    A setting is text, number, truth value or a list of such, so that JSON's notation is TOML's too,
    but for the delete character. What is not said (None) is left out.
    """
    lines = []
    tables = []
    for key, value in settings.items():
        inner = f"{path}.{key}" if path else key
        match value:
            case None:
                pass
            case Mapping():
                tables += ["", f"[{inner}]", to_toml(value, inner)]
            case [Mapping(), *_]:
                for item in value:
                    tables += ["", f"[[{inner}]]", to_toml(item, inner)]
            case _:
                text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
                lines.append(f"{key} = {text}")
    return "\n".join([*lines, *tables])
