// Runs one algorithm of LEMON (lemon.cs.elte.hu, Boost licence) on an instance of lianxin-bench, and prints one line of JSON.
// The time is that of the algorithm alone: reading the file and building the graph are "setup".
//
//   g++ -O3 -march=native -DNDEBUG -o lemon lemon.cpp
//   ./lemon ns|cost|capacity|cycle FILE
//
// StaticDigraph and arc mixing (LEMON's default) are its fastest ways; costs are long long, as int would overflow.
#include <lemon/capacity_scaling.h>
#include <lemon/cost_scaling.h>
#include <lemon/cycle_canceling.h>
#include <lemon/network_simplex.h>
#include <lemon/static_graph.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>
#include <vector>

using Graph = lemon::StaticDigraph;
using Clock = std::chrono::steady_clock;

static double since(Clock::time_point t) { return std::chrono::duration<double>(Clock::now() - t).count(); }

[[noreturn]] static void fail(const char *why) {
	std::fprintf(stderr, "lemon: %s\n", why);
	std::exit(1);
}

static void want(void *into, size_t size, size_t n, FILE *f) {
	if (std::fread(into, size, n, f) != n) fail("the instance is too short");
}

static std::vector<int32_t> array(FILE *f) {
	uint64_t n;
	want(&n, 8, 1, f);
	std::vector<int32_t> a(n);
	want(a.data(), 4, n, f);
	return a;
}

// memory is a line of this process's status in MiB: VmHWM is its high-water mark, VmRSS what it holds now.
static double memory(const char *name) {
	double kib = 0;
	if (FILE *f = std::fopen("/proc/self/status", "r")) {
		char line[256];
		while (std::fgets(line, sizeof line, f))
			if (!std::strncmp(line, name, std::strlen(name)) && std::sscanf(line + std::strlen(name), ": %lf", &kib) == 1) break;
		std::fclose(f);
	}
	return kib / 1024;
}

struct Instance {
	Graph g;
	std::vector<int32_t> room, cost;
	int64_t households, cadres;
	long long beyond, more, unserved;
};

// build reads the file block by block, so that the peak of memory is the graph's and not the file's.
static void build(const char *path, Instance &x) {
	FILE *f = std::fopen(path, "rb");
	FILE *costs = std::fopen(path, "rb");
	if (!f || !costs) fail("the instance cannot be opened");
	uint64_t head[8];
	want(head, 8, 8, f);
	if (head[0] != 0xCAD0E001) fail("this is no instance");
	const int64_t n = head[1], m = head[2], k = head[3];
	x.households = n, x.cadres = m;
	x.beyond = head[5], x.more = head[6], x.unserved = head[7];
	std::vector<int32_t> least = array(f), target = array(f), cap = array(f);
	uint64_t length;
	want(&length, 8, 1, f);
	if (std::fseek(costs, std::ftell(f) + 4 * (long)length + 8, SEEK_SET)) fail("the instance is too short");

	std::vector<std::pair<int, int>> ends;
	size_t arcs = (size_t)n * (k + 1);
	for (int64_t j = 0; j < m; j++) arcs += 2 + std::max(0, cap[j] - target[j]);
	ends.reserve(arcs);
	x.room.reserve(arcs);
	x.cost.reserve(arcs);
	const int sink = n + m;
	auto add = [&](int a, int b, int32_t room, int32_t cost) {
		ends.emplace_back(a, b);
		x.room.push_back(room);
		x.cost.push_back(cost);
	};
	std::vector<int32_t> col(k), cost(k);
	for (int64_t i = 0; i < n; i++) {
		want(col.data(), 4, k, f);
		want(cost.data(), 4, k, costs);
		for (int64_t a = 0; a < k; a++)
			if (col[a] >= 0) add(i, n + col[a], 1, cost[a]);
		add(i, sink, 1, x.unserved);
	}
	for (int64_t j = 0; j < m; j++) {
		if (least[j] > 0) add(n + j, sink, least[j], 0);
		if (target[j] > least[j]) add(n + j, sink, target[j] - least[j], x.beyond);
		for (int r = 1; r <= cap[j] - target[j]; r++) add(n + j, sink, 1, x.beyond + x.more * r);
	}
	std::fclose(f);
	std::fclose(costs);
	x.g.build(n + m + 1, ends.begin(), ends.end());
}

template <class Algorithm> static int run(const char *path) {
	auto start = Clock::now();
	double before = memory("VmRSS");
	Instance x;
	build(path, x);
	Graph::ArcMap<int32_t> room(x.g), cost(x.g);
	for (int a = 0; a < x.g.arcNum(); a++) {
		room[x.g.arc(a)] = x.room[a];
		cost[x.g.arc(a)] = x.cost[a];
	}
	std::vector<int32_t>().swap(x.room);
	std::vector<int32_t>().swap(x.cost);
	Algorithm alg(x.g);
	alg.upperMap(room).costMap(cost);
	Graph::NodeMap<int> supply(x.g, 0);
	for (int64_t i = 0; i < x.households; i++) supply[x.g.node(i)] = 1;
	supply[x.g.node(x.households + x.cadres)] = -(int)x.households;
	alg.supplyMap(supply);
	double setup = since(start);

	start = Clock::now();
	std::clock_t ticks = std::clock();
	auto answer = alg.run();
	double seconds = since(start), cpu = double(std::clock() - ticks) / CLOCKS_PER_SEC;
	if (answer != Algorithm::OPTIMAL) fail("no optimum was found");

	long long unserved = 0, beyond = 0;
	for (int64_t i = 0; i < x.households; i++)
		for (Graph::OutArcIt a(x.g, x.g.node(i)); a != lemon::INVALID; ++a)
			if (x.g.id(x.g.target(a)) == x.households + x.cadres) unserved += alg.flow(a);
	for (int64_t j = 0; j < x.cadres; j++)
		for (Graph::OutArcIt a(x.g, x.g.node(x.households + j)); a != lemon::INVALID; ++a)
			if (cost[a] > 0) beyond += alg.flow(a);
	std::printf("{\"cost\":%lld,\"seconds\":%.6f,\"cpu\":%.6f,\"setup\":%.6f,\"peak_mib\":%.1f,\"own_mib\":%.1f,\"unserved\":%lld,\"beyond\":%lld}\n",
		(long long)alg.template totalCost<long long>(), seconds, cpu, setup, memory("VmHWM"), memory("VmHWM") - before, unserved, beyond);
	return 0;
}

int main(int argc, char **argv) {
	if (argc != 3) fail("usage: lemon ns|cost|capacity|cycle FILE");
	if (!std::strcmp(argv[1], "ns")) return run<lemon::NetworkSimplex<Graph, int, long long>>(argv[2]);
	if (!std::strcmp(argv[1], "cost")) return run<lemon::CostScaling<Graph, int, long long>>(argv[2]);
	if (!std::strcmp(argv[1], "capacity")) return run<lemon::CapacityScaling<Graph, int, long long>>(argv[2]);
	if (!std::strcmp(argv[1], "cycle")) return run<lemon::CycleCanceling<Graph, int, long long>>(argv[2]);
	fail("usage: lemon ns|cost|capacity|cycle FILE");
}
