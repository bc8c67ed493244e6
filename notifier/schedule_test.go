package notifier

import (
	"testing"
	"time"
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
