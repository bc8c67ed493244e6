package pipeline_test

import (
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// A village that is merged into another ends; its people keep their cadres and their groups, and who may not go to them still may not.
// Undo brings it all back.
func TestAMergedVillagesPeopleKeepTheirCadres(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		const from, into = planner.AreaCode("411281001001"), planner.AreaCode("411281001002")
		w := newPlanTown(t, url)
		var recused planner.CadreID
		w.write(func(tx *store.Tx) error {
			r, err := tx.Roster()
			if err != nil {
				return err
			}
			for i := range r.Cadres {
				if c := &r.Cadres[i]; c.Code == "K00" {
					recused, c.NativeVillage = c.ID, from // a leader
					if err := tx.PutCadres([]planner.Cadre{*c}); err != nil {
						return err
					}
				}
			}
			return tx.PutRecusals([]planner.Recusal{{Cadre: recused, Village: from, Kind: planner.RecusalDeclared}})
		})
		w.plan()
		if _, fs, err := w.Publish(t.Context(), thePlanner, 2026, true); err != nil {
			t.Fatal(err, fs)
		}
		before := canonical(t, w.App)
		req := pipeline.ReplanRequest{Period: 2026, Merge: []pipeline.VillageMerge{{From: from, Into: into}}, DryRun: true}
		dry, err := w.Replan(t.Context(), thePlanner, req)
		if err != nil {
			t.Fatal(err)
		}
		if got := canonical(t, w.App); got != before {
			t.Error("the preview stored something")
		}
		req.DryRun = false
		rep, err := w.Replan(t.Context(), thePlanner, req)
		if err != nil {
			t.Fatal(err)
		}
		if rep.Changed != rep.Proved || rep.Changed != dry.Changed || rep.Changed != 0 {
			t.Errorf("%d households change, %d are proved to be the fewest, the preview said %d; want none", rep.Changed, rep.Proved, dry.Changed)
		}
		ended := 0
		for _, c := range rep.Changes {
			switch {
			case planner.AreaCode(c.Code).Village() == from:
				if ended++; c.FromCode == "" || c.ToCode != "" || !strings.Contains(c.Why.ZH, "撤并") {
					t.Errorf("the ended area %+v", c)
				}
			case c.Tier == planner.TierVillage && c.ToCode == "K00":
				t.Errorf("who is recused from the merged village looks after the one that it went to: %+v", c)
			}
		}
		if ended != 3 { // the village and its two groups
			t.Errorf("%d ended areas in the preview, want 3", ended)
		}
		err = w.DB.Read(t.Context(), planner.System("test"), func(tx *store.Tx) error {
			r, err := tx.Roster()
			if err != nil {
				return err
			}
			groups := map[planner.AreaCode]int{}
			for _, h := range r.Households {
				if h.Village != into || h.Head == "" {
					t.Errorf("%s lives in %s, head %q", h.Code, h.Village, h.Head)
				}
				groups[h.Group]++
			}
			if len(groups) != 4 || groups[into+"-03"] != 10 || groups[into+"-04"] != 10 {
				t.Errorf("households by group: %v, want ten in each of four", groups)
			}
			for _, u := range r.Units {
				if len(u.Villages) != 1 || u.Villages[0] != into {
					t.Errorf("%s serves %v", u.Code, u.Villages)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.VerifyPlan(t.Context(), thePlanner, 2026); planner.KindOf(err) != planner.Invalid || !strings.Contains(err.Error(), "plan undo") {
			t.Errorf("the published plan against the roster of the draft: %v; want words about the draft", err)
		}
		if _, err := w.UndoPlan(t.Context(), thePlanner, 2026); err != nil {
			t.Fatal(err)
		}
		if _, err := w.VerifyPlan(t.Context(), thePlanner, 2026); err != nil {
			t.Errorf("after undo: %v", err)
		}
		if _, err := w.Replan(t.Context(), thePlanner, req); err != nil {
			t.Fatal(err)
		}
		if _, fs, err := w.Publish(t.Context(), thePlanner, 2026, true); err != nil {
			t.Fatalf("publish: %v %v", err, fs)
		}
		if _, err := w.VerifyPlan(t.Context(), thePlanner, 2026); err != nil {
			t.Errorf("the published plan of the merged village: %v", err)
		}
		for _, bad := range []pipeline.VillageMerge{{From: into, Into: into}, {From: from, Into: into}, {From: "411281001", Into: into}, {From: into, Into: "411281009009"}} {
			_, err := w.Replan(t.Context(), thePlanner, pipeline.ReplanRequest{Period: 2026, Merge: []pipeline.VillageMerge{bad}, DryRun: true})
			if k := planner.KindOf(err); k != planner.Invalid && k != planner.NotFound {
				t.Errorf("%s into %s: got %v, want it refused", bad.From, bad.Into, err)
			}
		}
	})
}
