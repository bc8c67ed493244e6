package notifier

import (
	"context"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/planner/civil"
)

func TestSchedulesThatWouldPanicOrNeverComeAreRefused(t *testing.T) {
	for _, spec := range []string{"", "TZ=", "CRON_TZ=Asia/Shanghai", "TZ=Asia/Shanghai", "0 8 30 2 *", "0 8 31 4,6,9,11 *", "61 * * * *", "* * *", "@never",
		"@every -1s x", "CRON_TZ=Nowhere/City 0 8 * * *", "0 8 * * 1-5 2026"} {
		if _, err := ParseSpec(spec); err == nil {
			t.Errorf("%q: got no error, want one", spec)
		}
	}
}

func TestOfficeSchedules(t *testing.T) {
	start := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC) // a Monday
	for spec, next := range map[string]string{
		"30 7 * * 1-5":                       "2026-01-06T07:30:00Z",
		"*/5 * * * *":                        "2026-01-05T08:05:00Z",
		"0 8 29 2 *":                         "2028-02-29T08:00:00Z",
		"@hourly":                            "2026-01-05T09:00:00Z",
		" CRON_TZ=Asia/Shanghai 0 17 * * * ": "2026-01-05T09:00:00Z",
		"0 8 13 * 5":                         "2026-01-09T08:00:00Z", // either the 13th or a Friday
	} {
		times, err := ParseSpec(spec)
		if err != nil {
			t.Errorf("%q: %v", spec, err)
			continue
		}
		if got := times.Next(start).UTC().Format(time.RFC3339); got != next {
			t.Errorf("%q: got %s, want %s", spec, got, next)
		}
	}
}

func FuzzParseSpec(f *testing.F) {
	for _, spec := range []string{"* * * * *", "TZ=", "CRON_TZ= 0", "@every 1h", "0 8 30 2 *", "0-59/0 * * * *", "*/0 * * * *"} {
		f.Add(spec)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		times, err := ParseSpec(spec)
		if err != nil {
			return
		}
		now := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
		if next := times.Next(now); !next.IsZero() && !next.After(now) {
			t.Errorf("%q: next after %s is %s", spec, now, next)
		}
	})
}

// weekdays are working days but for the first week of October, and Sunday 2026-10-11 is made up for it.
func weekdays(d civil.Date) bool {
	if d == civil.Of(2026, 10, 11) {
		return true
	}
	return !d.Weekend() && !(d.Month == 10 && d.Day <= 7)
}

func TestTheWordsOfAnOffice(t *testing.T) {
	for _, c := range []struct{ spec, from, next string }{
		{"工作日 08:00", "2026-09-30 08:00", "2026-10-08 08:00"},
		{"workdays 08:00", "2026-10-09 08:00", "2026-10-11 08:00"},
		{"每天 21:30", "2026-10-09 08:00", "2026-10-09 21:30"},
		{"每周一 08:00", "2026-10-09 08:00", "2026-10-12 08:00"},
		{"周日 08:00", "2026-10-09 08:00", "2026-10-11 08:00"},
		{"每月31日 09:00", "2026-08-31 09:00", "2026-10-31 09:00"},
		{"monthly 1 09:00", "2026-08-31 09:00", "2026-09-01 09:00"},
		{"每月首个工作日 09:00", "2026-09-01 09:00", "2026-10-08 09:00"},
		{"第3个工作日 09:00", "2026-10-01 09:00", "2026-10-11 09:00"},
		{"每月最后工作日 17:00", "2026-10-01 09:00", "2026-10-30 17:00"},
		{"last workday 17:00", "2026-10-30 17:00", "2026-11-30 17:00"},
		{"0 8 * * 1-5", "2026-10-09 08:00", "2026-10-12 08:00"}, // on the office's clocks
		{"CRON_TZ=UTC 0 8 * * *", "2026-10-09 08:00", "2026-10-09 16:00"},
	} {
		times, err := ParseTimes(c.spec, shanghai, weekdays)
		if err != nil {
			t.Errorf("%s: %v", c.spec, err)
			continue
		}
		want(t, c.spec, times.Next(at(c.from)).In(shanghai).Format("2006-01-02 15:04"), c.next)
	}
	for _, bad := range []string{"工作日", "工作日 25:00", "每月32日 09:00", "第25个工作日 09:00", "TZ=Asia/Shanghai", "0 8 30 2 *", "周八 08:00"} {
		if _, err := ParseTimes(bad, shanghai, weekdays); err == nil {
			t.Errorf("%s: got no error", bad)
		}
	}
	if _, err := ParseTimes("工作日 08:00", shanghai, func(civil.Date) bool { return false }); err == nil {
		t.Error("working days that never come: got no error")
	}
}

