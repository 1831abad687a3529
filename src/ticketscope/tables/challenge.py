"""What networks make of challenge sets, and how biased they are."""

from typing import Final

from ticketscope.tables.column import number, text, whole
from ticketscope.tables.table import Table

CHALLENGE: Final = Table(
    name="challenge",
    says="""One row per network, challenge set, phenomenon and metric; see
[challenge.md](challenge.md).""",
    own=(
        *text("set", says="what the set is called: as its file; `gender` is built in"),
        *text("kind", says="the kind of its file, or `built_in`"),
        *text(
            "phenomenon",
            says="the phenomenon as the set calls it, empty for all together; of sentences about "
            "persons `male`, `female`, `pro_stereotypical`, `anti_stereotypical`",
            optional=True,
        ),
        *text(
            "metric",
            says="`accuracy`, `tied` of choices; `accuracy`, `not_found`, `unclear`, `gender_gap`, "
            "`stereotype_gap` of sentences about persons",
        ),
        *number("value", says="a share, or a difference of two"),
        *number(
            *("lower", "upper"),
            says="its 95 % interval; choices of one source, and sentences about one profession, "
            "hang together",
        ),
        *number(
            *("difference_dense", "difference_dense_lower", "difference_dense_upper"),
            says="value minus that of the dense model of the replicate, with its paired interval",
            optional=True,
        ),
        *number(
            *("difference_control", "difference_control_lower", "difference_control_upper"),
            says="the same against the control of the arm at the level",
            optional=True,
        ),
        *whole("num_sentences", says="different sources that it rests on"),
        *whole("num_events", says="choices, or persons, that it rests on"),
        *whole("num_left_out", says="lines of the file that are not asked"),
    ),
)
