"""Runs the linear-programming solver HiGHS (highs.dev, MIT) on an instance of lianxin-bench: one column an arc."""
import sys
import time

import highspy
import numpy as np

import instance

start = time.perf_counter()
tail, to, room, cost, n, m = instance.read(sys.argv[1])
arcs = tail.size
lp = highspy.HighsLp()
lp.num_col_, lp.num_row_ = arcs, n + m + 1
lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost.astype(float), np.zeros(arcs), room.astype(float)
supply = np.zeros(n + m + 1)
supply[:n], supply[n + m] = 1, -n
lp.row_lower_ = lp.row_upper_ = supply
lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
lp.a_matrix_.start_ = 2 * np.arange(arcs + 1)
lp.a_matrix_.index_ = np.stack([tail, to], axis=1).reshape(-1)
lp.a_matrix_.value_ = np.tile([1.0, -1.0], arcs)
h = highspy.Highs()
h.setOptionValue("output_flag", False)
h.passModel(lp)
setup = time.perf_counter() - start

start, ticks = time.perf_counter(), time.process_time()
h.run()
seconds, cpu = time.perf_counter() - start, time.process_time() - ticks
if h.getModelStatus() != highspy.HighsModelStatus.kOptimal:
    raise SystemExit(f"no optimum was found: {h.getModelStatus()}")
instance.say(tail, to, cost, np.array(h.getSolution().col_value), n, m, seconds, cpu, setup)
