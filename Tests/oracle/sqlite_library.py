"""SQLite's own library through ctypes: the one that assay links, with the settings that a shadow has.

Python's `sqlite3` module cannot turn double-quoted strings off before 3.12 and hides where a text splits."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Iterator
from ctypes import byref, c_char_p, c_int, c_int64, c_void_p
from ctypes.util import find_library

_ROW, _DONE, _OK = 100, 101, 0
_SERIALIZE_FREE_RESIZE = 1 | 2
_DQS_DML, _DQS_DDL = 1013, 1014

_library = ctypes.CDLL(find_library("sqlite3") or "libsqlite3.so.0")


def _declare(name: str, result: object, *arguments: object) -> None:
    function = getattr(_library, name)
    function.restype, function.argtypes = result, list(arguments)


_declare("sqlite3_open", c_int, c_char_p, c_void_p)
_declare("sqlite3_close_v2", c_int, c_void_p)
_declare("sqlite3_prepare_v2", c_int, c_void_p, c_void_p, c_int, c_void_p, c_void_p)
_declare("sqlite3_step", c_int, c_void_p)
_declare("sqlite3_finalize", c_int, c_void_p)
_declare("sqlite3_column_count", c_int, c_void_p)
_declare("sqlite3_column_text", c_void_p, c_void_p, c_int)
_declare("sqlite3_column_bytes", c_int, c_void_p, c_int)
_declare("sqlite3_column_type", c_int, c_void_p, c_int)
_declare("sqlite3_stmt_readonly", c_int, c_void_p)
_declare("sqlite3_errmsg", c_char_p, c_void_p)
_declare("sqlite3_extended_errcode", c_int, c_void_p)
_declare("sqlite3_changes64", c_int64, c_void_p)
_declare("sqlite3_total_changes64", c_int64, c_void_p)
_declare("sqlite3_get_autocommit", c_int, c_void_p)
_declare("sqlite3_serialize", c_void_p, c_void_p, c_char_p, c_void_p, ctypes.c_uint)
_declare("sqlite3_deserialize", c_int, c_void_p, c_char_p, c_void_p, c_int64, c_int64, ctypes.c_uint)
_declare("sqlite3_malloc64", c_void_p, ctypes.c_uint64)
_declare("sqlite3_free", None, c_void_p)
_Progress = ctypes.CFUNCTYPE(c_int, c_void_p)
_declare("sqlite3_progress_handler", None, c_void_p, c_int, _Progress, c_void_p)
_library.sqlite3_db_config.restype = c_int

SECONDS = 20
"""How long a statement may run; what takes longer is a runaway."""


class SQLiteFailure(Exception):
    """What the library refused: its extended code and its message."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


Row = tuple[str | None, ...]


class SQLiteDatabase:
    """A database in memory: empty, or a copy of an image."""

    def __init__(self, image: bytes | None = None) -> None:
        self._handle = c_void_p()
        self._ends = 0.0
        _library.sqlite3_open(b":memory:", byref(self._handle))
        self._progress = _Progress(lambda _: time.monotonic() > self._ends)
        _library.sqlite3_progress_handler(self._handle, 1_000_000, self._progress, None)
        for option in (_DQS_DML, _DQS_DDL):
            _library.sqlite3_db_config(self._handle, c_int(option), c_int(0), c_void_p())
        if image is not None:
            memory = _library.sqlite3_malloc64(len(image))
            ctypes.memmove(memory, image, len(image))
            self._check(
                _library.sqlite3_deserialize(self._handle, b"main", memory, len(image), len(image), _SERIALIZE_FREE_RESIZE)
            )

    def close(self) -> None:
        """Frees the database; rows that are still being read end with it."""
        _library.sqlite3_close_v2(self._handle)

    def image(self) -> bytes:
        """The bytes that a database file of this content would hold."""
        size = c_int64()
        memory = _library.sqlite3_serialize(self._handle, b"main", byref(size), 0)
        try:
            return ctypes.string_at(memory, size.value)
        finally:
            _library.sqlite3_free(memory)

    @property
    def changes(self) -> int:
        """Rows that the last statement changed itself."""
        return int(_library.sqlite3_changes64(self._handle))

    @property
    def total_changes(self) -> int:
        """Rows changed since the database was opened, those of triggers and foreign keys included."""
        return int(_library.sqlite3_total_changes64(self._handle))

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return not _library.sqlite3_get_autocommit(self._handle)

    def commands(self, script: str) -> Iterator[Command]:
        """Each command of a script in its order, compiled only when it is its turn."""
        raw = script.encode() + b"\0"
        buffer = ctypes.create_string_buffer(raw, len(raw))
        self._ends = time.monotonic() + SECONDS
        base = ctypes.addressof(buffer)
        offset = 0
        while offset < len(raw) - 1:
            statement, tail = c_void_p(), c_void_p()
            self._check(
                _library.sqlite3_prepare_v2(self._handle, base + offset, len(raw) - offset, byref(statement), byref(tail))
            )
            offset = (tail.value or base + len(raw)) - base
            if statement.value:
                yield Command(self, statement)

    def run(self, script: str) -> None:
        """Runs every command of a script and forgets its rows."""
        for command in self.commands(script):
            command.rows()

    def read(self, query: str) -> list[Row]:
        """The rows of one query."""
        return [row for command in self.commands(query) for row in command.rows()]

    def _check(self, status: int) -> None:
        if status not in (_OK, _ROW, _DONE):
            code = _library.sqlite3_extended_errcode(self._handle)
            raise SQLiteFailure(code or status, _library.sqlite3_errmsg(self._handle).decode())


class Command:
    """One compiled command; reading its rows runs it."""

    def __init__(self, database: SQLiteDatabase, statement: c_void_p) -> None:
        self._database, self._statement = database, statement
        self.width: int = _library.sqlite3_column_count(statement)
        self.is_readonly = bool(_library.sqlite3_stmt_readonly(statement))

    def rows(self, seen: list[Row] | None = None) -> list[Row]:
        """All rows as text; those before a failure stand in `seen`."""
        rows = [] if seen is None else seen
        try:
            while True:
                status = _library.sqlite3_step(self._statement)
                if status == _DONE:
                    return rows
                if status != _ROW:
                    self._database._check(status)
                rows.append(tuple(self._cell(column) for column in range(self.width)))
        finally:
            _library.sqlite3_finalize(self._statement)

    def _cell(self, column: int) -> str | None:
        if _library.sqlite3_column_type(self._statement, column) == 5:
            return None
        text = _library.sqlite3_column_text(self._statement, column)
        size = _library.sqlite3_column_bytes(self._statement, column)
        return ctypes.string_at(text, size).decode(errors="replace")
