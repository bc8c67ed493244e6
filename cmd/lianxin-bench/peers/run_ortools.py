"""Runs SimpleMinCostFlow of OR-Tools (developers.google.com/optimization, Apache-2) on an instance of lianxin-bench."""
import sys
import time

import numpy as np
from ortools.graph.python import min_cost_flow

import instance

start = time.perf_counter()
tail, to, room, cost, n, m = instance.read(sys.argv[1])
flow = min_cost_flow.SimpleMinCostFlow()
arcs = flow.add_arcs_with_capacity_and_unit_cost(tail, to, room, cost)
supply = np.zeros(n + m + 1, dtype=np.int64)
supply[:n], supply[n + m] = 1, -n
flow.set_nodes_supplies(np.arange(n + m + 1), supply)
setup = time.perf_counter() - start

start, ticks = time.perf_counter(), time.process_time()
status = flow.solve()
seconds, cpu = time.perf_counter() - start, time.process_time() - ticks
if status != flow.OPTIMAL:
    raise SystemExit(f"no optimum was found: {status}")
instance.say(tail, to, cost, flow.flows(arcs), n, m, seconds, cpu, setup)
