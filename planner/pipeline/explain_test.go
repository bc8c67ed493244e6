package pipeline_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// private are words that give away why somebody is kept from a household.
var private = []string{"回避", "请假", "recus", "leave"}

// tells reports whether a value, as JSON, holds one of the private words.
func tells(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range private {
		if strings.Contains(string(b), w) {
			return w
		}
	}
	return ""
}

func TestWhyNotAndWhoElseAreExactKeptAndTellNobodyPrivateReasons(t *testing.T) {
	ctx := context.Background()
	dbtest.Each(t, func(t *testing.T, url string) {
		w := newPlanTown(t, url)
		w.plan()
		h := w.house["H07"]
		list, err := w.Recommend(ctx, thePlanner, h, 20)
		if err != nil || len(list) < 6 {
			t.Fatalf("recommend: %d, %v", len(list), err)
		}
		last := planner.Seconds(0)
		for _, x := range list {
			v, err := w.WhyNot(ctx, thePlanner, h, x.CadreCode)
			if err != nil {
				t.Fatal(err)
			}
			if !x.Forbidden.IsZero() {
				if v.Answer != "forbidden" {
					t.Errorf("%s: recommended as forbidden, why not says %s", x.CadreName, v.Answer)
				}
				continue
			}
			sum := planner.Seconds(0)
			for _, p := range v.Parts {
				sum += p.Price
			}
			if v.Answer != "dearer" || v.Extra != x.Extra || sum != v.Extra || len(v.Changes) != x.Moves+1 || x.Extra < last {
				t.Errorf("%s: recommended %+v, why not %+v with parts of %d", x.CadreName, x, v, sum)
			}
			last = x.Extra
		}
		if v, err := w.WhyNot(ctx, thePlanner, h, w.holder("H07")); err != nil || v.Answer != "paired" {
			t.Errorf("the present one: %+v, %v", v, err)
		}
		away, err := w.WhyNot(ctx, thePlanner, h, "K13")
		if err != nil || away.Answer != "forbidden" || !strings.Contains(away.Say.ZH, "长期请假") {
			t.Errorf("one on leave, to a planner: %+v, %v", away, err)
		}
		away, err = w.WhyNot(ctx, theAuditor, h, "K13")
		if word := tells(t, away); err != nil || word != "" || !strings.Contains(away.Say.ZH, "按规定不安排") {
			t.Errorf("one on leave, to an auditor: %+v, %v; tells %s", away, err, word)
		}
		cadre := planner.Principal{Account: "x", Roles: []planner.Role{planner.RoleCadre}, Cadre: w.cadre["K07"]}
		if _, err := w.WhyNot(ctx, cadre, h, "K13"); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("a cadre asks: %v, want Forbidden", err)
		}
		if _, err := w.WhyNot(ctx, thePlanner, h, "K99"); planner.KindOf(err) != planner.NotFound {
			t.Errorf("an unknown cadre: %v, want NotFound", err)
		}
		if _, err := w.WhyNot(ctx, thePlanner, h, "K00"); planner.KindOf(err) != planner.NotFound {
			t.Errorf("a leader: %v, want NotFound", err)
		}

		// What is kept does not outlive the roster, whoever writes, nor the plan.
		to := list[0]
		w.write(func(tx *store.Tx) error {
			return tx.PutRecusals([]planner.Recusal{{Cadre: to.Cadre, Household: h, Kind: planner.RecusalRequested}})
		})
		if _, err := w.WhyNot(ctx, thePlanner, h, to.CadreCode); planner.KindOf(err) != planner.Conflict {
			t.Errorf("after a recusal: %v, want Conflict", err)
		}
		if e, err := w.Explain(ctx, thePlanner, h, 3); err != nil || len(e.Others) > 0 || e.NoOthers.IsZero() {
			t.Errorf("after a recusal: %+v, %v; want words instead of others", e, err)
		}
		w.plan()
		if v, err := w.WhyNot(ctx, thePlanner, h, to.CadreCode); err != nil || v.Answer != "forbidden" || !strings.Contains(v.Say.EN, "recused") {
			t.Errorf("planned again: %+v, %v", v, err)
		}
	})
}

