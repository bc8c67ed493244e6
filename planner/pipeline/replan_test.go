package pipeline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/sheet"
	"lianxin/planner/store"
)

// draftState is all that stands in the period's draft or review, without the audit.
func (w *planTown) draftState() string {
	w.t.Helper()
	var b []byte
	err := w.DB.Read(context.Background(), planner.System("test"), func(tx *store.Tx) error {
		plan, err := tx.PlanFor(2026, planner.PlanDraft, planner.PlanReview)
		if planner.KindOf(err) == planner.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		r, err := tx.Roster()
		if err != nil {
			return err
		}
		b, err = json.Marshal(map[string]any{"plan": plan, "cadres": r.Cadres, "recusals": r.Recusals})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

// inForce plans and publishes 2026.
func inForce(t *testing.T, url string) *planTown {
	t.Helper()
	w := newPlanTown(t, url)
	w.plan()
	if _, fs, err := w.Publish(context.Background(), thePlanner, 2026, true); err != nil {
		t.Fatal(err, fs)
	}
	return w
}

func TestAReplanIsPreviewedStoredPublishedAndHandedOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		ctx := context.Background()
		w := inForce(t, url)
		w.write(func(tx *store.Tx) error {
			h, err := tx.Household(w.house["H01"])
			if err != nil {
				return err
			}
			h.MuteUntil, h.Contact = civil.Of(2026, 2, 1), "13900001111"
			return tx.PutHouseholds([]planner.Household{h})
		})
		rows, err := w.Pairings(ctx, thePlanner, pipeline.PairingFilter{Tier: planner.TierHousehold, Limit: 500})
		if err != nil {
			t.Fatal(err)
		}
		leaves, had := "", 0
		for _, r := range rows.Rows {
			if r.Code == "H01" {
				leaves = r.CadreCode
			}
		}
		for _, r := range rows.Rows {
			if r.CadreCode == leaves {
				had++
			}
		}
		w.write(func(tx *store.Tx) error {
			return tx.PutTasks([]planner.Task{{ID: "T1", Key: "promise/1", Kind: planner.TaskPromise, Owner: w.cadre[leaves], Household: w.house["H01"], State: planner.TaskReady,
				Say: planner.Text{ZH: "问清水费标准", EN: "ask about the water fee"}, StartOn: civil.Of(2026, 1, 2), DueOn: civil.Of(2026, 1, 20), EndOn: civil.Of(2026, 2, 20)}})
		})
		before := w.draftState()
		dry, err := w.Replan(ctx, thePlanner, pipeline.ReplanRequest{Period: 2026, Leave: []string{leaves}, DryRun: true})
		if err != nil {
			t.Fatal(err)
		}
		if w.draftState() != before {
			t.Error("a dry run wrote something")
		}
		if dry.Changed != had || dry.Proved != had {
			t.Errorf("%d changed, proved %d; who leaves had %d", dry.Changed, dry.Proved, had)
		}
		for _, c := range dry.Changes {
			if c.Tier == planner.TierHousehold && (c.FromCode != leaves || c.ToCode == "" || c.Why.ZH == "" || !c.Private) {
				t.Errorf("a change without old, new or reason: %+v", c)
			}
		}
		rep, err := w.Replan(ctx, thePlanner, pipeline.ReplanRequest{Period: 2026, Leave: []string{leaves}})
		if err != nil {
			t.Fatal(err)
		}
		if len(rep.Changes) != len(dry.Changes) || rep.Plan.Price != dry.Plan.Price {
			t.Error("what was stored is not what was shown")
		}
		if _, _, err := w.Publish(ctx, thePlanner, 2026, true); err != nil {
			t.Fatal(err)
		}
		if _, err := w.VerifyPlan(ctx, thePlanner, 2026); err != nil {
			t.Errorf("a published replan does not verify: %v", err)
		}
		books, err := w.HandoverBooks(ctx, thePlanner, 2026)
		if err != nil {
			t.Fatal(err)
		}
		households := 0
		var all bytes.Buffer
		for _, b := range books {
			if b.FromCode != leaves {
				continue
			}
			households += len(b.Households)
			if b.VisitBy != civil.Of(2026, 2, 4) {
				t.Errorf("the joint visit is due on %s", b.VisitBy)
			}
			var buf bytes.Buffer
			if err := sheet.WriteHandover(&buf, b.HandoverBook); err != nil {
				t.Fatal(err)
			}
			x, err := excelize.OpenReader(&buf)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range x.GetSheetList() {
				rows, err := x.GetRows(name)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range rows {
					all.WriteString(strings.Join(r, "|") + "\n")
				}
			}
			x.Close()
		}
		if households != had {
			t.Errorf("%d households handed over, %d had to be", households, had)
		}
		for _, want := range []string{"H01", "问清水费标准", "2026年1月20日", "2026年2月1日", "监交人", "共同走访"} {
			if !strings.Contains(all.String(), want) {
				t.Errorf("the packages do not say %s", want)
			}
		}
		for _, never := range []string{"13900001111", "19900000000", "调离", "不再承担"} {
			if strings.Contains(all.String(), never) {
				t.Errorf("a package says %s", never)
			}
		}
		if _, err := w.HandoverBooks(ctx, theAuditor, 2026); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("an auditor gets packages: %v", err)
		}
	})
}

