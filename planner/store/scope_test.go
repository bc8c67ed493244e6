package store

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
)

// view is what a principal sees of the small county, as codes and IDs.
type view struct {
	Areas, Units, Cadres, Households, Recusals, Pairings, Events, Visits, Tasks string
}

func (tx *Tx) view(t *testing.T) (v view) {
	t.Helper()
	r, err := tx.Roster()
	if err != nil {
		t.Fatal(err)
	}
	join := func(n int, at func(int) string) string {
		var s []string
		for i := range n {
			s = append(s, at(i))
		}
		return strings.Join(s, " ")
	}
	v.Areas = join(len(r.Areas), func(i int) string { return string(r.Areas[i].Code) })
	v.Units = join(len(r.Units), func(i int) string { return string(r.Units[i].ID) })
	v.Cadres = join(len(r.Cadres), func(i int) string { return string(r.Cadres[i].ID) })
	v.Households = join(len(r.Households), func(i int) string { return string(r.Households[i].ID) })
	v.Recusals = join(len(r.Recusals), func(i int) string { return string(r.Recusals[i].Cadre) })
	pairings, total, err := tx.PairingsOf("P1", PairingFilter{})
	if err != nil || total != len(pairings) {
		t.Fatalf("got %d of %d pairings, %v", len(pairings), total, err)
	}
	v.Pairings = join(len(pairings), func(i int) string { return string(pairings[i].ID) })
	events, err := tx.Events(EventFilter{})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(events, func(a, b planner.Event) int { return strings.Compare(string(a.ID), string(b.ID)) })
	v.Events = join(len(events), func(i int) string { return string(events[i].ID) })
	visits, err := tx.Visits(VisitFilter{})
	if err != nil {
		t.Fatal(err)
	}
	v.Visits = join(len(visits), func(i int) string { return string(visits[i].ID) })
	tasks, err := tx.Tasks(TaskFilter{})
	if err != nil {
		t.Fatal(err)
	}
	v.Tasks = join(len(tasks), func(i int) string { return string(tasks[i].ID) })
	return v
}

const allAreaCodes = "411281 411281001 411281001001 411281001001-01 411281001002 411281002 411281002001"

var everything = view{Areas: allAreaCodes, Units: "U1 U2 U3", Cadres: "C1 C2 C3 C4", Households: "H1 H2 H3 H4",
	Recusals: "C2 C3", Pairings: "X1 X2 X3 X4 X5", Events: "E1 E2 E3 E4", Visits: "V1 V2", Tasks: "T2 T1"}

var scopeCases = []struct {
	name string
	who  planner.Principal
	want view
}{
	{"the system sees all", planner.System("test"), everything},
	{"the planner sees all", office, everything},
	{"the administrator sees all but who keeps away from whom",
		planner.Principal{Account: "a", Roles: []planner.Role{planner.RoleAdmin}}, everything.withoutRecusals()},
	{"the auditor sees all but who keeps away from whom",
		planner.Principal{Account: "a", Roles: []planner.Role{planner.RoleAuditor}}, everything.withoutRecusals()},
	{"a cadre sees the own record, households, pairings, visits and tasks, the unit's name and what they declared",
		planner.Principal{Account: "a", Roles: []planner.Role{planner.RoleCadre}, Cadre: "C2"},
		view{Areas: allAreaCodes, Units: "U2", Cadres: "C2", Households: "H2 H3", Recusals: "C2", Pairings: "X4 X5", Events: "E1 E2 E4", Visits: "V1", Tasks: "T1"}},
	{"a leader sees the own village's pairing and no household of it",
		planner.Principal{Account: "a", Roles: []planner.Role{planner.RoleLeader}, Cadre: "C1"},
		view{Areas: allAreaCodes, Units: "U1", Cadres: "C1", Pairings: "X1", Events: "E1 E4", Tasks: "T2"}},
	{"a secretary sees what the leader sees, besides the own",
		planner.Principal{Account: "a", Roles: []planner.Role{planner.RoleSecretary}, Cadre: "C3", ActsFor: []planner.CadreID{"C1"}},
		view{Areas: allAreaCodes, Units: "U1 U3", Cadres: "C1 C3", Households: "H1", Pairings: "X1 X3", Events: "E1 E3 E4", Visits: "V2", Tasks: "T2"}},
	{"a liaison sees the unit and the units below it",
		planner.Principal{Account: "a", Roles: []planner.Role{planner.RoleLiaison}, Units: []planner.UnitID{"U2"}},
		view{Areas: allAreaCodes, Units: "U2 U3", Cadres: "C2 C3", Households: "H1 H2 H3", Pairings: "X3 X4 X5", Events: "E1 E2 E3 E4", Visits: "V1 V2", Tasks: "T1"}},
	{"a clerk sees the area's subtree and who looks after it",
		planner.Principal{Account: "a", Roles: []planner.Role{planner.RoleClerk}, Areas: []planner.AreaCode{"411281002"}},
		view{Areas: allAreaCodes, Cadres: "C1 C2", Households: "H3 H4", Pairings: "X1 X5", Events: "E1 E4"}},
	{"a supervisor of a village sees its groups, room and visits",
		planner.Principal{Account: "a", Roles: []planner.Role{planner.RoleSupervisor}, Areas: []planner.AreaCode{"411281001001"}},
		view{Areas: allAreaCodes, Units: "U3", Cadres: "C3 C4", Households: "H1", Pairings: "X2 X3", Events: "E1 E3 E4", Visits: "V2"}},
	{"an area that is not in the database opens nothing",
		planner.Principal{Account: "a", Areas: []planner.AreaCode{"41128"}}, view{Areas: allAreaCodes, Events: "E1 E4"}},
	{"a signed-in person without scope sees the county's days and the names of places",
		planner.Principal{Account: "a"}, view{Areas: allAreaCodes, Events: "E1 E4"}},
	{"the public sees the county's days and the receptions only", planner.Principal{}, view{Events: "E1 E4"}},
}

