"""Prints the measures of Benchmarks/run as Markdown: median and range of each, and the rates that follow."""

import statistics
import sys

measures = sys.argv[1]
ingested, replayed, texts = (int(count) for count in sys.argv[2:5])
runs = {}
with open(measures, encoding="utf-8") as lines:
    for line in lines:
        name, *figures = line.rstrip("\n").split("\t")
        runs.setdefault(name, []).append([float(figure) for figure in figures])


def cell(values, form):
    return f"{form(statistics.median(values))} ({form(min(values))}–{form(max(values))})"


print("| what | runs | wall, s: median (range) | processor, s | peak memory, MB | statements a second, wall | a processor second |")
print("|---|---|---|---|---|---|---|")
for name, rows in runs.items():
    wall, processor, memory = zip(*rows)
    count = texts if name.startswith("facts") else replayed if name.startswith("replay") else ingested
    print(
        f"| {name} | {len(rows)} | {cell(wall, '{:.2f}'.format)} | {cell(processor, '{:.2f}'.format)} "
        f"| {max(memory) * 1024 / 1e6:.0f} | {count / statistics.median(wall):,.0f} | {count / statistics.median(processor):,.0f} |"
    )
if "ingest: duckdb" in runs:
    ratio = statistics.median(a[0] / b[0] for a, b in zip(runs["ingest: assay"], runs["ingest: duckdb"]))
    print(f"\nIngest takes {ratio:.2f} times as long as DuckDB (median of the runs' ratios; below 1 is faster).")
if "replay: 2 workers" in runs:
    pairs = list(zip(runs["replay: 1 worker"], runs["replay: 2 workers"]))
    ratio = statistics.median(one[0] / two[0] for one, two in pairs)
    print(f"\nTwo workers take one worker's time divided by {ratio:.2f} (median of the runs' ratios).")
