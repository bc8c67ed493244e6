"""Runs the mixed-integer solver HiGHS (highs.dev, MIT) on a rota of lianxin-bench: who takes which slot, a gap between two slots
of one person, each class of slots to within one of even, and the least spread of the totals."""
import json
import sys
import time

import highspy
import numpy as np

with open(sys.argv[1], encoding="utf-8") as f:
    p = json.load(f)
start = time.perf_counter()
people, gap, slots = p["people"], p["gap"], p["slots"]
column = {}
for i, s in enumerate(slots):
    for k in s["can"]:
        column[i, k] = len(column)
n = len(column)
low, high = n, n + 1
rows, lower, upper = [], [], []


def row(entries, lo, hi):
    rows.append(entries)
    lower.append(lo)
    upper.append(hi)


inf = highspy.kHighsInf
for i, s in enumerate(slots):
    row([(column[i, k], 1) for k in s["can"]], 1, 1)
for k in range(people):
    for i in range(len(slots)):
        window = [column[j, k] for j in range(i, len(slots)) if slots[j]["at"] - slots[i]["at"] < gap and (j, k) in column]
        if len(window) > 1 and (i, k) in column:
            row([(c, 1) for c in window], 0, 1)
    mine = [(column[i, k], 1) for i in range(len(slots)) if (i, k) in column]
    row(mine + [(low, -1)], 0, inf)
    row(mine + [(high, -1)], -inf, 0)
classes = sorted({c for s in slots for c in s["classes"]})
for c in classes:
    inside = [i for i, s in enumerate(slots) if c in s["classes"]]
    for k in range(people):
        row([(column[i, k], 1) for i in inside if (i, k) in column], len(inside) // people, -(-len(inside) // people))
lp = highspy.HighsLp()
lp.num_col_, lp.num_row_ = n + 2, len(rows)
cost = np.zeros(n + 2)
cost[low], cost[high] = -1, 1
lp.col_cost_ = cost
lp.col_lower_, lp.col_upper_ = np.zeros(n + 2), np.concatenate([np.ones(n), [len(slots)] * 2])
lp.row_lower_, lp.row_upper_ = np.array(lower, float), np.array(upper, float)
lp.integrality_ = [highspy.HighsVarType.kInteger] * (n + 2)
lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
lp.a_matrix_.start_ = np.cumsum([0] + [len(r) for r in rows])
lp.a_matrix_.index_ = np.array([c for r in rows for c, _ in r])
lp.a_matrix_.value_ = np.array([v for r in rows for _, v in r], float)
h = highspy.Highs()
h.setOptionValue("output_flag", False)
h.setOptionValue("time_limit", float(sys.argv[2]))
h.passModel(lp)
setup = time.perf_counter() - start

start, ticks = time.perf_counter(), time.process_time()
h.run()
seconds, cpu = time.perf_counter() - start, time.process_time() - ticks
proved = h.getModelStatus() == highspy.HighsModelStatus.kOptimal
value = np.array(h.getSolution().col_value)
by = [-1] * len(slots)
if value.size:
    for (i, k), c in column.items():
        if value[c] > 0.5:
            by[i] = k
json.dump({"by": by, "seconds": seconds, "cpu": cpu, "setup": setup, "proved": proved}, sys.stdout)