func (v view) withoutRecusals() view { v.Recusals = ""; return v }

func TestEveryoneSeesTheirScopeAndNoMore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db)
		for _, c := range scopeCases {
			t.Run(c.name, func(t *testing.T) {
				as(t, db, c.who, func(tx *Tx) error {
					if diff := cmp.Diff(c.want, tx.view(t)); diff != "" {
						t.Errorf("got another view (-want +got):\n%s", diff)
					}
					return nil
				})
			})
		}
	})
}

func TestNobodyReadsAContactFromTheRosterOrAReasonOfLeaveOfOthers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db)
		for _, c := range scopeCases {
			as(t, db, c.who, func(tx *Tx) error {
				r, err := tx.Roster()
				if err != nil {
					return err
				}
				for _, cadre := range r.Cadres {
					if cadre.Mobile != "" || cadre.Mail != "" {
						t.Errorf("%s: got a contact of %s, want none", c.name, cadre.ID)
					}
					for _, l := range cadre.Leaves {
						if open := c.who.SeesPrivate() || c.who.Speaks(cadre.ID); l.Reason != "" && !open {
							t.Errorf("%s: got the reason of a leave, want it hidden", c.name)
						}
					}
				}
				for _, h := range r.Households {
					if h.Contact != "" {
						t.Errorf("%s: got a contact of %s, want none", c.name, h.ID)
					}
				}
				return nil
			})
		}
	})
}

func TestOneRecordOutsideTheScopeIsNotFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db)
		cadre := planner.Principal{Account: "a", Cadre: "C2"}
		as(t, db, cadre, func(tx *Tx) error {
			if h, err := tx.Household("H2"); err != nil || h.Code != "411281001002-0001" {
				t.Errorf("got %v, %v; want the own household", h, err)
			}
			_, err := tx.Household("H1")
			wantKind(t, err, planner.NotFound)
			_, err = tx.Household("")
			wantKind(t, err, planner.NotFound)
			_, err = tx.Cadre("C3")
			wantKind(t, err, planner.NotFound)
			return nil
		})
		as(t, db, planner.Principal{}, func(tx *Tx) error {
			_, err := tx.Household("H1")
			wantKind(t, err, planner.NotFound)
			_, err = tx.PlanFor(2026)
			wantKind(t, err, planner.NotFound)
			return nil
		})
	})
}

func TestOneRecordIsFoundExactlyIfTheListHasIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db)
		for _, c := range scopeCases {
			as(t, db, c.who, func(tx *Tx) error {
				for _, h := range smallCounty().Households {
					_, err := tx.Household(h.ID)
					if want := strings.Contains(c.want.Households, string(h.ID)); (err == nil) != want {
						t.Errorf("%s: household %s: got %v, want found %v", c.name, h.ID, err, want)
					}
				}
				for _, x := range smallCounty().Cadres {
					_, err := tx.Cadre(x.ID)
					if want := strings.Contains(c.want.Cadres, string(x.ID)); (err == nil) != want {
						t.Errorf("%s: cadre %s: got %v, want found %v", c.name, x.ID, err, want)
					}
					events, err := tx.Events(EventFilter{Cadre: x.ID})
					if err != nil {
						return err
					}
					for _, e := range events {
						if !strings.Contains(c.want.Events, string(e.ID)) {
							t.Errorf("%s: got event %s of %s, want it hidden", c.name, e.ID, x.ID)
						}
					}
					visits, err := tx.Visits(VisitFilter{Cadre: x.ID})
					if err != nil {
						return err
					}
					for _, v := range visits {
						if !strings.Contains(c.want.Visits, string(v.ID)) {
							t.Errorf("%s: got visit %s of %s, want it hidden", c.name, v.ID, x.ID)
						}
					}
				}
				return nil
			})
		}
	})
}

