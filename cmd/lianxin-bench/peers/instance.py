"""Reads an instance of lianxin-bench as arrays of arcs, and prints the answer of a peer as one line of JSON."""
import json
import numpy as np


held = 0.0  # MiB of this process before it read the instance


def memory(name):
    """A line of this process's status in MiB; 0 where the system does not tell."""
    try:
        with open("/proc/self/status") as f:
            for line in f:
                if line.startswith(name):
                    return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def read(path):
    """Returns tail, head, room, cost of all arcs and households, cadres. Nodes: households, cadres, the sink."""
    global held
    held = memory("VmRSS:")
    head = np.fromfile(path, dtype="<u8", count=8)
    if head[0] != 0xCAD0E001:
        raise SystemExit("this is no instance")
    n, m, k, _, beyond, more, unserved = (int(x) for x in head[1:])
    at = 64

    def array():
        nonlocal at
        length = int(np.fromfile(path, dtype="<u8", count=1, offset=at)[0])
        a = np.fromfile(path, dtype="<i4", count=length, offset=at + 8)
        at += 8 + 4 * length
        return a

    least, target, cap, col, cost = array(), array(), array(), array(), array()
    sink = n + m
    real = col >= 0
    over = cap - target
    owner = np.repeat(np.arange(m, dtype=np.int32), np.maximum(over, 0))
    first = np.cumsum(np.maximum(over, 0)) - np.maximum(over, 0)
    rank = np.arange(owner.size, dtype=np.int32) - np.repeat(first, np.maximum(over, 0)) + 1
    tail = np.concatenate([np.repeat(np.arange(n, dtype=np.int32), k)[real], np.arange(n), n + np.arange(m), n + np.arange(m), n + owner])
    to = np.concatenate([n + col[real], np.full(n + 2 * m + owner.size, sink)])
    room = np.concatenate([np.ones(int(real.sum()) + n), least, target - least, np.ones(owner.size)])
    price = np.concatenate([cost[real], np.full(n, unserved), np.zeros(m), np.full(m, beyond), beyond + more * rank])
    return tail.astype(np.int32), to.astype(np.int32), room.astype(np.int64), price.astype(np.int64), n, m


def say(tail, to, cost, flow, n, m, seconds, cpu, setup):
    """Prints what the flow costs, in whole numbers."""
    flow = np.rint(flow).astype(np.int64)
    leaves = (tail < n) & (to == n + m)
    beyond = (tail >= n) & (cost > 0)
    peak = memory("VmHWM:")
    print(json.dumps({"cost": int((flow * cost).sum()), "seconds": seconds, "cpu": cpu, "setup": setup, "peak_mib": peak, "own_mib": peak - held,
                      "unserved": int(flow[leaves].sum()), "beyond": int(flow[beyond].sum())}))