func TestLeadsCountWorkingDays(t *testing.T) {
	for _, c := range []struct{ lead, day, want string }{
		{"T-1 08:00", "2026-10-15", "2026-10-14 08:00"},
		{"T-5 08:00", "2026-10-15", "2026-10-09 08:00"}, // 14, 13, 12, the made-up 11, 9
		{"T-2 08:00", "2026-10-08", "2026-09-29 08:00"},
		{"T-3天 08:00", "2026-10-15", "2026-10-12 08:00"},
		{"当天 07:30", "2026-10-15", "2026-10-15 07:30"},
		{"T+1 09:00", "2026-10-09", "2026-10-11 09:00"},
	} {
		l, err := ParseLead(c.lead)
		if err != nil {
			t.Errorf("%s: %v", c.lead, err)
			continue
		}
		want(t, c.lead+" of "+c.day, l.Of(civil.MustDate(c.day), shanghai, weekdays).In(shanghai).Format("2006-01-02 15:04"), c.want)
	}
	for _, bad := range []string{"T-5", "5 08:00", "T-500 08:00", "T-1 24:30"} {
		if _, err := ParseLead(bad); err == nil {
			t.Errorf("%s: got no error", bad)
		}
	}
}

func TestMissedInstantsAreServedOnceEachOrAsOne(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		o := newOffice(t, db)
		o.IsWorkday = weekdays
		each, last := []string{}, []string{}
		note := func(to *[]string) func(context.Context, time.Time) error {
			return func(_ context.Context, due time.Time) error {
				*to = append(*to, due.In(shanghai).Format("01-02 15:04"))
				return nil
			}
		}
		o.worker.Schedules = []Schedule{{Name: "each", Spec: "工作日 09:00", Each: true, Do: note(&each)}, {Name: "last", Spec: "工作日 09:00", Do: note(&last)}}
		o.runAt("2026-10-08 08:00")
		o.runAt("2026-10-08 08:59")
		want(t, "before the first", len(each)+len(last), 0)
		o.worker = &Worker{Ledger: o.Ledger, Name: "w1", Schedules: o.worker.Schedules} // away for four days
		o.runAt("2026-10-12 12:00")
		o.runAt("2026-10-12 12:00")
		want(t, "each", each, []string{"10-08 09:00", "10-09 09:00", "10-11 09:00", "10-12 09:00"})
		want(t, "last", last, []string{"10-12 09:00"})
		o.runAt("2026-10-13 09:30") // two hours fast
		want(t, "while the clock is fast", each[4:], []string{"10-13 09:00"})
		o.runAt("2026-10-13 07:30")
		o.runAt("2026-10-13 09:00")
		want(t, "served again when it is set right: what was done early may have been done too early", each[4:], []string{"10-13 09:00", "10-13 09:00"})
		o.worker.Schedules[0].Spec = "工作日 10:00"
		o.runAt("2026-10-13 09:30")
		o.runAt("2026-10-13 10:00")
		want(t, "after another spec", each[6:], []string{"10-13 10:00"})
		failing := Schedule{Name: "failing", Spec: "每天 11:00", Each: true, Do: func(context.Context, time.Time) error { panic("a mistake") }}
		o.worker.Schedules = []Schedule{failing}
		o.runAt("2026-10-13 10:30")
		o.clock.set("2026-10-13 11:30")
		if _, err := o.worker.RunOnce(t.Context()); err == nil {
			t.Error("a failed sweep: got no error")
		}
		failing.Do = note(&each)
		o.worker.Schedules = []Schedule{failing}
		o.run()
		want(t, "what failed is served later", each[7:], []string{"10-13 11:00"})
	})
}
