"""A throw-away PostgreSQL cluster on a socket in a folder of its own, with a database for each world."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from postgres_library import PostgresConnection, PostgresFailure

_HERE = Path(__file__).parent
_OFF = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "listen_addresses": "''",
    "max_wal_size": "2GB",
    "shared_buffers": "64MB",
    "log_min_messages": "panic",
    "max_connections": "20",
    "jit": "off",
    "wal_level": "replica",
    "max_wal_senders": "0",
}


def programs() -> Path:
    """Where the server's programs are.

    Raises `PostgresFailure` where no server is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    if initdb := shutil.which("initdb"):
        return Path(initdb).parent
    raise PostgresFailure("There is no PostgreSQL server; install postgresql.")


class Cluster:
    """A server that lives as long as the `with` block."""

    def __init__(self) -> None:
        base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self._folder = Path(tempfile.mkdtemp(prefix="oracle-", dir=base))
        self._as: list[str] = []
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self._folder, account.pw_uid, account.pw_gid)
            self._as = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]

    def __enter__(self) -> Cluster:
        data = self._folder / "data"
        self._call("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8")
        settings = " ".join(f"-c {name}={value}" for name, value in _OFF.items())
        self._call(
            "pg_ctl",
            "-D",
            str(data),
            "-w",
            "-s",
            "-l",
            str(self._folder / "log"),
            "-o",
            f"-k {self._folder} {settings}",
            "start",
        )
        self._server = PostgresConnection(self.parameters("postgres"))
        # What takes longer is a runaway.
        self._server.read("CREATE ROLE app LOGIN; ALTER ROLE app SET statement_timeout = '20s'")
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()
        self._call("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "-s", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _call(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*self._as, str(programs() / program), *arguments],
            cwd="/",
            check=False,
            text=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        if done.returncode:
            raise PostgresFailure(f"{program}: {done.stderr.strip()}")

    def parameters(self, database: str, user: str = "postgres") -> str:
        """How to connect to a database."""
        return f"host={self._folder} dbname={database} user={user} application_name=oracle client_encoding=UTF8"

    def connection(self, database: str, user: str = "postgres") -> _Closing:
        """A connection for a `with` block."""
        return _Closing(self.parameters(database, user))

    def add_world(self, name: str, script: str) -> None:
        """Makes the database of a world: everything in it belongs to the role `app`, as the replay's role owns a clone."""
        self._server.read(f"CREATE DATABASE {name} TEMPLATE template0 OWNER app")
        with self.connection(name) as own:
            own.read("ALTER SCHEMA public OWNER TO app")
            own.read("SET SESSION AUTHORIZATION app;" + script)
            own.read("RESET SESSION AUTHORIZATION;" + (_HERE / "postgres_look.sql").read_text())
            own.read("ANALYZE")

    def copy(self, world: str, name: str) -> None:
        """Makes a fresh copy of a world."""
        self._server.read(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._server.read(f"CREATE DATABASE {name} TEMPLATE {world} OWNER app STRATEGY file_copy")


class _Closing:
    def __init__(self, parameters: str) -> None:
        self._parameters = parameters

    def __enter__(self) -> PostgresConnection:
        self._connection = PostgresConnection(self._parameters)
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._connection.close()
