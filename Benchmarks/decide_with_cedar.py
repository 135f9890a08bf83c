"""Decides the requests that benchmark-decisions wrote by the same rules with Cedar, one batch call a round.

    decide_with_cedar.py FOLDER ROUNDS

Prints requests, those refused, and seconds. The policies are parsed once, before; what Cedar's Python package does to the
requests and answers of a batch counts, for that is how it is called.
"""

import json
import sys
import time

import cedarpy

folder, rounds = sys.argv[1], int(sys.argv[2])
with open(f"{folder}/policies.cedar", encoding="utf-8") as text:
    policies = cedarpy.PolicySet.from_str(text.read())
with open(f"{folder}/requests.json", encoding="utf-8") as text:
    requests = json.load(text)
cedarpy.is_authorized_batch(requests[:100], policies, [])
start = time.perf_counter()
for _ in range(rounds):
    answers = cedarpy.is_authorized_batch(requests, policies, [])
seconds = time.perf_counter() - start
refused = sum(1 for answer in answers if not answer.allowed)
print(f"{len(requests) * rounds}\t{refused}\t{seconds}")
