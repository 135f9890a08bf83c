"""Writes so many hoop sessions as one JSON array, by repeating those of a file under other ids: repeat_hoop_sessions.py FILE COUNT OUT."""

import gzip
import json
import sys
import uuid

source, count, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
with gzip.open(source, "rt", encoding="utf-8") as file:
    sessions = json.load(file)
with open(out, "w", encoding="utf-8") as file:
    for number in range(count):
        session = dict(sessions[number % len(sessions)], id=str(uuid.UUID(int=number + 1)))
        file.write("[" if number == 0 else ",\n")
        json.dump(session, file, separators=(",", ":"))
    file.write("]\n")
