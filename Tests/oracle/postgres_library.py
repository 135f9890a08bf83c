"""libpq through ctypes, as a client that sends texts and keeps everything it is sent."""

from __future__ import annotations

import ctypes
from ctypes import CFUNCTYPE, byref, c_char_p, c_int, c_void_p
from ctypes.util import find_library
from dataclasses import dataclass, field

_EMPTY, _COMMAND, _TUPLES, _COPY_OUT, _COPY_IN, _FATAL = 0, 1, 2, 3, 4, 7
_COPY_BOTH = 8
_Receiver = CFUNCTYPE(None, c_void_p, c_void_p)

_library = ctypes.CDLL(find_library("pq") or "libpq.so.5")


def _declare(name: str, result: object, *arguments: object) -> None:
    function = getattr(_library, name)
    function.restype, function.argtypes = result, list(arguments)


_declare("PQconnectdb", c_void_p, c_char_p)
_declare("PQfinish", None, c_void_p)
_declare("PQstatus", c_int, c_void_p)
_declare("PQerrorMessage", c_char_p, c_void_p)
_declare("PQtransactionStatus", c_int, c_void_p)
_declare("PQsetNoticeReceiver", c_void_p, c_void_p, c_void_p, c_void_p)
_declare("PQsendQuery", c_int, c_void_p, c_char_p)
_declare("PQgetResult", c_void_p, c_void_p)
_declare("PQresultStatus", c_int, c_void_p)
_declare("PQresultErrorField", c_char_p, c_void_p, c_int)
_declare("PQcmdStatus", c_char_p, c_void_p)
_declare("PQcmdTuples", c_char_p, c_void_p)
_declare("PQntuples", c_int, c_void_p)
_declare("PQnfields", c_int, c_void_p)
_declare("PQgetisnull", c_int, c_void_p, c_int, c_int)
_declare("PQgetvalue", c_char_p, c_void_p, c_int, c_int)
_declare("PQclear", None, c_void_p)
_declare("PQgetCopyData", c_int, c_void_p, c_void_p, c_int)
_declare("PQputCopyEnd", c_int, c_void_p, c_char_p)
_declare("PQfreemem", None, c_void_p)


class PostgresFailure(Exception):
    """A failure of the oracle's own work, never of a statement under test."""


@dataclass
class Answer:
    """What came back for one text: its last tag and count, every cell, notice and error, in order.

    `commands` counts the one that failed too."""

    tag: str = ""
    count: int | None = None
    returned: int | None = None
    commands: int = 0
    sqlstate: str | None = None
    message: str = ""
    cells: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    rows: list[tuple[str | None, ...]] = field(default_factory=list)


class PostgresConnection:
    """A connection; `idle`, `open` or `failed` is the state of its transaction."""

    def __init__(self, parameters: str) -> None:
        self._handle = _library.PQconnectdb(parameters.encode())
        if _library.PQstatus(self._handle) != 0:
            message = _library.PQerrorMessage(self._handle).decode()
            raise PostgresFailure(message.strip())
        self._notices: list[str] = []
        self._receiver = _Receiver(self._receive)
        _library.PQsetNoticeReceiver(self._handle, ctypes.cast(self._receiver, c_void_p), None)

    def _receive(self, _: object, result: int) -> None:
        for part in "MDH":
            text = _library.PQresultErrorField(result, ord(part))
            if text:
                self._notices.append(text.decode(errors="replace"))

    def close(self) -> None:
        """Ends the connection, and so whatever transaction is open."""
        _library.PQfinish(self._handle)

    @property
    def state(self) -> str:
        """`idle`, `open` (in a transaction), `failed` (in one that only a rollback ends) or `lost`."""
        return {0: "idle", 2: "open", 3: "failed"}.get(_library.PQtransactionStatus(self._handle), "lost")

    def send(self, text: str) -> Answer:
        """Sends a text as psql would and collects all that is sent back."""
        answer = Answer()
        self._notices = answer.notices
        if not _library.PQsendQuery(self._handle, text.encode()):
            answer.sqlstate, answer.message = "08006", _library.PQerrorMessage(self._handle).decode()
            return answer
        while result := _library.PQgetResult(self._handle):
            try:
                self._take(result, answer)
            finally:
                _library.PQclear(result)
        return answer

    def read(self, query: str) -> list[tuple[str | None, ...]]:
        """The rows of a query of the oracle's own.

        Raises `PostgresFailure` where it fails."""
        answer = self.send(query)
        if answer.sqlstate:
            raise PostgresFailure(f"{answer.sqlstate} {answer.message}: {query[:200]}")
        return answer.rows

    def _take(self, result: int, answer: Answer) -> None:
        status = _library.PQresultStatus(result)
        if status == _FATAL:
            answer.commands += 1
            answer.sqlstate = (_library.PQresultErrorField(result, ord("C")) or b"XX000").decode()
            answer.message = (_library.PQresultErrorField(result, ord("M")) or b"").decode(errors="replace")
            for part in "MDHW":
                text = _library.PQresultErrorField(result, ord(part))
                if text:
                    answer.notices.append(text.decode(errors="replace"))
            return
        if status == _COPY_IN:
            _library.PQputCopyEnd(self._handle, None)
        elif status in (_COPY_OUT, _COPY_BOTH):
            self._take_copy(answer)
        elif status in (_COMMAND, _TUPLES):
            answer.commands += 1
            answer.tag = _library.PQcmdStatus(result).decode()
            count = _library.PQcmdTuples(result).decode()
            answer.count = int(count) if count else None
            if status == _TUPLES:
                self._take_rows(result, answer)

    def _take_rows(self, result: int, answer: Answer) -> None:
        columns = range(_library.PQnfields(result))
        answer.returned = _library.PQntuples(result)
        for row in range(answer.returned):
            cells = tuple(
                (
                    None
                    if _library.PQgetisnull(result, row, column)
                    else _library.PQgetvalue(result, row, column).decode(errors="replace")
                )
                for column in columns
            )
            answer.rows.append(cells)
            answer.cells += ["\N{SYMBOL FOR NULL}" if cell is None else cell for cell in cells]

    def _take_copy(self, answer: Answer) -> None:
        line = c_void_p()
        while (size := _library.PQgetCopyData(self._handle, byref(line), 0)) > 0:
            answer.cells.append(ctypes.string_at(line, size).decode(errors="replace"))
            _library.PQfreemem(line)
