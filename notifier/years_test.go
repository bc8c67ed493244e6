package notifier

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/migrations/dbtest"
	"lianxin/planner/civil"
)

// Ten years of an office of twenty, with every kind of schedule, a thousand outages of five minutes to three weeks and five
// hundred jumps of the clock by two hours (two of these years; LIANXIN_TEST_YEARS=10 lives all ten). What must have been sent is worked out here, day by day, without the package.

const (
	simYears   = 10
	simPeople  = 20
	simOutages = 1000
	simJumps   = 500
)

// span of true time; shift is what the clock is off by meanwhile, zero for an outage.
type stretch struct {
	from, until time.Time
	shift       time.Duration
}

func simulated(d civil.Date) bool {
	if d.Month == 10 && d.Day <= 7 || d.Month == 2 && d.Day >= 10 && d.Day <= 16 {
		return false
	}
	return !d.Weekend()
}

// item is what must be told, as the test works it out.
type item struct {
	who, subject, rule string
	due, end           time.Time // zero end: never useless
}

func (i item) key() string { return i.who + " " + i.subject + " " + i.rule }

func person(i int) string { return fmt.Sprintf("人%02d", i%simPeople) }

// back is the day n working days before d.
func back(d civil.Date, n int) civil.Date {
	for n > 0 {
		if d = d.AddDays(-1); simulated(d) {
			n--
		}
	}
	return d
}

// ofDay are the items of the kinds that a day brings.
func ofDay(d civil.Date) (duty, report, digest, visits []item) {
	hour := func(d civil.Date, c string) time.Time { return d.At(civil.MustClock(c), shanghai) }
	if simulated(d) {
		n := d.Sub(civil.Of(2020, 1, 1))
		duty = append(duty, item{person(n), "值班/" + d.String(), "duty", hour(d, "08:00"), hour(d, "18:00")})
		first := true
		for e := d.AddDays(-1); e.Month == d.Month; e = e.AddDays(-1) {
			first = first && !simulated(e)
		}
		if first {
			for i := range simPeople {
				digest = append(digest, item{person(i), "月报/" + d.String(), "digest", hour(d, "09:00"), hour(d.AddDays(10), "09:00")})
			}
		}
	}
	if d.Weekday() == time.Friday {
		for i := range 5 {
			report = append(report, item{person(i * 4), "周报/" + d.String(), "report", hour(d, "17:00"), time.Time{}})
		}
	}
	if d.Day == 15 {
		for i := range simPeople {
			for _, n := range []int{5, 2, 1} {
				visits = append(visits, item{person(i), "群众工作日/" + d.String(), fmt.Sprintf("T-%d", n), hour(back(d, n), "08:00"), hour(d, "07:30")})
			}
		}
	}
	return duty, report, digest, visits
}

