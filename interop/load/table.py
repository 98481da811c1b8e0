#!/usr/bin/python3
#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
"""table.py RESULTS…: medians (lowest to highest) of the runs in result files, the peers' cost as a multiple of ours, and
which targets (cases.py) are met."""

import collections
import json
import statistics
import sys

from cases import CASES

OURS = "switchboard"
COSTS = (("cpu_s_per_10k", "s/10k", 2), ("cpu_ms_per_login", "ms/login", 2), ("cpu_ms_per_query", "ms/page", 2),
         ("rss_per_conn", "B/session", 0))


def spread(values, digits):
    if not values:
        return ""
    text = f"{statistics.median(values):.{digits}f}"
    return text if len(values) == 1 else f"{text} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def values_of(rows, *path):
    found = []
    for row in rows:
        for key in path:
            row = row.get(key) if isinstance(row, dict) else None
        if row is not None:
            found.append(row)
    return found


def cost_of(rows):
    """(median, text) of the first kind of cost that these rows have."""
    for key, unit, digits in COSTS:
        values = [value for value in values_of(rows, key) if value]
        if values:
            return statistics.median(values), f"{spread(values, digits)} {unit}"
    return None, ""


def remarks(rows):
    """What went wrong, and what else is worth knowing."""
    parts = []
    bad = sum(row.get("errors", 0) + row.get("drops", 0) + row.get("failed", 0) + max(0, row.get("lost", 0)) for row in rows)
    if bad:
        parts.append(f"{bad} ERRORS")
    if back := values_of(rows, "all_back_s"):
        parts.append(f"all back {spread(back, 2)} s after it listened, outage {spread(values_of(rows, 'outage_s'), 2)} s")
    if any(resumed := values_of(rows, "resumed")):
        parts.append(f"{statistics.median(resumed):.0f} resumed")
    if turns := [value for value in values_of(rows, "turns") if value]:
        parts.append(f"{statistics.median(turns):.1f} turns")
    return ", ".join(parts)


def table(*paths):
    rows = collections.OrderedDict()
    for path in paths:
        with open(path) as results:
            for row in map(json.loads, results):
                if row["scenario"] not in ("mam_seed", "muc_join"):
                    key = (row["case"], archived(row))
                    rows.setdefault(key, collections.OrderedDict()).setdefault(f"{row['server']}:{row['variant']}", []).append(row)
    lines = ["| case | server | runs | rate/s | cost, CPU | × ours | latency ms p50 / p99 | |", "|---|---|---|---|---|---|---|---|"]
    for (case, archive), servers in rows.items():
        besides = dict(rows.get((CASES[case].beside, archive), {})) if CASES[case].beside else {}
        besides.pop(next((name for name in besides if name.startswith(OURS)), None), None)
        ours = next((cost_of(found)[0] for name, found in servers.items() if name.startswith(OURS)), None)
        for name, found in [*servers.items(), *besides.items()]:
            cost, text = cost_of(found)
            ratio = f"{cost / ours:.1f}" if cost and ours and not name.startswith(OURS) else ""
            latency = " / ".join(
                f"{statistics.median(values):.1f}" for key in ("p50", "p99") if (values := values_of(found, "lat_ms", key)))
            note = f" ({CASES[case].beside})" if name in besides else ""
            lines.append(f"| {case} | {name}{note} | {len(found)} | {spread(values_of(found, 'per_s'), 0)} | {text} | {ratio}"
                         f" | {latency} | {remarks(found)} |")
    return "\n".join([*lines, *targets(rows)])


def targets(rows):
    """A line for each target of which both sides were measured."""
    lines = []
    for (case, archive), servers in rows.items():
        target = CASES[case].target
        if target is None or target.archive != archive:
            continue
        figures = {name.partition(":")[0]: figure for name, found in servers.items() if (figure := compared(found, target))}
        ours = figures.pop(OURS, None)
        peers = [figure for name, figure in figures.items() if target.peer in (None, name)]
        if ours is None or not peers:
            continue
        times = ours / max(peers) if target.of == "rate" else min(peers) / ours
        verdict = "met" if times >= target.times else "MISSED"
        lines.append(f"\n{case}: {times:.1f} times better by {target.of} than {target.peer or 'the better peer'}, "
                     f"at least {target.times:.1f}: {verdict}")
    return lines


def compared(rows, target):
    if target.of == "cost":
        return cost_of(rows)[0]
    rates = values_of(rows, "per_s")
    return statistics.median(rates) if rates else None


def archived(row):
    return "archive" in row["variant"] or "mam" in row["variant"]


if __name__ == "__main__":
    print(table(*sys.argv[1:]))
