package pipeline_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"lianxin/migrations/dbtest"
	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// Tasks of 400 rooms below 20 stations below a bureau, with vacancies, go through store, sweep and ledger for a month: each rung is
// told once, to who answers for it, within a minute, and nobody gets more than three messages a day. LIANXIN_TASKS is how many tasks.
func TestManyTasksClimbThroughTheStore(t *testing.T) {
	n := 2000
	if v := os.Getenv("LIANXIN_TASKS"); v != "" {
		var err error
		if n, err = strconv.Atoi(v); err != nil {
			t.Fatal(err)
		}
	}
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newTaskTown(t, url)
		bot := &provider{name: "bot", now: func() time.Time { return w.now }}
		w.Channels = []notifier.Channel{bot}
		holder, path, ts := manyTasks(w, n)
		work := calendar.Embedded()
		told := map[string]string{} // subject and rung → recipient
		day := map[string]civil.Date{}
		seen := 0
		var slowest time.Duration
		daily := map[string]int{}
		for d := civil.MustDate("2026-03-02"); d.Before(civil.MustDate("2026-03-28")); d = d.AddDays(1) {
			w.at(d.String() + " 08:00")
			start := time.Now()
			rep := w.sweep()
			if _, err := w.SendDue(t.Context()); err != nil {
				t.Fatal(err)
			}
			slowest = max(slowest, time.Since(start))
			w.at(d.String() + " 12:00")
			if again := w.sweep(); again.Climbed+again.Notices > 0 || len(again.Moved) > 0 {
				t.Errorf("%s: a second sweep climbs %+v", d, again)
			}
			if _, err := w.SendDue(t.Context()); err != nil {
				t.Fatal(err)
			}
			ns, err := notifier.Notices(t.Context(), w.DB.Writer(), notifier.Filter{From: d.At(0, w.Zone), Until: d.AddDays(1).At(0, w.Zone), Limit: 1 << 20})
			if err != nil {
				t.Fatal(err)
			}
			if len(ns) != rep.Notices {
				t.Errorf("%s: %d notices made, %d in the ledger", d, rep.Notices, len(ns))
			}
			for _, x := range ns {
				task, _, _ := strings.Cut(strings.TrimPrefix(x.Subject, "task/"), "/")
				k := task + " " + x.Rule
				if _, twice := told[k]; twice {
					t.Fatalf("%s told twice", k)
				}
				told[k], day[k] = x.Recipient, d
			}
			for _, m := range bot.taken[seen:] {
				daily[m.to+" "+d.String()]++
			}
			seen = len(bot.taken)
		}
		for k, times := range daily {
			if times > 3 {
				t.Errorf("%d messages: %s", times, k)
			}
		}
		for _, x := range ts {
			skipped := false
			for i, u := range path[x.Owner] {
				k := fmt.Sprintf("%s task-rung-%d", x.ID, i+1)
				to, was := told[k]
				due := work.Add(x.DueOn, []int{1, 3, 5}[i])
				switch {
				case holder[u] == "" && was:
					t.Fatalf("%s: vacant %s was told", k, u)
				case holder[u] == "":
					skipped = true
				case !was || to != string(holder[u]):
					t.Fatalf("%s: told %q, want %s", k, to, holder[u])
				case !skipped && day[k] != due || skipped && day[k].After(due):
					t.Fatalf("%s: told on %s, want %s", k, day[k], due)
				default:
					skipped = false
				}
			}
		}
		if slowest > time.Minute {
			t.Errorf("a day's rungs took %v, want a minute at most", slowest)
		}
		if len(told) < 2*n || seen == 0 {
			t.Errorf("%d rungs told of %d tasks, %d messages", len(told), n, seen)
		}
		t.Logf("%d tasks, %d rungs told in %d messages; the slowest day took %v from due to the last hand-over", n, len(told), seen, slowest.Round(time.Millisecond))
	})
}

// manyTasks writes units, people and tasks. holder is who answers for a unit, none for a vacancy; path are the units above an owner.
func manyTasks(w *taskTown, n int) (holder map[planner.UnitID]planner.CadreID, path map[planner.CadreID][]planner.UnitID, ts []planner.Task) {
	holder, path = map[planner.UnitID]planner.CadreID{}, map[planner.CadreID][]planner.UnitID{}
	var units []planner.Unit
	var cadres []planner.Cadre
	unit := func(id planner.UnitID, network planner.Network, parent planner.UnitID) {
		u := planner.Unit{ID: id, Code: string(id), Name: "单位" + string(id), Network: network, Area: "411281", Parent: string(parent)}
		units = append(units, u)
	}
	cadre := func(id planner.CadreID, u planner.UnitID, rank planner.Rank) {
		cadres = append(cadres, planner.Cadre{ID: id, Code: "G-" + string(id), Name: "某" + string(id), Unit: u, Rank: rank, Active: true})
	}
	unit("B", planner.NetworkBureau, "")
	holder["B"] = "cB"
	cadre("cB", "B", planner.RankSection)
	var owners []planner.CadreID
	for s := range 20 {
		st := planner.UnitID(fmt.Sprintf("S%02d", s))
		unit(st, planner.NetworkStation, "B")
		if s%5 != 0 {
			holder[st] = planner.CadreID("c" + st)
			cadre(holder[st], st, planner.RankSection)
		}
		for i := range 20 {
			u := planner.UnitID(fmt.Sprintf("R%02d%02d", s, i))
			unit(u, planner.NetworkRoom, st)
			if i%3 != 0 {
				holder[u] = planner.CadreID("a" + u)
				cadre(holder[u], u, planner.RankSection)
			}
			own := planner.CadreID("z" + u)
			cadre(own, u, planner.RankStaff)
			owners, path[own] = append(owners, own), []planner.UnitID{u, st, "B"}
		}
	}
	for i := range n {
		due := civil.MustDate("2026-03-02").AddDays(i % 14)
		ts = append(ts, planner.Task{ID: planner.TaskID(fmt.Sprintf("m%06d", i)), Key: fmt.Sprintf("many/%06d", i), Kind: planner.TaskPromise, Owner: owners[i%len(owners)], Household: "h1",
			Say: planner.Text{ZH: "代办老年公交卡", EN: "get the bus pass"}, StartOn: due.AddDays(-3), DueOn: due, EndOn: due.AddDays(90), State: planner.TaskDraft})
	}
	w.at("2026-02-20 08:00")
	w.write(func(tx *store.Tx) error {
		if err := tx.PutUnits(units); err != nil {
			return err
		}
		if err := tx.PutCadres(cadres); err != nil {
			return err
		}
		return tx.PutTasks(ts)
	})
	return holder, path, ts
}
