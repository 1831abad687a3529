"""What the report reads of config.json."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Identity(BaseModel):
    """What was run, and with what; config.json has more, which is left."""

    model_config = ConfigDict(frozen=True, strict=True)

    schema_: Literal[1] = Field(alias="schema")
    ticketscope: str
    training_digest: str
    config: dict[str, Any]
    registered: dict[str, Any] | None = None
    """Of the claims, when the first level was trained; None: nothing was."""
    versions: dict[str, str]
