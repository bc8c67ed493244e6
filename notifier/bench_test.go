package notifier

import (
	cryptorand "crypto/rand"
	"fmt"
	"testing"
	"time"

	"lianxin/migrations/dbtest"
)

// BenchmarkMorning is what an office sends at eight: 30,000 people, one reminder each, over two providers that answer at
// once. It reports how long entering, sweeping and sending take.
func BenchmarkMorning(b *testing.B) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				db, err := openURL(url(b))
				if err != nil {
					b.Fatal(err)
				}
				const people = 30000
				ns := make([]Notice, people)
				for i := range ns {
					ns[i] = notice(fmt.Sprintf("%05d", i), "mwd/202601", "work-day-1", "2026-01-05 08:00", "2026-01-06 07:30")
				}
				l := crowd(db)
				keyed, plain := &fake{name: "file", keyed: true}, &fake{name: "line"}
				w := &Worker{Ledger: l, Channels: []Channel{keyed, plain}, Name: "bench"}
				b.StartTimer()
				start := time.Now()
				tx := db.MustBegin()
				if n, err := Enqueue(b.Context(), tx, l.Now(), cryptorand.Text, ns...); err != nil || n != people {
					b.Fatal(n, err)
				}
				if err := tx.Commit(); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(time.Since(start).Seconds(), "s-enter")
				start = time.Now()
				if _, err := l.Sweep(b.Context()); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(time.Since(start).Seconds(), "s-sweep")
				start = time.Now()
				out, err := w.RunOnce(b.Context())
				if err != nil || out.Handed != people {
					b.Fatal(out, err)
				}
				b.ReportMetric(time.Since(start).Seconds(), "s-send")
				b.StopTimer()
				db.Close()
				b.StartTimer()
			}
		})
	}
}
