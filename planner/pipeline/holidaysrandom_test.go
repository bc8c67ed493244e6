package pipeline_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// anyNotice2027 is a notice of runs of days off and of weekend days worked, some of them in the December before, and now and then on
// the very days on which cadres go out.
func anyNotice2027(r *rand.Rand) calendar.Notice {
	n := calendar.Notice{Year: 2027, Papers: []string{"随机通知"}, Provisional: r.IntN(4) == 0}
	taken := map[civil.Date]bool{}
	add := func(d civil.Date, off bool) {
		if d.Year >= 2026 && d.Year <= 2027 && !d.Before(civil.Of(2026, 12, 1)) && !taken[d] {
			taken[d] = true
			n.Days = append(n.Days, calendar.NoticeDay{Name: []string{"元旦", "春节", "清明节", "劳动节", "国庆节"}[r.IntN(5)], On: d, Off: off})
		}
	}
	// New Year's Day is off in every notice and by the law: the eve of a holiday weighs more in the rota of the year before, which a notice
	// lays anew only if it orders days of its December.
	n.Days = append(n.Days, calendar.NoticeDay{Name: "元旦", On: civil.Of(2027, 1, 1), Off: true})
	taken[civil.Of(2027, 1, 1)] = true
	for range 3 + r.IntN(5) {
		from := civil.Of(2027, 1, 1).AddDays(r.IntN(364))
		switch r.IntN(4) {
		case 0: // around the fifteenth
			from = civil.Of(2027, time.Month(1+r.IntN(12)), 13+r.IntN(3))
		case 1: // around December's
			from = civil.Of(2026, 12, 12+r.IntN(5))
		}
		for i := range 1 + r.IntN(7) {
			add(from.AddDays(i), true)
		}
	}
	for range r.IntN(6) {
		d := civil.Of(2026, 12, 1).AddDays(r.IntN(390))
		for !d.Weekend() {
			d = d.AddDays(1)
		}
		add(d, false)
	}
	return n.Sorted()
}

// withClerk is a town with a clerk who keeps the hall open and so goes out on other days, laid for two years.
func withClerk(t *testing.T, url string) *calendarTown {
	w := newCalendarTown(t, url, 2)
	w.planOf(2027)
	w.write(func(tx *store.Tx) error {
		return tx.PutAccounts([]planner.Account{{ID: "clerk", Login: "clerk", Name: "某", Cadre: "id-S0001", Roles: []planner.Role{planner.RoleClerk}}})
	})
	w.today("2026-11-30")
	w.rest()
	return w
}

// rest lays both years, and once more: the second time nothing moves.
func (w *calendarTown) rest() {
	w.lay(2026)
	w.lay(2027)
	if n := w.lay(2026).Changed + w.lay(2027).Changed; n > 0 {
		w.t.Fatalf("laid again, %d rows changed", n)
	}
}

// take stores a notice without laying anything.
func (w *calendarTown) take(n calendar.Notice) {
	w.write(func(tx *store.Tx) error {
		held, err := tx.HolidayNotices()
		if err != nil {
			return err
		}
		for i := range held {
			held[i].Live = false
		}
		return tx.PutHolidayNotices(append(held, planner.HolidayNotice{Year: n.Year, Turn: len(held) + 1, Official: !n.Provisional, Live: true, Papers: n.Papers, Days: n.Days, SHA256: fmt.Sprintf("%064d", len(held))}))
	})
}

// seen is what a calendar says, without the names that each database gives its rows.
func (w *calendarTown) seen() (lines []string) {
	events, visits := w.all()
	for key, e := range events {
		lines = append(lines, fmt.Sprint(key, e.Kind, e.On, e.From, e.Until, e.NominalOn, e.Why, e.Cadre, e.Village, e.Place, e.Status, e.Sequence))
	}
	for _, v := range visits {
		lines = append(lines, fmt.Sprint("visit ", v.Cadre, v.Household, v.On, v.Stop, v.Hours, v.State, v.Event != ""))
	}
	slices.Sort(lines)
	return lines
}

// Whatever a notice says, and whatever notice held before: each event whose drawing changes gets one revision, no other gets any, and
// the calendar is the one that comes of laying both years anew from all that is stored.
func TestAnyNoticeMovesWhatALayingOfAllWouldMove(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w, whole := withClerk(t, url), withClerk(t, dbtest.SQLite(t))
		r := rand.New(rand.NewPCG(2027, 5))
		moved, decembers := 0, 0
		rounds := 4
		if smallTest() {
			rounds = 2
		}
		for round := range rounds {
			before, _ := w.all()
			text := w.rendered()
			n := anyNotice2027(r)
			for _, x := range []*calendarTown{w, whole} {
				x.now = x.now.Add(time.Minute)
			}
			done, err := w.ImportHolidays(t.Context(), asPlanner, n, false)
			if err != nil {
				t.Fatal(err)
			}
			changed, _ := w.oneRevision(before, text)
			if changed != done.Stamped {
				t.Errorf("round %d: %d events are drawn otherwise, %d said to be: %v", round, changed, done.Stamped, n.Days)
			}
			moved += changed
			for _, e := range done.Events {
				if e.Was.Year == 2026 && e.Kind == planner.EventMassWorkDay {
					decembers++
				}
			}
			whole.take(n)
			whole.lay(2026)
			whole.lay(2027)
			if d := cmp.Diff(whole.seen(), w.seen()); d != "" {
				t.Fatalf("round %d: (-laid anew +by the notice) %v\n%s", round, n.Days, d)
			}
			w.rest()
			whole.rest()
		}
		if moved == 0 || decembers == 0 {
			t.Errorf("the notices moved %d events, and %d days of December; want some of both", moved, decembers)
		}
	})
}
