package pipeline

import (
	"log/slog"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"lianxin/planner"
	"lianxin/planner/store"
)

// BenchmarkAnswersOfAPrefecture asks the database at LIANXIN_PREFECTURE, such as the one that `make prefecture` leaves without its last
// step, or one of a single county, about 300 random households of one county after another, the largest first, as a server does that
// has loaded it: why this cadre with the five next ones, why not a random other, the first 20. It logs loading apart, median, 99th
// percentile and maximum, and what the thread itself worked, which a busy machine does not stretch. Without the variable there is
// nothing to measure.
func BenchmarkAnswersOfAPrefecture(b *testing.B) {
	url := os.Getenv("LIANXIN_PREFECTURE")
	if url == "" {
		b.Log("LIANXIN_PREFECTURE names no database")
		return
	}
	db, err := store.Open(b.Context(), store.Options{URL: url, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	a := &App{DB: db, Now: func() time.Time { return time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC) }, Zone: time.FixedZone("Asia/Shanghai", 8*3600),
		NewID: planner.SeededIDs(1, "ask"), Preset: "yima", Log: slog.New(slog.DiscardHandler)}
	office := planner.System("test")
	var roster planner.Roster
	if err := db.Read(b.Context(), office, func(tx *store.Tx) (err error) { roster, err = tx.Roster(); return err }); err != nil {
		b.Fatal(err)
	}
	homes, staff := map[planner.AreaCode][]planner.HouseholdID{}, map[planner.AreaCode][]string{}
	for _, h := range roster.Households {
		if h.Served() {
			homes[h.Village.County()] = append(homes[h.Village.County()], h.ID)
		}
	}
	seat := map[planner.UnitID]planner.AreaCode{}
	for _, u := range roster.Units {
		seat[u.ID] = u.Area.County()
	}
	for _, c := range roster.Cadres {
		if c.Rank == planner.RankStaff && c.Active {
			staff[seat[c.Unit]] = append(staff[seat[c.Unit]], c.Code)
		}
	}
	roster = planner.Roster{}
	counties := make([]planner.AreaCode, 0, len(homes))
	for c := range homes {
		counties = append(counties, c)
	}
	slices.SortFunc(counties, func(x, y planner.AreaCode) int { return len(homes[y]) - len(homes[x]) })
	r := rand.New(rand.NewPCG(1, 23))
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for _, county := range counties {
		any := func() planner.HouseholdID { return homes[county][r.IntN(len(homes[county]))] }
		start := time.Now()
		if _, err := a.Recommend(b.Context(), office, any(), 20); err != nil {
			b.Fatal(err)
		}
		b.Logf("%s: %d cadres, %d households; loaded in %v", county, len(staff[county]), len(homes[county]), time.Since(start).Round(time.Millisecond))
		for _, ask := range []struct {
			name string
			do   func() error
		}{
			{"explain", func() error { _, err := a.Explain(b.Context(), office, any(), 5); return err }},
			{"recommend20", func() error { _, err := a.Recommend(b.Context(), office, any(), 20); return err }},
			{"why-not", func() error {
				_, err := a.WhyNot(b.Context(), office, any(), staff[county][r.IntN(len(staff[county]))])
				return err
			}},
		} {
			took, worked := make([]time.Duration, 300), make([]time.Duration, 300)
			for k := range took {
				start, before := time.Now(), threadTime()
				if err := ask.do(); err != nil && planner.KindOf(err) != planner.NotFound {
					b.Fatal(ask.name, err)
				}
				took[k], worked[k] = time.Since(start), threadTime()-before
			}
			slices.Sort(took)
			slices.Sort(worked)
			b.Logf("%s %s: p50 %v, p99 %v, max %v; on the processor p50 %v, p99 %v", county, ask.name, took[150].Round(time.Microsecond), took[297].Round(time.Microsecond), took[299].Round(time.Microsecond),
				worked[150].Round(time.Microsecond), worked[297].Round(time.Microsecond))
		}
	}
}

// threadTime is how long this thread has been on a processor.
func threadTime() time.Duration {
	const thread = 1 // RUSAGE_THREAD of Linux
	var u syscall.Rusage
	if err := syscall.Getrusage(thread, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
