#!/bin/sh
# The whole suite: both database engines, the race detector, the zone matrix. Called by `make test`.
set -eu
cd "$(dirname "$0")/.."
sh .ci/need.sh

say() { printf '\n== %s\n' "$*"; }

say "全部测试，SQLite 与 PostgreSQL（everything, on both engines）"
go vet ./...
go test -timeout 25m ./...

say "数据竞争检测（race detector, small sizes）"
LIANXIN_TEST_SMALL=1 go test -race -timeout 20m ./planner/pipeline/ ./notifier/ ./planner/store/ ./planner/web/ # the longest first

say "时区（zone matrix）"
for zone in Asia/Shanghai America/New_York; do
	TZ=$zone go test -count=1 -timeout 10m ./planner/civil/ ./planner/store/ ./planner/feed/
done
say "全部通过（all passed）"
