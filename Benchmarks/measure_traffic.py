"""Puts a measurement and a verdict beside every statement of a ledger, as a replay would have: some effects, by text.

    measure_traffic.py LEDGER
"""

import json
import sqlite3
import sys

ledger = sqlite3.connect(sys.argv[1])
ledger.execute("PRAGMA synchronous = OFF")
ledger.execute("CREATE TEMP TABLE made (text INTEGER PRIMARY KEY, effect TEXT, rows INTEGER, verdict TEXT)")
for text, sql in ledger.execute("SELECT id, sql FROM texts").fetchall():
    effect = {"execution": "ran", "basis": "synthetic"}
    rows, verdict = 0, "confirmed_allow"
    if sql.startswith("DELETE") and " OR " in sql:
        rows, verdict = 5000, "confirmed_block"
        effect["undone"] = True
    elif sql.startswith(("DELETE", "UPDATE")):
        rows = 1
    if rows:
        effect["tables"] = {f"table_{text % 50}": {"deleted": rows, "before": 5000}}
    ledger.execute("INSERT INTO made VALUES (?, ?, ?, ?)", (text, json.dumps(effect, separators=(",", ":")), rows, verdict))
ledger.execute("INSERT INTO measurements SELECT s.id, NULL, m.effect, m.rows, 1, 'none', 'synthetic' FROM statements s JOIN made m ON m.text = s.text")
ledger.execute("INSERT INTO verdicts SELECT s.id, m.verdict, NULL, 0, 'medium', '[]', NULL, NULL FROM statements s JOIN made m ON m.text = s.text")
ledger.execute("INSERT OR REPLACE INTO meta VALUES ('traffic', 'stale')")
ledger.commit()
