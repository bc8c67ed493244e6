package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
)

// bigCounty makes n households, with as many pairings and five visits each at the size of a real county (n = 16,000).
func bigCounty(n int) (planner.Roster, planner.Plan, []planner.Event, []planner.Visit) {
	r := planner.Roster{
		Areas: []planner.Area{{Code: "411281", Name: "义马市", Level: planner.LevelCounty}},
		Units: []planner.Unit{{ID: "U", Code: "D", Name: "局", Network: planner.NetworkBureau, Area: "411281"}},
	}
	plan := planner.Plan{ID: "P", Period: 2026, Status: planner.PlanDraft, Valid: civil.YearSpan(2026)}
	ids := planner.SeededIDs(7, "big county")
	var events []planner.Event
	for i := range max(1, n/14) {
		c := planner.Cadre{ID: planner.CadreID(ids()), Code: fmt.Sprintf("G%05d", i), Name: "样某某", Unit: "U", Rank: planner.RankStaff,
			Mobile: fmt.Sprintf("138%08d", i), Capacity: 15, Active: true}
		r.Cadres = append(r.Cadres, c)
		for m := range 12 {
			id := ids()
			events = append(events, planner.Event{ID: planner.EventID(id), Key: fmt.Sprintf("mwd/2026%02d/%s", m+1, c.ID), UID: id + "@lianxin.test",
				Kind: planner.EventMassWorkDay, On: civil.Of(2026, time.Month(m+1), 15), From: 510, Until: 1050, Cadre: c.ID,
				Status: planner.StatusConfirmed, Digest: "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b", CreatedAt: today, ChangedAt: today})
		}
	}
	for v := range 35 {
		r.Areas = append(r.Areas, planner.Area{Code: planner.AreaCode(fmt.Sprintf("411281001%03d", v)), Name: "社区", Level: planner.LevelVillage, Parent: "411281"})
	}
	var visits []planner.Visit
	for i := range n {
		h := planner.Household{ID: planner.HouseholdID(ids()), Code: fmt.Sprintf("H%06d", i), Village: r.Areas[1+i%35].Code, Head: "张某某", Guide: "请联系社区工作室",
			Contact: fmt.Sprintf("139%08d", i), Hours: planner.HoursAny, Consent: planner.ConsentGiven, Needs: []planner.Need{planner.NeedCare}, Active: true}
		r.Households = append(r.Households, h)
		cadre := r.Cadres[i%len(r.Cadres)].ID
		plan.Pairings = append(plan.Pairings, planner.Pairing{ID: planner.PairingID(ids()), Tier: planner.TierHousehold, Cadre: cadre, Household: h.ID, Price: 900,
			Origin: planner.OriginSolver, Reasons: []planner.Reason{
				{Rule: "travel", Price: 1200, Say: planner.Text{ZH: "从东一街到甲社区约20分钟", EN: "about 20 minutes from Dongyijie to Jia"}},
				{Rule: "need", Price: -600, Say: planner.Text{ZH: "样某某能提供日常照料", EN: "the cadre can help with everyday care"}},
				{Rule: "load", Price: 300, Say: planner.Text{ZH: "这是样某某的第9户", EN: "household 9 of the cadre"}}}})
		for k := range 4 {
			visits = append(visits, planner.Visit{ID: planner.VisitID(ids()), Event: events[(i%len(r.Cadres))*12+3*k].ID, Cadre: cadre, Household: h.ID,
				On: civil.Of(2026, time.Month(3*k+1), 15), Stop: 1 + i%5, Hours: planner.HoursAny, State: planner.VisitPlanned})
		}
	}
	return r, plan, events, visits
}

// BenchmarkCounty writes, rewrites unchanged and reads a county of 16,000 households with 16,000 pairings and 64,000
// visits, each with its audit. Run with -benchtime=1x; times are printed per step.
func BenchmarkCounty(b *testing.B) {
	roster, plan, events, visits := bigCounty(16000)
	for _, engine := range []struct {
		name string
		url  func(testing.TB) string
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}} {
		b.Run(engine.name, func(b *testing.B) {
			for range b.N {
				db := openAt(b, engine.url(b))
				step := func(name string, fn func() error) {
					start := time.Now()
					if err := fn(); err != nil {
						b.Fatalf("%s: %v", name, err)
					}
					b.ReportMetric(time.Since(start).Seconds(), name+"-s")
				}
				write := func(name string, fn func(*Tx) error) {
					step(name, func() error {
						return db.Write(context.Background(), office, Op{Name: name, Now: today, Batch: "I"}, fn)
					})
				}
				read := func(name string, p planner.Principal, fn func(*Tx) error) {
					step(name, func() error { return db.Read(context.Background(), p, fn) })
				}
				write("roster", func(tx *Tx) error {
					if err := put(tx, roster); err != nil {
						return err
					}
					return tx.PutImport(ImportRecord{ID: "I", At: today})
				})
				write("undo", func(tx *Tx) error { _, err := tx.UndoImport("I"); return err })
				write("roster-again", func(tx *Tx) error { return put(tx, roster) })
				write("roster-same", func(tx *Tx) error { return put(tx, roster) })
				write("plan", func(tx *Tx) error { return tx.PutPlan(plan) })
				write("publish", func(tx *Tx) error { return tx.SetPlanStatus("P", planner.PlanDraft, planner.PlanPublished) })
				write("events", func(tx *Tx) error { return tx.PutEvents(events) })
				write("visits", func(tx *Tx) error { return tx.PutVisits(visits) })
				write("visits-same", func(tx *Tx) error { return tx.PutVisits(visits) })
				read("read-roster", office, func(tx *Tx) error { _, err := tx.Roster(); return err })
				read("read-plan", office, func(tx *Tx) error { _, err := tx.Plan("P"); return err })
				read("read-page", office, func(tx *Tx) error {
					_, _, err := tx.PairingsOf("P", PairingFilter{Tier: planner.TierHousehold, Limit: 50, Offset: 5000})
					return err
				})
				read("read-year", office, func(tx *Tx) error { _, err := tx.Visits(VisitFilter{Span: civil.YearSpan(2026)}); return err })
				cadre := planner.Principal{Account: "a", Cadre: roster.Cadres[5].ID}
				read("cadre-roster", cadre, func(tx *Tx) error { _, err := tx.Roster(); return err })
				read("cadre-plan", cadre, func(tx *Tx) error { _, err := tx.Plan("P"); return err })
				read("cadre-days", cadre, func(tx *Tx) error {
					if _, err := tx.Visits(VisitFilter{Cadre: cadre.Cadre}); err != nil {
						return err
					}
					_, err := tx.Events(EventFilter{Cadre: cadre.Cadre})
					return err
				})
				read("households-50", office, func(tx *Tx) error {
					for i := range 50 {
						if _, err := tx.Household(roster.Households[i*300].ID); err != nil {
							return err
						}
					}
					return nil
				})
				step("seal", func() error { _, err := db.Seal(context.Background(), today); return err })
				step("verify", func() error { _, err := db.VerifyChain(context.Background()); return err })
				step("canonical", func() error { canonical(b, db); return nil })
			}
		})
	}
}
