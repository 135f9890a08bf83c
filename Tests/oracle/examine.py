"""The oracle's one question, asked of many sessions at once, and the smallest session that gives an answer."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path

from archive import write_archive, write_policy
from compare import Finding, findings
from engines import World
from model import Session, Truth
from replay import Line, replay


class Examination:
    """Holds one program against one world."""

    def __init__(self, assay: str, world: World) -> None:
        self._assay, self._world = assay, world
        self.statements = 0

    def ask(self, sessions: list[Session]) -> list[Finding]:
        """Everything that the program says otherwise than it happened."""
        truths = self.truths(sessions)
        return self.hold(sessions, truths, self.lines(sessions, truths))

    def truths(self, sessions: list[Session]) -> list[list[Truth]]:
        """What each statement of each session really did."""
        truths = [self._world.truth(session) for session in sessions]
        self.statements += sum(map(len, truths))
        return truths

    def lines(self, sessions: list[Session], truths: list[list[Truth]]) -> dict[str, list[Line]]:
        """The verdict lines of each session; what was recorded is the truth."""
        with tempfile.TemporaryDirectory(prefix="oracle-") as name:
            folder = Path(name)
            folder.chmod(0o755)
            archive = folder / "archive.jsonl"
            write_policy(folder, self._world.sensitive)
            write_archive(archive, sessions, truths, self._world.engine)
            by_session: dict[str, list[Line]] = defaultdict(list)
            for line in replay(self._assay, folder, archive, self._world.shadow):
                by_session[str(line["session"])].append(line)
        return by_session

    def hold(self, sessions: list[Session], truths: list[list[Truth]], lines: dict[str, list[Line]]) -> list[Finding]:
        """What differs between the truth and the lines."""
        return [
            finding
            for session, truth in zip(sessions, truths, strict=True)
            for finding in findings(session, truth, lines[session.name], self._world.engine)
        ]

    def shrink(self, session: Session, signature: str) -> Session:
        """The smallest session found that still gives a finding of this kind: statements are left out while it does.

        All ways to leave something out are tried in one replay."""
        while len(session.statements) > 1:
            tries = list(_smaller(session))
            found = {finding.session for finding in self.ask(tries) if finding.signature == signature}
            left = [one for one in tries if one.name in found]
            if not left:
                return session
            session = min(left, key=lambda one: len(one.statements))
        return session


def _smaller(session: Session) -> list[Session]:
    """The session less its halves, quarters and single statements."""
    count = len(session.statements)
    removals: list[set[int]] = [{position} for position in range(count)]
    for size in (count // 2, count // 4):
        if size > 1:
            removals += [set(range(start, min(start + size, count))) for start in range(0, count, size)]
    return [session.without(removed, f"try-{number:03}") for number, removed in enumerate(removals) if len(removed) < count]
