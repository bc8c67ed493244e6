package followup

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// weekdays counts Monday to Friday; holidays are another stage's.
func weekdays(d civil.Date, n int) civil.Date {
	for n > 0 {
		if d = d.AddDays(1); !d.Weekend() {
			n--
		}
	}
	return d
}

// office is a room below a station below the bureau. liu works in the room under its first person guan; the station's
// first person is zhan, the bureau's ju.
func office(change func(*planner.Roster)) *Office {
	r := planner.Roster{
		Units: []planner.Unit{
			{ID: "bureau", Code: "D1", Network: planner.NetworkBureau},
			{ID: "station", Code: "D2", Network: planner.NetworkStation, Parent: "D1"},
			{ID: "room", Code: "S1", Network: planner.NetworkRoom, Parent: "D2"},
		},
		Cadres: []planner.Cadre{
			{ID: "ju", Code: "G1", Unit: "bureau", Rank: planner.RankSection, Active: true},
			{ID: "mayor", Code: "G0", Unit: "bureau", Rank: planner.RankLeader, Active: true},
			{ID: "zhan", Code: "G5", Unit: "station", Rank: planner.RankSection, Active: true},
			{ID: "clerk", Code: "G2", Unit: "station", Rank: planner.RankStaff, Active: true},
			{ID: "guan", Code: "G3", Unit: "room", Rank: planner.RankStaff, Active: true},
			{ID: "liu", Code: "G4", Unit: "room", Rank: planner.RankStaff, Active: true},
		},
	}
	if change != nil {
		change(&r)
	}
	return NewOffice(r)
}

// cadre changes one cadre of a roster.
func cadre(id planner.CadreID, change func(*planner.Cadre)) func(*planner.Roster) {
	return func(r *planner.Roster) {
		for i := range r.Cadres {
			if r.Cadres[i].ID == id {
				change(&r.Cadres[i])
			}
		}
	}
}

func onLeave(from, until string) func(*planner.Cadre) {
	return func(c *planner.Cadre) {
		c.Leaves = []planner.Leave{{Span: civil.Span{From: day(from), Until: day(until)}}}
	}
}

// told lists who hears of a late promise (due on Monday 2026-01-12) in one sweep on a day.
func told(t *testing.T, o *Office, rung int, today string) (to []planner.CadreID, left planner.Task) {
	t.Helper()
	task := promise(planner.TaskReady)
	task.Rung = rung
	changes := Sweep([]planner.Task{task}, day(today), o, Yima(), weekdays)
	if len(changes) == 0 {
		return nil, task
	}
	for _, c := range changes[0].Calls {
		to = append(to, c.To)
	}
	return to, changes[0].Task
}

func TestTheLadderIsClimbedRungByRung(t *testing.T) {
	for _, c := range []struct {
		name  string
		rung  int // informed already
		today string
		want  []planner.CadreID
		left  int
	}{
		{"on the due day nobody is told", 0, "2026-01-12", nil, 0},
		{"one working day later the room is", 0, "2026-01-13", []planner.CadreID{"guan"}, 1},
		{"the same day again nobody is", 1, "2026-01-13", nil, 1},
		{"after two nobody else is", 1, "2026-01-14", nil, 1},
		{"after three the station is", 1, "2026-01-15", []planner.CadreID{"zhan"}, 2},
		{"a weekend counts for nothing", 2, "2026-01-18", nil, 2},
		{"after five the bureau is, and not the mayor", 2, "2026-01-19", []planner.CadreID{"ju"}, 3},
		{"above the bureau there is nobody", 3, "2026-01-30", nil, 3},
		{"a sweep that comes late tells all, lowest first", 0, "2026-01-20", []planner.CadreID{"guan", "zhan", "ju"}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, left := told(t, office(nil), c.rung, c.today)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("told, want − got +:\n%s", diff)
			}
			if left.Rung != c.left {
				t.Errorf("got rung %d, want %d", left.Rung, c.left)
			}
		})
	}
}

func TestARungWithoutAnybodyIsSkippedUpwards(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*planner.Roster)
		want   []planner.CadreID
		left   int
	}{
		{"the room's first person is on leave, so the next is the owner: the station hears at once",
			cadre("guan", onLeave("2026-01-01", "2026-02-01")), []planner.CadreID{"zhan"}, 2},
		{"the room's first person has left for good", cadre("guan", func(c *planner.Cadre) { c.Active = false }), []planner.CadreID{"zhan"}, 2},
		{"the station's first person is on leave: the next there answers", func(r *planner.Roster) {
			cadre("guan", onLeave("2026-01-01", "2026-02-01"))(r)
			cadre("zhan", onLeave("2026-01-01", "2026-02-01"))(r)
		}, []planner.CadreID{"clerk"}, 2},
		{"nobody is there at all", func(r *planner.Roster) { r.Cadres = r.Cadres[len(r.Cadres)-1:] }, nil, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, left := told(t, office(c.change), 0, "2026-01-13")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("told, want − got +:\n%s", diff)
			}
			if left.Rung != c.left {
				t.Errorf("got rung %d, want %d", left.Rung, c.left)
			}
		})
	}
}

func TestAFailedTaskTellsTheRungsThatRemain(t *testing.T) {
	got, left := told(t, office(nil), 1, "2026-02-12")
	if diff := cmp.Diff([]planner.CadreID{"zhan", "ju"}, got); diff != "" {
		t.Errorf("told, want − got +:\n%s", diff)
	}
	if left.State != planner.TaskFailed || left.Rung != 3 || left.Revision != 1 {
		t.Errorf("got %s, rung %d, revision %d; want failed, 3, 1", left.State, left.Rung, left.Revision)
	}
}

func TestASweepTouchesOnlyWhatChangesAndTwiceChangesNothing(t *testing.T) {
	early := promise(planner.TaskReady)
	early.ID, early.Key, early.DueOn = "t2", "promise/2", day("2026-01-09")
	draft := promise(planner.TaskDraft)
	closed := promise(planner.TaskCompleted)
	closed.ID, closed.Key = "t3", "promise/3"
	tasks := []planner.Task{draft, closed, early}
	changes := Sweep(tasks, day("2026-01-12"), office(nil), Yima(), weekdays)
	var keys []string
	var next []planner.Task
	for _, c := range changes {
		keys = append(keys, c.Task.Key)
		next = append(next, c.Task)
	}
	if diff := cmp.Diff([]string{"promise/2", "promise/1"}, keys); diff != "" {
		t.Errorf("changed, by due day, want − got +:\n%s", diff)
	}
	if again := Sweep(next, day("2026-01-12"), office(nil), Yima(), weekdays); len(again) != 0 {
		t.Errorf("the second sweep of a day changes %+v", again)
	}
}

func TestTheLadderGoesOnAboveItsLastRung(t *testing.T) {
	for i, want := range []int{1, 3, 5, 7, 9} {
		if got := Yima().limit(i).Days; got != want {
			t.Errorf("rung %d: got %d working days, want %d", i+1, got, want)
		}
	}
}

func TestALoopInTheNetworkEnds(t *testing.T) {
	o := office(func(r *planner.Roster) { r.Units[0].Parent = "S1" })
	if got := len(o.Path("liu")); got != 3 {
		t.Errorf("got %d units on the path, want 3", got)
	}
}
