"""Which statements showed a client something that hangs on sensitive values."""

from __future__ import annotations

import re

from model import Truth

_LEAST = 6


def verbatim(sent: list[str], values: re.Pattern[str]) -> bool:
    """Whether one of the values stands in what was sent."""
    return any(values.search(text) for text in sent)


def pattern(values: list[str]) -> re.Pattern[str]:
    """A pattern of values that are long enough to be told from chance."""
    found = sorted({value for value in values if len(value) >= _LEAST})
    return re.compile("|".join(map(re.escape, found)) or r"(?!)")


def judge(mine: list[Truth], other: list[Truth], values: re.Pattern[str], everything: str) -> None:
    """Notes of each statement what it showed: `raw`, a value as it is; `derived`, a text made from one; `differs`, something
    that hangs on values, be it only which rows there are.

    `other` is the same session on a copy whose sensitive values are others, `everything` all that the world holds. Once the
    sessions took different ways (a statement failed in one alone, or counted other rows), what follows hangs on that: it is
    `unknown`."""
    apart = False
    for truth, twin in zip(mine, other, strict=True):
        if truth.tag == "EXPLAIN":
            # What EXPLAIN ANALYZE prints is another each time.
            truth.sees = "unknown"
        elif verbatim(truth.sent, values):
            truth.sees = "raw"
        elif apart:
            truth.sees = "unknown"
        elif truth.sent != twin.sent or truth.error != twin.error:
            truth.sees = "derived" if _is_made(truth.sent, twin.sent, everything) else "differs"
        if (truth.error, truth.tag, truth.rows) != (twin.error, twin.tag, twin.rows):
            apart = True


def depends(truths: list[Truth]) -> bool:
    """Whether some statement sent something that hangs on values."""
    return any(truth.sees in ("derived", "differs") for truth in truths)


def forgive(mine: list[Truth], again: list[Truth]) -> None:
    """Takes back what is said of statements that send something else in an equal run."""
    for truth, twin in zip(mine, again, strict=True):
        if truth.sees in ("derived", "differs") and truth.sent != twin.sent:
            truth.sees = "unknown"


def _is_made(mine: list[str], other: list[str], everything: str) -> bool:
    """Whether a text was sent that stands nowhere in the world and would be another with other values.

    Numbers are left out: a sum or a count hangs on which rows there are."""
    return any(
        len(cell) >= _LEAST and not re.fullmatch(r"[-\d.e+]*", cell) and cell not in everything
        for cell in set(mine) - set(other)
    )
