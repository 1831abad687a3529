"""The columns of a figure that stands beside that of the dense model and of the control."""

from ticketscope.tables.column import Column, number


def compared(interval: str, *, value: str = "the figure") -> tuple[Column, ...]:
    """The value, its interval, and paired differences with intervals; `interval` says how they are
    made."""
    return (
        *number("value", says=value),
        *number(*("lower", "upper"), says=f"its 95 % interval: {interval}", optional=True),
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
    )