func TestTenYearsOfOutagesAndClockJumps(t *testing.T) {
	years := simYears / 5
	if y := os.Getenv("LIANXIN_TEST_YEARS"); y != "" {
		fmt.Sscan(y, &years)
	}
	outages, jumps := simOutages*years/simYears, simJumps*years/simYears
	begun := time.Now()
	db, err := openURL(dbtest.SQLite(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	first, last := civil.Of(2026, 1, 1), civil.Of(2026+years, 1, 1)
	start, end := first.At(0, shanghai), last.At(0, shanghai)
	random := rand.New(rand.NewPCG(10, 20))
	moment := func() time.Time {
		return start.Add(time.Duration(random.Int64N(int64(end.Sub(start) - 30*24*time.Hour))))
	}
	var down, wrong []stretch
	for i := range outages {
		length := time.Duration(math.Exp(random.Float64()*math.Log(4*24*12)) * float64(5*time.Minute)) // 5 min to 4 days
		if i%50 == 0 {
			length = time.Duration(7+random.IntN(15)) * 24 * time.Hour
		}
		from := moment()
		down = append(down, stretch{from, from.Add(length), 0})
	}
	for range jumps {
		from := moment()
		shift := time.Duration(random.Int64N(int64(4*time.Hour))) - 2*time.Hour
		wrong = append(wrong, stretch{from, from.Add(10*time.Minute + time.Duration(random.Int64N(int64(10*time.Hour)))), shift})
	}
	within := func(ss []stretch, at time.Time) (time.Duration, bool) {
		for _, s := range ss {
			if !at.Before(s.from) && at.Before(s.until) {
				return s.shift, true
			}
		}
		return 0, false
	}

	expected := map[string]item{}
	for d := first; d.Before(last); d = d.AddDays(1) {
		duty, report, digest, visits := ofDay(d)
		for _, i := range slices.Concat(duty, report, digest, visits) {
			if !i.due.Before(start) && i.due.Before(end) {
				expected[i.key()] = i
			}
		}
	}

	o, mail, wake := simOffice(t, db, start)
	wake(o) // the office opens
	wakes := wakesOf(first, last, down, wrong)
	var good []time.Time // the program ran, with a clock that was right
	up := true
	for _, at := range wakes {
		if _, away := within(down, at); away {
			up = false
			continue
		}
		shift, off := within(wrong, at)
		o.clock.mu.Lock()
		o.clock.now = at.Add(shift)
		o.clock.mu.Unlock()
		if !up { // another process
			o.worker = &Worker{Ledger: o.Ledger, Channels: o.worker.Channels, Name: "w1", Schedules: o.worker.Schedules}
			up = true
		}
		wake(o)
		if !off {
			good = append(good, at)
		}
	}
	checkYears(t, o, mail, expected, good)
	took := time.Since(begun)
	t.Logf("%d items, %d wakes, %d outages, %d jumps in %v", len(expected), len(wakes), outages, jumps, took.Round(time.Millisecond))
}

// wakesOf are the instants at which the program looks: after each hour at which something may be due, and after each
// outage and jump.
func wakesOf(first, last civil.Date, down, wrong []stretch) (wakes []time.Time) {
	for d := first; d.Before(last.AddDays(40)); d = d.AddDays(1) {
		for _, c := range []string{"08:00", "09:00", "17:00"} {
			if simulated(d) && (c == "08:00" || c == "09:00" && d.Day < 12) || c == "17:00" && d.Weekday() == time.Friday {
				wakes = append(wakes, d.At(civil.MustClock(c), shanghai).Add(5*time.Second))
			}
		}
	}
	for _, s := range slices.Concat(down, wrong) {
		wakes = append(wakes, s.until.Add(time.Second))
		if s.shift != 0 {
			wakes = append(wakes, s.from.Add(time.Second))
		}
	}
	slices.SortFunc(wakes, time.Time.Compare)
	return wakes
}

// simOffice has one schedule of each kind. Duty and digest are made at their instants, each missed one too; visits and
// reports by a sweep that looks back and ahead.
func simOffice(t *testing.T, db *sqlx.DB, start time.Time) (*office, *fake, func(*office)) {
	mail := &fake{name: "mail", keyed: true}
	o := newOffice(t, db, mail)
	o.clock.now = start
	o.IsWorkday = simulated
	for i := range simPeople {
		o.people[person(i)] = Person{Addresses: []Address{{"mail", person(i)}}}
	}
	o.Render = func(_ string, ns []Notice) (Content, error) {
		var keys []string
		for _, n := range ns {
			keys = append(keys, n.Recipient+" "+n.Subject+" "+n.Rule)
		}
		return Content{Subject: "提醒", Text: strings.Join(keys, "\n")}, nil
	}
	enter := func(items []item) error {
		ns := make([]Notice, len(items))
		for i, it := range items {
			ns[i] = Notice{Recipient: it.who, Subject: it.subject, Rule: it.rule, DueAt: it.due, ExpiresAt: it.end, Template: "t"}
		}
		o.enqueue(ns...)
		return nil
	}
	visit, err := ParseLead("T-5 08:00")
	if err != nil {
		t.Fatal(err)
	}
	o.worker.Schedules = []Schedule{
		{Name: "duty", Spec: "工作日 08:00", Each: true, Do: func(_ context.Context, due time.Time) error {
			duty, _, _, _ := ofDay(civil.DateIn(due, shanghai))
			return enter(duty)
		}},
		{Name: "digest", Spec: "每月首个工作日 09:00", Each: true, Do: func(_ context.Context, due time.Time) error {
			_, _, digest, _ := ofDay(civil.DateIn(due, shanghai))
			return enter(digest)
		}},
		{Name: "report", Spec: "0 17 * * 5", Each: true, Do: func(_ context.Context, due time.Time) error {
			_, report, _, _ := ofDay(civil.DateIn(due, shanghai))
			return enter(report)
		}},
		{Name: "visits", Spec: "每天 07:00", Do: func(context.Context, time.Time) error {
			today := civil.DateIn(o.Now(), shanghai)
			var items []item
			for d := today.AddDays(-40); d.Before(today.AddDays(20)); d = d.AddDays(1) {
				if d.Day != 15 {
					continue
				}
				_, _, _, visits := ofDay(d)
				for i, it := range visits {
					lead := visit
					fmt.Sscanf(it.rule, "T%d", &lead.Days)
					visits[i].due = lead.Of(d, shanghai, simulated) // by the package, and compared below
				}
				items = append(items, visits...)
			}
			items = slices.DeleteFunc(items, func(i item) bool { return i.due.Before(start) })
			return enter(items)
		}},
	}
	return o, mail, func(o *office) { o.run() }
}

// checkYears holds what was sent against what should have been.
func checkYears(t *testing.T, o *office, mail *fake, expected map[string]item, good []time.Time) {
	t.Helper()
	told := map[string]int{}
	for _, m := range mail.sends {
		for key := range strings.SplitSeq(m.Text, "\n") {
			told[key]++
		}
	}
	ns, err := Notices(t.Context(), o.DB, Filter{Limit: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	held := map[string]Notice{}
	sent, expired, later := 0, 0, 0
	for _, n := range ns {
		key := n.Recipient + " " + n.Subject + " " + n.Rule
		it, known := expected[key]
		if !known { // of the weeks after the last year
			later++
			continue
		}
		held[key] = n
		if !n.DueAt.Equal(it.due) {
			t.Errorf("%s: due %v, want %v", key, n.DueAt, it.due)
		}
		switch {
		case n.State == NoticeDone && told[key] == 1:
			sent++
		case n.State == NoticeExpired && told[key] == 0 && strings.HasPrefix(n.Why, whyLate):
			expired++
			// By policy only if there was no chance on any working day, or one on the day whose digest had gone.
			chances := map[civil.Date]bool{}
			for _, at := range good {
				if day := civil.DateIn(at, shanghai); !at.Before(it.due) && at.Before(it.end) && simulated(day) {
					chances[day] = true
				}
			}
			if len(chances) > 1 || len(chances) == 1 && !strings.Contains(n.Why, whyDailyLimit) {
				t.Errorf("%s: expired (%s), though the program ran on %v", key, n.Why, chances)
			}
		default:
			t.Errorf("%s: %s %q, told %d times", key, n.State, n.Why, told[key])
		}
	}
	for key := range expected {
		if _, ok := held[key]; !ok {
			t.Errorf("%s is missing", key)
		}
	}
	if sent == 0 || expired == 0 {
		t.Errorf("%d sent and %d expired: the test is too weak", sent, expired)
	}
	t.Logf("%d sent once, %d expired with a note, %d beyond the end", sent, expired, later)
}
