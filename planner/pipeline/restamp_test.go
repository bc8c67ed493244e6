package pipeline_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// off replaces what is known of the year's days off, as an import of the notice does.
func (w *taskTown) off(turn int, days ...string) {
	w.t.Helper()
	n := planner.HolidayNotice{Year: 2026, Turn: turn, Official: true, Live: true, Papers: []string{"test"}, SHA256: fmt.Sprintf("%064d", turn)}
	for _, d := range days {
		n.Days = append(n.Days, planner.HolidayDay{On: civil.MustDate(d), Off: true, Name: "放假"})
	}
	w.write(func(tx *store.Tx) error {
		old, err := tx.HolidayNotices()
		if err != nil {
			return err
		}
		for i := range old {
			old[i].Live = false
		}
		if err := tx.PutHolidayNotices(old); err != nil {
			return err
		}
		return tx.PutHolidayNotices([]planner.HolidayNotice{n})
	})
}

func (w *taskTown) restamp() int {
	w.t.Helper()
	n, err := w.RestampMatters(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// A letter is being answered when the notice of the holidays comes: the last working day before its deadline moves, with its task and
// what is reminded. The deadline of the statute stays.
func TestAHolidayNoticeMovesTheLastWorkingDayOfAMatter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newMatterTown(t, url)
		id := w.register(atCounter, letter).Matter
		w.do(atCounter, id, pipeline.MatterDeed{Kind: planner.ActAccept})
		w.do(atCounter, id, pipeline.MatterDeed{Kind: planner.ActAssign, Unit: "room", Number: "信交〔2026〕1号"})
		if got := w.openTasks(id); !slices.Equal(got, []string{"matter guan 2026-04-30"}) {
			t.Fatalf("before the notice: %v", got)
		}
		if n := w.restamp(); n != 0 {
			t.Errorf("nothing is new, %d matters restamped", n)
		}
		w.at("2026-04-01 09:00")
		if _, err := w.EnsureReminders(t.Context(), 60); err != nil {
			t.Fatal(err)
		}
		before := w.waitingAbout(id)
		if len(before) == 0 {
			t.Fatal("nothing is reminded of, so nothing is shown")
		}
		w.off(1, "2026-04-29", "2026-04-30", "2026-05-01", "2026-05-02", "2026-05-03")
		if n := w.restamp(); n != 1 {
			t.Errorf("%d matters restamped, want 1", n)
		}
		if got := w.openTasks(id); !slices.Equal(got, []string{"matter guan 2026-04-28"}) {
			t.Errorf("after the notice: %v, want the 28th", got)
		}
		if v := w.matter(atCounter, id); v.DueOn.String() != "2026-05-01" {
			t.Errorf("the statute's day is %s, want it to stay on 05-01", v.DueOn)
		}
		if got := w.waitingAbout(id); len(got) != 0 {
			t.Errorf("still waits about the old day: %v", got)
		}
		if n := w.restamp(); n != 0 {
			t.Errorf("a second time: %d matters restamped", n)
		}
		if _, err := w.EnsureReminders(t.Context(), 60); err != nil {
			t.Fatal(err)
		}
		if got := w.waitingAbout(id); !slices.Equal(sorted(got), sorted(before)) {
			t.Errorf("reminded of the new day: %v, before %v", got, before)
		}
		// The notice is corrected, and the task goes back.
		w.off(2, "2026-05-01", "2026-05-02", "2026-05-03")
		if n := w.restamp(); n != 1 {
			t.Errorf("after the correction: %d matters restamped, want 1", n)
		}
		if got := w.openTasks(id); !slices.Equal(got, []string{"matter guan 2026-04-30"}) {
			t.Errorf("after the correction: %v", got)
		}
	})
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

// Whatever days off become known in whatever order: a matter's stored days are those that it would get if it were reckoned today, its
// one open task is due on the day to act, and a second pass changes nothing.
func TestRestampedMattersAreAsIfReckonedToday(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		random := rand.New(rand.NewPCG(5, 75))
		w := newMatterTown(t, url)
		var ids []planner.MatterID
		for i := range 12 {
			w.at(fmt.Sprintf("2026-03-%02d 09:00", 2+i))
			wish := letter
			wish.National = fmt.Sprintf("XF-TEST-%04d", i)
			id := w.register(atCounter, wish).Matter
			if i%3 > 0 {
				w.do(atCounter, id, pipeline.MatterDeed{Kind: planner.ActAccept})
			}
			if i%3 == 2 {
				w.do(atCounter, id, pipeline.MatterDeed{Kind: planner.ActAssign, Unit: "room", Number: fmt.Sprintf("信交〔2026〕%d号", i)})
			}
			ids = append(ids, id)
		}
		w.at("2026-03-13 18:00")
		moved, turns := 0, 12
		if smallTest() {
			turns = 4
		}
		for turn := 1; turn <= turns; turn++ {
			var days []string
			for d := civil.MustDate("2026-03-14"); d.Before(civil.MustDate("2026-06-01")); d = d.AddDays(1) {
				if random.IntN(3) == 0 {
					days = append(days, d.String())
				}
			}
			w.off(turn, days...)
			moved += w.restamp()
			if again := w.restamp(); again != 0 {
				t.Errorf("turn %d: a second pass changes %d", turn, again)
			}
			for _, id := range ids {
				w.wantReckoned(t, id, days)
			}
		}
		if moved < turns {
			t.Errorf("only %d changes in %d turns: nothing is shown", moved, turns)
		}
	})
}

// wantReckoned compares what is stored of a matter with a fresh reckoning over the days off.
func (w *taskTown) wantReckoned(t *testing.T, id planner.MatterID, off []string) {
	t.Helper()
	var m planner.Matter
	err := w.DB.Read(t.Context(), planner.System("test"), func(tx *store.Tx) (err error) {
		m, err = tx.Matter(id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	open := func(d civil.Date) (works, known bool) { return !d.Weekend() && !slices.Contains(off, d.String()), true }
	fresh, err := followup.Stamp(m, open)
	if err != nil {
		t.Fatal(err)
	}
	if fresh.DueOn != m.DueOn || fresh.ActOn != m.ActOn || fresh.DueStep != m.DueStep {
		t.Errorf("%s: stored %s %s %s, reckoned %s %s %s", m.Number, m.DueStep, m.DueOn, m.ActOn, fresh.DueStep, fresh.DueOn, fresh.ActOn)
	}
	got := w.openTasks(id)
	if len(got) != 1 || !strings.HasSuffix(got[0], " "+m.ActOn.String()) {
		t.Errorf("%s: tasks %v, want one due on %s", m.Number, got, m.ActOn)
	}
}