func TestADraftIsThePlannersAndAReviewTheLiaisonsToo(t *testing.T) {
	liaison := planner.Principal{Account: "l", Units: []planner.UnitID{"U2"}}
	cadre := planner.Principal{Account: "c", Cadre: "C2"}
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		inWrite(t, db, func(tx *Tx) error {
			if err := put(tx, smallCounty()); err != nil {
				return err
			}
			return tx.PutPlan(smallPlan())
		})
		want := func(stage string, p planner.Principal, pairings int) {
			t.Helper()
			as(t, db, p, func(tx *Tx) error {
				plan, err := tx.PlanFor(2026)
				if pairings == 0 {
					wantKind(t, err, planner.NotFound)
				} else if err != nil || len(plan.Pairings) != pairings {
					t.Errorf("%s: got %d pairings, %v; want %d", stage, len(plan.Pairings), err, pairings)
				}
				if rows, _, err := tx.PairingsOf("P1", PairingFilter{}); err != nil || len(rows) != pairings {
					t.Errorf("%s: got %d pairings of the list, %v; want %d", stage, len(rows), err, pairings)
				}
				return nil
			})
		}
		move := func(from, to planner.PlanStatus) {
			t.Helper()
			inWrite(t, db, func(tx *Tx) error { return tx.SetPlanStatus("P1", from, to) })
		}
		want("draft", office, 5)
		want("draft", liaison, 0)
		want("draft", cadre, 0)
		move(planner.PlanDraft, planner.PlanReview)
		want("review", liaison, 3)
		want("review", cadre, 0)
		move(planner.PlanReview, planner.PlanPublished)
		want("published", liaison, 3)
		want("published", cadre, 2)
		want("published", planner.Principal{}, 0)
	})
}

func TestOnlyThoseWhoRunThePlanningWriteTheRoster(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db)
		before := canonical(t, db)
		for _, p := range []planner.Principal{{}, {Account: "c", Cadre: "C2", Roles: []planner.Role{planner.RoleCadre}}, {Account: "x", Roles: []planner.Role{planner.RoleAuditor}}} {
			for name, fn := range map[string]func(tx *Tx) error{
				"areas":      func(tx *Tx) error { return tx.PutAreas(smallCounty().Areas) },
				"units":      func(tx *Tx) error { return tx.PutUnits(smallCounty().Units) },
				"cadres":     func(tx *Tx) error { return tx.PutCadres(smallCounty().Cadres) },
				"households": func(tx *Tx) error { return tx.PutHouseholds(smallCounty().Households) },
				"recusals":   func(tx *Tx) error { return tx.PutRecusals(smallCounty().Recusals) },
				"plan":       func(tx *Tx) error { return tx.PutPlan(smallPlan()) },
				"status":     func(tx *Tx) error { return tx.SetPlanStatus("P1", planner.PlanPublished, planner.PlanSuperseded) },
				"events":     func(tx *Tx) error { return tx.PutEvents([]planner.Event{{ID: "E9"}}) },
				"visit":      func(tx *Tx) error { return tx.PutVisits([]planner.Visit{{ID: "V2", Cadre: "C3"}}) },
				"theft":      func(tx *Tx) error { return tx.PutVisits([]planner.Visit{{ID: "V2", Cadre: "C2"}}) },
				"unvisit":    func(tx *Tx) error { return tx.DeleteVisits([]planner.VisitID{"V1"}) },
				"task":       func(tx *Tx) error { return tx.PutTasks([]planner.Task{{ID: "T2", Owner: "C1", Revision: 1}}) },
				"account":    func(tx *Tx) error { return tx.PutAccounts([]planner.Account{{ID: "A", Login: "x"}}) },
				"setting":    func(tx *Tx) error { return tx.PutSetting("k", "v") },
				"undo":       func(tx *Tx) error { _, err := tx.UndoImport("I"); return err },
				"erase":      func(tx *Tx) error { return tx.EraseHousehold("H1") },
				"token":      func(tx *Tx) error { return tx.PutFeedTokens([]FeedToken{{Token: "t", Kind: "cadre", Ref: "C3"}}) },
			} {
				err := db.Write(t.Context(), p, Op{Name: "test", Now: today}, fn)
				if planner.KindOf(err) != planner.Forbidden {
					t.Errorf("%s by %q: got %v, want it forbidden", name, p.Account, err)
				}
			}
		}
		if after := canonical(t, db); after != before {
			t.Errorf("got changes:\n%s", cmp.Diff(before, after))
		}
	})
}
