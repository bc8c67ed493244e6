package followup

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"lianxin/planner"
	"lianxin/planner/civil"
)

func TestALadderIsReadInBothLanguages(t *testing.T) {
	for _, c := range []struct {
		text, want string // want: the limits as ParseLadder reads them; empty: refused
	}{
		{"1wd,3wd,5wd", "1wd 3wd 5wd"}, {"1工作日、3个工作日，7日", "1wd 3wd 7d"}, {"2d, 5天, 10d", "2d 5d 10d"}, {"3d,3wd", "3d 3wd"},
		{"3wd,3d", ""}, {"3wd,1wd", ""}, {"2wd,2wd", ""}, {"", ""}, {"0wd", ""}, {"3", ""}, {"wd", ""}, {"400d", ""}, {"-1d", ""}, {"1d,2d,3d,4d,5d,6d,7d,8d,9d", ""},
	} {
		l, err := ParseLadder(c.text)
		got := ""
		for i, limit := range l.Limits {
			if i > 0 {
				got += " "
			}
			got += limit.String()
		}
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q: got %q, %v; want %q", c.text, got, err, c.want)
		}
	}
}

func TestRungsFallDueInWorkingOrCalendarDaysWithoutThoseOfAHearing(t *testing.T) {
	late := promise(planner.TaskReady) // due on Monday 2026-01-12
	hearing := func(planner.Task) []civil.Span {
		return []civil.Span{{From: day("2026-01-14"), Until: day("2026-01-21")}}
	}
	for _, c := range []struct {
		name   string
		ladder string
		pause  func(planner.Task) []civil.Span
		want   [4]string // rungs 1 to 4
	}{
		{"working days skip the weekend", "1wd,3wd,5wd", nil, [4]string{"2026-01-13", "2026-01-15", "2026-01-19", "2026-01-21"}},
		{"calendar days do not", "1d,3d,7d", nil, [4]string{"2026-01-13", "2026-01-15", "2026-01-19", "2026-01-23"}},
		{"mixed ladders go on with their last step", "2wd,10d", nil, [4]string{"2026-01-14", "2026-01-22", "2026-02-01", "2026-02-11"}},
		{"working days of a hearing do not count", "1wd,3wd,5wd", hearing, [4]string{"2026-01-13", "2026-01-22", "2026-01-26", "2026-01-28"}},
		{"nor do its calendar days", "1d,3d,7d", hearing, [4]string{"2026-01-13", "2026-01-22", "2026-01-26", "2026-01-30"}},
	} {
		l, err := ParseLadder(c.ladder)
		if err != nil {
			t.Fatal(err)
		}
		l.Paused = c.pause
		for i, want := range c.want {
			if got := l.RungOn(late, i, weekdays); got != day(want) {
				t.Errorf("%s: rung %d on %s, want %s", c.name, i+1, got, want)
			}
		}
	}
	endless := Yima()
	endless.Paused = func(planner.Task) []civil.Span { return []civil.Span{{From: day("2026-01-01")}} }
	if got := endless.RungOn(late, 0, weekdays); got.Before(day("2028-01-01")) {
		t.Errorf("a pause without an end: got %s", got)
	}
}

func TestNobodyIsToldDuringAHearingAndNothingIsForgottenAfterIt(t *testing.T) {
	late := promise(planner.TaskReady)
	l := Yima()
	l.Paused = func(planner.Task) []civil.Span {
		return []civil.Span{{From: day("2026-01-14"), Until: day("2026-03-02")}}
	}
	o, ts := office(nil), []planner.Task{late} // its window ends on 2026-02-11, in the hearing
	told := map[civil.Date][]planner.CadreID{}
	for d := day("2026-01-12"); d.Before(day("2026-03-20")); d = d.AddDays(1) {
		for _, c := range Sweep(ts, d, o, l, weekdays) {
			ts[0] = c.Task
			for _, call := range c.Calls {
				told[d] = append(told[d], call.To)
			}
		}
	}
	want := map[string]string{"2026-01-13": "[guan]", "2026-03-02": "[zhan ju]"} // it failed in the hearing: all that remain hear on the first day after it
	for d, who := range told {
		if fmt.Sprint(who) != want[d.String()] {
			t.Errorf("on %s: told %v, want %s", d, who, want[d.String()])
		}
		delete(want, d.String())
	}
	if len(want) > 0 || ts[0].State != planner.TaskFailed {
		t.Errorf("never told: %v; state %s, want failed after the hearing", want, ts[0].State)
	}
}

