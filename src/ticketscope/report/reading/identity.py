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
    versions: dict[str, str]