func TestAPlanThatLeavesSomebodyOutSaysWhyAndWhatHelps(t *testing.T) {
	ctx := context.Background()
	w := newPlanTown(t, dbtest.SQLite(t))
	if xs, err := w.Infeasible(ctx, thePlanner, 2026, ""); err != nil || len(xs) != 0 {
		t.Fatalf("all can be served: %+v, %v", xs, err)
	}
	w.write(func(tx *store.Tx) error {
		r, err := tx.Roster()
		if err != nil {
			return err
		}
		for k := range r.Cadres {
			if r.Cadres[k].Rank == planner.RankStaff {
				r.Cadres[k].Capacity = 5
			}
		}
		return tx.PutCadres(r.Cadres) // 35 places for 39 households
	})
	s := w.plan()
	if s.Unserved() != 4 {
		t.Fatalf("unserved %d, want 4", s.Unserved())
	}
	xs, err := w.Infeasible(ctx, thePlanner, 2026, "")
	if err != nil || len(xs) != 1 || xs[0].Wanted != 39 || xs[0].Most != 35 || len(xs[0].Left) != 4 {
		t.Fatalf("got %+v, %v; want 35 of 39", xs, err)
	}
	if n := len(xs[0].Conflict); n != 36+7+1 { // 36 households, seven caps of five, and one who is away
		t.Errorf("a conflict of %d elements, want 44", n)
	}
	if len(xs[0].Ways) != 3 || tells(t, xs) == "" {
		t.Errorf("ways %+v; want three, and a planner told that K13 is away", xs[0].Ways)
	}
	out, err := w.Infeasible(ctx, theAuditor, 2026, "")
	if word := tells(t, out); err != nil || word != "" || len(out) != 1 || len(out[0].Ways) == 0 {
		t.Errorf("an auditor: %v, tells %q", err, word)
	}
	if _, err := w.Infeasible(ctx, planner.Principal{Account: "x", Roles: []planner.Role{planner.RoleCadre}}, 2026, ""); planner.KindOf(err) != planner.Forbidden {
		t.Errorf("a cadre asks: %v, want Forbidden", err)
	}
	help, err := w.HelpWhere(ctx, thePlanner, 10)
	if err != nil || len(help.Units) == 0 || len(help.Villages) == 0 || !help.Units[0].Serves || help.Meaning.IsZero() {
		t.Errorf("help where: %+v, %v", help, err)
	}
	// One who has nobody can be asked about.
	if list, err := w.Recommend(ctx, thePlanner, w.house[xs[0].Left[0]], 3); err != nil || len(list) == 0 {
		t.Errorf("recommend for one left out: %+v, %v", list, err)
	}
}

// BenchmarkExplainInAService asks a database of its own, LIANXIN_BENCH_DATABASE with the key file LIANXIN_BENCH_KEYS, about
// 2,000 random households: the pair's reasons with six others, and why not a random cadre. The median and the 99th
// percentile count from the question to the answer, the database included, after one question has made the index.
func BenchmarkExplainInAService(b *testing.B) {
	url := os.Getenv("LIANXIN_BENCH_DATABASE")
	if url == "" {
		b.Log("LIANXIN_BENCH_DATABASE names no database; nothing is measured")
		return
	}
	keys, err := store.LoadKeyring(os.Getenv("LIANXIN_BENCH_KEYS"))
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{URL: url, Keys: keys})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	app := &pipeline.App{DB: db, Now: time.Now, Zone: time.UTC, NewID: planner.SeededIDs(1, "bench"), Preset: "yima"}
	var roster planner.Roster
	if err := db.Read(ctx, thePlanner, func(tx *store.Tx) (err error) { roster, err = tx.Roster(); return err }); err != nil {
		b.Fatal(err)
	}
	houses := slices.DeleteFunc(roster.Households, func(h planner.Household) bool { return !h.Served() })
	staff := slices.DeleteFunc(roster.Cadres, func(c planner.Cadre) bool { return c.Rank != planner.RankStaff || !c.Active })
	r := rand.New(rand.NewPCG(1, 23))
	start := time.Now()
	if _, err := app.Recommend(ctx, thePlanner, houses[0].ID, 1); err != nil {
		b.Fatal(err)
	}
	load := time.Since(start)
	const asked = 2000
	var explain, why []time.Duration
	for b.Loop() {
		explain, why = nil, nil
		for range asked {
			h, c := houses[r.IntN(len(houses))], staff[r.IntN(len(staff))]
			start := time.Now()
			if _, err := app.Explain(ctx, thePlanner, h.ID, 6); err != nil {
				b.Fatal(err)
			}
			explain = append(explain, time.Since(start))
			start = time.Now()
			if _, err := app.WhyNot(ctx, thePlanner, h.ID, c.Code); err != nil {
				b.Fatal(err)
			}
			why = append(why, time.Since(start))
		}
	}
	slices.Sort(explain)
	slices.Sort(why)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(load), "ms-load")
	b.ReportMetric(ms(explain[asked/2]), "ms-explain-p50")
	b.ReportMetric(ms(explain[asked*99/100]), "ms-explain-p99")
	b.ReportMetric(ms(why[asked/2]), "ms-why-not-p50")
	b.ReportMetric(ms(why[asked*99/100]), "ms-why-not-p99")
}
