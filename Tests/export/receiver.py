"""A server that takes exported records, and behaves as it is told.

    receiver.py FOLDER [CERTIFICATE KEY]

Listens on a free port of the loopback and writes it to FOLDER/port. What the next requests are answered with stands in
FOLDER/steps, one word a line, taken from the front: a status, `stall`, `drop`, `later`
(a wait of five seconds is asked for), `cut` (an answer without end), `rubbish`, `echo` (a refusal that repeats the credential). Without a step a request is taken: ids go to FOLDER/accepted, one a line, headers to FOLDER/headers. A record that holds the text in
FOLDER/refused is refused, as the interface does it. `busy` lets the second half of a body of `_bulk` wait.
"""

import http.server
import json
import pathlib
import ssl
import sys
import threading
import time

FOLDER = pathlib.Path(sys.argv[1])
LOCK = threading.Lock()


def take_step():
    with LOCK:
        path = FOLDER / "steps"
        lines = path.read_text().split() if path.exists() else []
        if lines:
            path.write_text("\n".join(lines[1:]))
        with (FOLDER / "requests").open("a") as file:
            file.write((lines[0] if lines else "take") + "\n")
        return lines[0] if lines else "take"


def accept(ids):
    with LOCK, (FOLDER / "accepted").open("a") as file:
        file.writelines(f"{each}\n" for each in ids)


def refused():
    path = FOLDER / "refused"
    return path.read_text() if path.exists() else None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, document, headers=()):
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(status)
        for key, value in headers:
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with LOCK, (FOLDER / "headers").open("a") as file:
            file.write(f"{self.path}\n{self.headers}\n")
        step = take_step()
        if step == "stall":
            time.sleep(20)
            self.close_connection = True
        elif step == "drop":
            self.close_connection = True
        elif step == "rubbish":
            self.answer(200, b"<html>\x00\xff not JSON")
        elif step == "echo":
            self.answer(403, {"text": f"no token {self.headers['Authorization']}", "code": 4})
        elif step == "cut":
            self.send_response(200)
            self.send_header("Content-Length", str(1 << 40))
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                self.close_connection = True
        elif step == "later":
            self.answer(503, {"error": {"type": "told", "reason": "told to"}}, [("Retry-After", "5")])
        elif step.isdigit():
            self.answer(int(step), {"error": {"type": "told", "reason": "told to"}}, [("Retry-After", "1")])
        else:
            self.take(body, step == "busy")

    def take(self, body, is_busy):
        mark = refused()
        bad = lambda record: mark is not None and mark in record
        if "/_bulk" in self.path:
            lines = body.decode().split("\n")[:-1]
            items, ids = [], []
            for place in range(0, len(lines), 2):
                (action, meta), = json.loads(lines[place]).items()
                if is_busy and place >= len(lines) // 2:
                    items.append({action: {"status": 429, "error": {"type": "busy", "reason": "later"}}})
                elif bad(lines[place + 1]):
                    items.append({action: {"status": 400, "error": {"type": "mapper", "reason": "refused\n{}\x1b[31m"}}})
                else:
                    json.loads(lines[place + 1])
                    ids.append(meta["_id"])
                    items.append({action: {"status": 201}})
            accept(ids)
            self.answer(200, {"items": items})
        elif self.path.startswith("/services/collector"):
            records = [json.loads(line) for line in body.decode().split("\n")[:-1]]
            if any(bad(json.dumps(record)) for record in records):
                self.answer(400, {"text": "Invalid data format", "code": 6, "invalid-event-number": 0})
            else:
                accept(record["fields"]["assay_id"] for record in records)
                self.answer(200, {"text": "Success", "code": 0})
        else:
            records = json.loads(body)["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
            number = sum(bad(json.dumps(record)) for record in records)
            ids = [a["value"]["stringValue"] for r in records for a in r["attributes"] if a["key"] == "log.record.uid"]
            accept(ids)
            told = {"partialSuccess": {"rejectedLogRecords": str(number), "errorMessage": "refused"}} if number else {}
            self.answer(200, told)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
temporary = FOLDER / "port.new"
temporary.write_text(str(server.server_address[1]))
temporary.rename(FOLDER / "port")
server.serve_forever()
