package followup_test

import (
	"fmt"
	"testing"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
)

// 100,000 open tasks below a bureau, 20 stations and 400 rooms, every fifth station and every third room vacant: over three weeks of
// daily sweeps each rung with somebody in it is told once, on its day, and it is the right person.
func TestAHundredThousandTasksClimbEachRungOnceToTheRightHolder(t *testing.T) {
	var r planner.Roster
	r.Units = []planner.Unit{{ID: "B", Code: "B", Network: planner.NetworkBureau}}
	r.Cadres = []planner.Cadre{{ID: "cB", Code: "cB", Unit: "B", Rank: planner.RankSection, Active: true}}
	holder := map[planner.UnitID]planner.CadreID{"B": "cB"}
	parent := map[planner.UnitID]planner.UnitID{}
	var owners []planner.CadreID
	room := map[planner.CadreID]planner.UnitID{}
	for s := range 20 {
		st := planner.UnitID(fmt.Sprintf("S%02d", s))
		parent[st] = "B"
		r.Units = append(r.Units, planner.Unit{ID: st, Code: string(st), Network: planner.NetworkStation, Parent: "B"})
		if s%5 != 0 {
			holder[st] = planner.CadreID("c" + st)
			r.Cadres = append(r.Cadres, planner.Cadre{ID: holder[st], Code: string(holder[st]), Unit: st, Rank: planner.RankSection, Active: true})
		}
		for i := range 20 {
			u := planner.UnitID(fmt.Sprintf("R%02d%02d", s, i))
			parent[u] = st
			r.Units = append(r.Units, planner.Unit{ID: u, Code: string(u), Network: planner.NetworkRoom, Parent: string(st)})
			if i%3 != 0 {
				holder[u] = planner.CadreID("a" + u)
				r.Cadres = append(r.Cadres, planner.Cadre{ID: holder[u], Code: "a" + string(u), Unit: u, Rank: planner.RankSection, Active: true})
			}
			own := planner.CadreID("z" + u)
			r.Cadres = append(r.Cadres, planner.Cadre{ID: own, Code: string(own), Unit: u, Rank: planner.RankStaff, Active: true})
			owners, room[own] = append(owners, own), u
		}
	}
	work := calendar.Embedded()
	var ts []planner.Task
	for i := range 100_000 {
		due := civil.MustDate("2026-03-02").AddDays(i % 14)
		ts = append(ts, planner.Task{ID: planner.TaskID(fmt.Sprint(i)), Key: fmt.Sprint(i), Owner: owners[i%len(owners)], StartOn: due.AddDays(-7), DueOn: due, EndOn: due.AddDays(90), State: planner.TaskReady})
	}
	at := map[planner.TaskID]int{}
	for i, x := range ts {
		at[x.ID] = i
	}
	office := followup.NewOffice(r)
	type rung struct {
		task planner.TaskID
		n    int
	}
	told := map[rung]civil.Date{}
	for day := civil.MustDate("2026-03-02"); day.Before(civil.MustDate("2026-03-31")); day = day.AddDays(1) {
		for _, c := range followup.Sweep(ts, day, office, followup.Yima(), work.Add) {
			for _, call := range c.Calls {
				k := rung{c.Task.ID, call.Rung}
				if was, again := told[k]; again {
					t.Fatalf("task %s told rung %d on %s and on %s", k.task, k.n, was, day)
				}
				told[k] = day
				if holder[call.Unit] != call.To {
					t.Fatalf("task %s: unit %s is answered for by %q, told %q", k.task, call.Unit, holder[call.Unit], call.To)
				}
			}
			ts[at[c.Task.ID]] = c.Task
		}
	}
	for _, x := range ts {
		path := []planner.UnitID{room[x.Owner], parent[room[x.Owner]], "B"}
		skipped := false
		for i, u := range path {
			on, was := told[rung{x.ID, i + 1}]
			want := work.Add(x.DueOn, []int{1, 3, 5}[i])
			switch {
			case holder[u] == "" && was:
				t.Fatalf("task %s: vacant %s was told", x.ID, u)
			case holder[u] == "":
				skipped = true
			case !was:
				t.Fatalf("task %s: rung %d (%s) was never told", x.ID, i+1, u)
			case !skipped && on != want || skipped && on.After(want):
				t.Fatalf("task %s: rung %d told on %s, want %s", x.ID, i+1, on, want)
			default:
				skipped = false
			}
		}
	}
	t.Logf("%d notices about %d tasks", len(told), len(ts))
}