func TestWhoHasTakenNoteIsNotToldAgainAndTheOthersAre(t *testing.T) {
	l := Yima()
	l.Knows = func(id planner.TaskID, c planner.CadreID) bool { return c == "zhan" }
	changes := Sweep([]planner.Task{promise(planner.TaskReady)}, day("2026-01-20"), office(nil), l, weekdays)
	got := fmt.Sprint(changes[0].Calls)
	if got != "[{1 room guan} {3 bureau ju}]" || changes[0].Task.Rung != 3 {
		t.Errorf("got %s, rung %d; want the room and the bureau, all rungs passed", got, changes[0].Task.Rung)
	}
}

// Random histories of 40 tasks below a random tree: people go on leave and come back, somebody is named to act, hearings begin and end,
// people take note, owners take up, complete and cancel, and the office's sweep is missed for days. Whatever happens: a rung is told once
// and not before its day, never in a hearing, never of a task that is closed, never to who knows or to the owner, and to who answers for
// the unit on that day; and a task that stays undone ends with all its rungs passed.
func TestRandomHistoriesTellEachRungOnceAtItsTimeAndNoneOfAClosedTask(t *testing.T) {
	calls, pauses, acks, closed := 0, 0, 0, 0
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 5))
		roster := planner.Roster{Units: []planner.Unit{{ID: "B", Code: "B", Network: planner.NetworkBureau}}}
		add := func(u planner.UnitID, n int) {
			for i := range n {
				rank := planner.RankStaff
				if r.IntN(3) == 0 {
					rank = planner.RankSection
				}
				c := planner.Cadre{ID: planner.CadreID(fmt.Sprintf("%s-%d", u, i)), Code: fmt.Sprintf("%s%d", u, i), Unit: u, Rank: rank, Active: r.IntN(8) > 0}
				for range r.IntN(3) {
					from := day("2026-01-01").AddDays(r.IntN(80))
					c.Leaves = append(c.Leaves, planner.Leave{Span: civil.Span{From: from, Until: from.AddDays(1 + r.IntN(20))}})
				}
				roster.Cadres = append(roster.Cadres, c)
			}
		}
		add("B", r.IntN(3))
		parents := []planner.UnitID{"B"}
		for i := range 2 + r.IntN(6) {
			u := planner.UnitID(fmt.Sprintf("U%d", i))
			roster.Units = append(roster.Units, planner.Unit{ID: u, Code: string(u), Parent: string(parents[r.IntN(len(parents))])})
			parents = append(parents, u)
			add(u, r.IntN(4))
		}
		if len(roster.Cadres) == 0 {
			continue
		}
		o := NewOffice(roster)
		var acting []planner.ActingHolder
		for _, u := range parents {
			if r.IntN(4) == 0 {
				from := day("2026-01-01").AddDays(r.IntN(60))
				acting = append(acting, planner.ActingHolder{Unit: u, Cadre: roster.Cadres[r.IntN(len(roster.Cadres))].ID, From: from, Until: from.AddDays(1 + r.IntN(40))})
			}
		}
		o.Acting(acting)
		limits := []string{"1wd,3wd,5wd", "2d,4d,9d", "1wd,5d,8wd"}
		l, err := ParseLadder(limits[r.IntN(len(limits))])
		if err != nil {
			t.Fatal(err)
		}
		hearings, knows := map[planner.TaskID][]civil.Span{}, map[string]bool{}
		l.Paused = func(x planner.Task) []civil.Span { return hearings[x.ID] }
		l.Knows = func(id planner.TaskID, c planner.CadreID) bool { return knows[string(id)+string(c)] }
		ts := make([]planner.Task, 40)
		for i := range ts {
			due := day("2026-01-05").AddDays(r.IntN(40))
			ts[i] = planner.Task{ID: planner.TaskID(fmt.Sprint("t", i)), Key: fmt.Sprint("k", i), Owner: roster.Cadres[r.IntN(len(roster.Cadres))].ID,
				StartOn: due.AddDays(-r.IntN(10)), DueOn: due, EndOn: due.AddDays(r.IntN(30)), State: planner.TaskReady}
			if r.IntN(4) == 0 {
				from := due.AddDays(r.IntN(10) - 3)
				hearings[ts[i].ID] = []civil.Span{{From: from, Until: from.AddDays(1 + r.IntN(12))}}
				pauses++
			}
		}
		told := map[string]bool{}
		for d := day("2026-01-01"); d.Before(day("2026-05-01")); d = d.AddDays(1 + r.IntN(3)*r.IntN(3)) {
			for i := range ts {
				if ts[i].State.Terminal() || r.IntN(60) > 0 {
					continue
				}
				to := []planner.TaskState{planner.TaskInProgress, planner.TaskCompleted, planner.TaskCancelled}[r.IntN(3)]
				if next, err := Advance(ts[i], to, Resolved, d); err == nil {
					ts[i] = next
					closed++
				}
			}
			before := map[planner.TaskID]planner.Task{}
			for _, x := range ts {
				before[x.ID] = x
			}
			for _, c := range Sweep(ts, d, o, l, weekdays) {
				was := before[c.Task.ID]
				for i := range ts {
					if ts[i].ID == c.Task.ID {
						ts[i] = c.Task
					}
				}
				rung := was.Rung
				for _, call := range c.Calls {
					calls++
					k := fmt.Sprint(c.Task.ID, " rung ", call.Rung)
					holder, ok := o.Holder(call.Unit, c.Task.Owner, d)
					switch {
					case told[k]:
						t.Fatalf("seed %d: %s told twice", seed, k)
					case was.State.Terminal():
						t.Fatalf("seed %d: %s told though it was %s", seed, k, was.State)
					case within(hearings[c.Task.ID], d):
						t.Fatalf("seed %d: %s told in a hearing", seed, k)
					case knows[string(c.Task.ID)+string(call.To)] || call.To == c.Task.Owner:
						t.Fatalf("seed %d: %s told to %s, who knows or is the owner", seed, k, call.To)
					case !ok || holder != call.To:
						t.Fatalf("seed %d: %s told to %s, want %s", seed, k, call.To, holder)
					case call.Rung <= rung || call.Rung > c.Task.Rung:
						t.Fatalf("seed %d: %s told out of order, after %d", seed, k, rung)
					}
					// A vacant rung falls through to this one, so the day is that of the lowest passed since the call before.
					if due := l.RungOn(was, rung, weekdays); d.Before(due) && c.Task.State != planner.TaskFailed {
						t.Fatalf("seed %d: %s told on %s, not due before %s", seed, k, d, due)
					}
					told[k], rung = true, call.Rung
					if r.IntN(3) == 0 {
						knows[string(c.Task.ID)+string(call.To)] = true
						acks++
					}
				}
			}
			if again := Sweep(ts, d, o, l, weekdays); len(again) > 0 {
				t.Fatalf("seed %d: a second sweep on %s changes %+v", seed, d, again[0])
			}
		}
		for _, x := range ts {
			if x.State == planner.TaskFailed && x.Rung != len(o.Path(x.Owner)) {
				t.Fatalf("seed %d: %s failed at rung %d of %d", seed, x.ID, x.Rung, len(o.Path(x.Owner)))
			}
		}
	}
	if calls < 1000 || pauses < 1000 || acks < 300 || closed < 1000 {
		t.Errorf("%d calls, %d hearings, %d taken note, %d steps by hand: the histories are too tame", calls, pauses, acks, closed)
	}
	t.Logf("%d calls, %d hearings, %d taken note, %d steps by hand", calls, pauses, acks, closed)
}