func TestHandWorkShowsItsExactPriceIsKeptAndCanBeUndone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		ctx := context.Background()
		w := newPlanTown(t, url)
		first := w.plan()
		states := []string{w.draftState()}
		rows, err := w.Pairings(ctx, thePlanner, pipeline.PairingFilter{Tier: planner.TierHousehold, Limit: 500})
		if err != nil {
			t.Fatal(err)
		}
		one, other := rows.Rows[0], rows.Rows[len(rows.Rows)-1]
		explained, err := w.Explain(ctx, thePlanner, one.Household, 20)
		if err != nil {
			t.Fatal(err)
		}
		if len(explained.Others) == 0 || !explained.Others[0].Forbidden.IsZero() {
			t.Fatalf("nobody else for %s", one.Code)
		}
		to := explained.Others[0]
		shown, err := w.Pin(ctx, thePlanner, 2026, one.Household, to.Cadre, false)
		if err != nil {
			t.Fatal(err)
		}
		if shown.Done || shown.Extra != to.Extra || shown.Before != first.Price || w.draftState() != states[0] {
			t.Errorf("shown %d (done %t), the residual cycle says %d", shown.Extra, shown.Done, to.Extra)
		}
		for _, step := range []func() (pipeline.HandReport, error){
			func() (pipeline.HandReport, error) {
				return w.Pin(ctx, thePlanner, 2026, one.Household, to.Cadre, true)
			},
			func() (pipeline.HandReport, error) { return w.Pin(ctx, thePlanner, 2026, other.Household, "", true) },
			func() (pipeline.HandReport, error) {
				return w.Swap(ctx, thePlanner, 2026, one.Household, other.Household, true)
			},
			func() (pipeline.HandReport, error) {
				return w.Unpin(ctx, thePlanner, 2026, other.Household, true)
			},
		} {
			rep, err := step()
			if err != nil {
				t.Fatal(err)
			}
			if !rep.Done || rep.Plan.Gap != 0 {
				t.Errorf("%s: done %t, gap %d", rep.Op, rep.Done, rep.Plan.Gap)
			}
			states = append(states, w.draftState())
		}
		// The next plan keeps the pins.
		kept := w.plan()
		if len(kept.Tiers) == 0 {
			t.Fatal("no tiers")
		}
		after, err := w.Explain(ctx, thePlanner, one.Household, 0)
		if err != nil || after.Row.Origin != planner.OriginPin || after.Row.Cadre != other.Cadre {
			t.Errorf("the next plan: %s by %s, %v", after.Row.CadreCode, after.Row.Origin, err)
		}
		// It is the same plan, so there is no step of it to undo.
		for i := len(states) - 1; i >= 0; i-- {
			if got := w.draftState(); got != states[i] {
				t.Fatalf("state %d is not restored:\n%.300s\n%.300s", i, got, states[i])
			}
			rep, err := w.UndoPlan(ctx, thePlanner, 2026)
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 && (rep.Op != "plan" || rep.Plan.ID != "") {
				t.Errorf("the first step: %+v", rep)
			}
		}
		if _, err := w.UndoPlan(ctx, thePlanner, 2026); planner.KindOf(err) != planner.NotFound {
			t.Errorf("nothing is left to undo: %v", err)
		}
	})
}

