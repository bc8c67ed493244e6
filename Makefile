# Lianxin 连心. `make` lists what there is.
SERVE ?= 1
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo 0.1.0)
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

.DEFAULT_GOAL := help
.PHONY: help build demo test check fmt bench bench-river microbench prefecture clients thunderbird caldav-suites clean

help: ## 列出目标 list the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

build: ## 编译到 bin/lianxin build bin/lianxin
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/lianxin ./cmd/lianxin

demo: build ## 演示：做一个县并打开网页；SERVE=0 只做不开 make a county and serve it; SERVE=0 stops after the summary
	bin/lianxin demo --out demo/out $(if $(filter 0,$(SERVE)),--no-serve)

test: ## 安装所缺并运行全部测试 install what is missing and run the whole suite
	sh .ci/test.sh

check: ## 格式、静态检查 formatting, vet, staticcheck
	@test -z "$$(gofmt -l cmd migrations notifier planner)" || { gofmt -l cmd migrations notifier planner; echo "gofmt -w 一下 run gofmt -w"; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...

fmt: ## 整理格式 gofmt
	gofmt -w cmd migrations notifier planner

bench: ## 与 LEMON 同场比较求解器；其他规模见 bin/lianxin-bench pairing --help the solver beside LEMON
	go build -trimpath -o bin/lianxin-bench ./cmd/lianxin-bench
	bin/lianxin-bench pairing --size S,M --peers lemon --require lemon --gate

RIVER_REMINDERS ?= 4000
RIVER_KILLS ?= 60
bench-river: ## 提醒队列与 River 同场比较（独立模块，不进产品） the reminders' queue beside River, a module of its own
	go build -trimpath -o bin/lianxin-bench ./cmd/lianxin-bench
	cd cmd/lianxin-bench/river && go build -trimpath -o "$(CURDIR)/bin/lianxin-bench-river" .
	bin/lianxin-bench reminders --db postgres --workers 3 --reminders $(RIVER_REMINDERS) --kills $(RIVER_KILLS) --peer bin/lianxin-bench-river

microbench: ## 各包的基准测试 benchmarks of the packages
	go test -run '^$$' -bench . -benchmem ./planner/... ./notifier/...

SAMPLE ?= xinyang
PREFECTURE ?= bin/prefecture
prefecture: build ## 信阳全市过一遍数据库：3,474 村、67,000 干部、1,000,000 户 a whole prefecture through the database, with memory and time
	rm -rf $(PREFECTURE) && mkdir -p $(PREFECTURE)
	echo "a made prefecture 2026" > $(PREFECTURE)/password
	cd $(PREFECTURE) && export LIANXIN_NOW=2026-01-05T08:00 && set -e; \
	who() { awk -F, 'NR > 1 {print $$1; exit}' roster/04-*.csv; }; \
	for step in "sample --preset $(SAMPLE) --out roster" "init --password-file password" "import roster/*" "plan --period 2026 --preset yima" "verify" \
		"plan show" "explain WHO" "recommend WHO" "plan undo"; do \
		case "$$step" in *WHO) step="$${step% WHO} $$(who)";; esac; \
		echo "== lianxin $$step"; start=$$(date +%s); "$(CURDIR)/bin/lianxin" -q $$step & pid=$$!; peak=0; cpu=0; \
		while kill -0 $$pid 2>/dev/null; do now=$$(awk '/VmHWM/ {print $$2}' /proc/$$pid/status 2>/dev/null || true); peak=$${now:-$$peak}; \
			now=$$(awk '{print $$14 + $$15}' /proc/$$pid/stat 2>/dev/null || true); cpu=$${now:-$$cpu}; sleep 0.2; done; \
		wait $$pid; printf '%6d s wall %6d s cpu %6d MB  lianxin %s\n' $$(($$(date +%s) - start)) $$((cpu / $$(getconf CLK_TCK))) $$((peak / 1024)) "$$step" | tee -a steps; done; \
	echo "== 各步用时和内存 time and memory of each step"; cat steps; ls -l lianxin.db*

clients: ## 日历软件逐个验证（Debian 自带的和 npm 的） calendar programs, those of Debian and of npm
	LIANXIN_NPM=1 LIANXIN_YEAR=1 go test -count=1 -v -timeout 30m -run 'Khal|Programs|Calcurse|Libical|Npm|ReadersAgree' ./planner/feed ./planner/web

thunderbird: ## 无人值守运行 Thunderbird，勾选一项任务（先装 thunderbird xvfb sqlite3） Thunderbird, unattended; it ticks a task off too
	LIANXIN_THUNDERBIRD=1 go test -count=1 -v -timeout 15m -run Thunderbird ./planner/web

SUITES = bin/caldav-suites
caldav-suites: ## 公开的 CalDAV 测试套件 caldav-server-tester、litmus（先装 litmus python3-venv） public suites of CalDAV
	@command -v litmus >/dev/null && python3 -c 'import ensurepip' || { echo "请先运行 run first: apt-get install -y litmus python3-venv"; exit 1; }
	test -x $(SUITES)/bin/caldav-server-tester || { python3 -m venv $(SUITES) && $(SUITES)/bin/pip install -q caldav-server-tester==1.7.0 caldav==3.6.0 vobject; }
	LIANXIN_SUITES=$(CURDIR)/$(SUITES) go test -count=1 -v -run PublicSuites ./planner/web

clean: ## 清除编译结果和演示 remove build results and the demo
	rm -rf bin demo