func TestHandWorkThatBreaksARuleIsRefusedWithTheRule(t *testing.T) {
	ctx := context.Background()
	w := newPlanTown(t, dbtest.SQLite(t))
	w.plan()
	w.write(func(tx *store.Tx) error {
		return tx.PutRecusals([]planner.Recusal{{Cadre: w.cadre["K07"], Household: w.house["H01"], Kind: planner.RecusalDeclared}})
	})
	before := w.draftState()
	for _, c := range []struct {
		cadre, says string
	}{{"K07", "回避"}, {"K13", "请假"}, {"K00", "不是一般干部"}} {
		rep, err := w.Pin(ctx, thePlanner, 2026, w.house["H01"], w.cadre[c.cadre], true)
		if planner.KindOf(err) != planner.Invalid || len(rep.Broken) == 0 || !strings.Contains(rep.Broken[0].ZH, c.says) {
			t.Errorf("%s: %v, %v", c.cadre, rep.Broken, err)
		}
	}
	if _, err := w.Pin(ctx, thePlanner, 2026, w.house["H39"], w.cadre["K07"], true); planner.KindOf(err) != planner.Invalid {
		t.Errorf("a household that declined was pinned: %v", err)
	}
	if _, err := w.Unpin(ctx, thePlanner, 2026, w.house["H02"], true); planner.KindOf(err) != planner.NotFound {
		t.Errorf("a pin that is none was lifted: %v", err)
	}
	if _, err := w.Pin(ctx, theAuditor, 2026, w.house["H02"], "", true); planner.KindOf(err) != planner.Forbidden {
		t.Errorf("an auditor pins: %v", err)
	}
	if w.draftState() != before {
		t.Error("a refused wish changed the draft")
	}
	w.write(func(tx *store.Tx) error { return tx.PutSetting("other", "x") })
	if _, err := w.UndoPlan(ctx, thePlanner, 2026); err != nil {
		t.Errorf("a change of something else stands in the way of an undo: %v", err)
	}
}

func TestAPinOfWhoLeavesIsDroppedWithAReason(t *testing.T) {
	ctx := context.Background()
	w := inForce(t, dbtest.SQLite(t))
	rows, err := w.Pairings(ctx, thePlanner, pipeline.PairingFilter{Tier: planner.TierHousehold, Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	one := rows.Rows[3]
	if _, err := w.Pin(ctx, thePlanner, 2026, one.Household, "", true); err != nil {
		t.Fatal(err)
	}
	rep, err := w.Replan(ctx, thePlanner, pipeline.ReplanRequest{Period: 2026, Leave: []string{one.CadreCode}, DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(rep.Findings) != 1 || rep.Findings[0].Code != "pin-dropped" || !strings.Contains(rep.Findings[0].Say.ZH, one.Code) {
		t.Errorf("findings: %v", rep.Findings)
	}
	rep, err = w.Replan(ctx, thePlanner, pipeline.ReplanRequest{Period: 2026, DryRun: true})
	if err != nil || len(rep.Findings) != 0 || rep.Changed != 0 {
		t.Errorf("nothing happened: %d changed, %v, %v", rep.Changed, rep.Findings, err)
	}
}

func TestWhatIfComparesAndStoresNothing(t *testing.T) {
	ctx := context.Background()
	w := inForce(t, dbtest.SQLite(t))
	before := w.draftState()
	rep, err := w.WhatIf(ctx, thePlanner, pipeline.WhatIfRequest{Period: 2026, Leave: []string{"K07"}, Presets: []string{"eight"}})
	if err != nil {
		t.Fatal(err)
	}
	keys := ""
	byKey := map[string]pipeline.WhatIfPlan{}
	for _, p := range rep.Plans {
		keys += p.Key + " "
		byKey[p.Key] = p
		people, households := 0, 0
		for n, c := range p.Loads {
			people += c
			households += n * c
		}
		if want := map[bool]int{true: 7, false: 6}[p.Key == "in-force"]; p.Gap != 0 || households != p.Households || people != want {
			t.Errorf("%s: gap %d, %d people, %d of %d households", p.Key, p.Gap, people, households, p.Households)
		}
	}
	if keys != "in-force replan solve preset:eight " {
		t.Errorf("plans: %s", keys)
	}
	if byKey["in-force"].Changed != 0 || byKey["in-force"].Price > byKey["solve"].Price {
		t.Errorf("nobody leaves: %d changed at %d", byKey["in-force"].Changed, byKey["in-force"].Price)
	}
	if byKey["replan"].Changed > byKey["solve"].Changed || byKey["solve"].Price > byKey["replan"].Price {
		t.Errorf("fewest changes %d at %d, least price %d at %d", byKey["replan"].Changed, byKey["replan"].Price, byKey["solve"].Changed, byKey["solve"].Price)
	}
	if w.draftState() != before {
		t.Error("a comparison stored something")
	}
	if _, err := w.WhatIf(ctx, theAuditor, pipeline.WhatIfRequest{Period: 2026}); planner.KindOf(err) != planner.Forbidden {
		t.Errorf("an auditor compares: %v", err)
	}
}
