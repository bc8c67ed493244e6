package store

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
)

// today is the tests' clock: 2026-01-05 08:00 in Shanghai.
var today = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// office is who runs the planning in tests.
var office = planner.Principal{Account: "A-PLAN", Name: "经办人", Roles: []planner.Role{planner.RolePlanner}}

func key(i int) string { return fmt.Sprintf("k%06d", i) }

func openAt(t testing.TB, url string) *DB {
	t.Helper()
	db, err := Open(context.Background(), Options{URL: url, Keys: TestKeyring(1), Now: func() time.Time { return today }})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// inWrite runs fn in a transaction of the office.
func inWrite(t testing.TB, db *DB, fn func(tx *Tx) error) {
	t.Helper()
	if err := db.Write(context.Background(), office, Op{Name: "test", Now: today}, fn); err != nil {
		t.Fatalf("write: %v", err)
	}
}

// as reads in the name of p.
func as(t testing.TB, db *DB, p planner.Principal, fn func(tx *Tx) error) {
	t.Helper()
	if err := db.Read(context.Background(), p, fn); err != nil {
		t.Fatalf("read: %v", err)
	}
}

func canonical(t testing.TB, db *DB) string {
	t.Helper()
	var b bytes.Buffer
	if err := db.Canonical(context.Background(), &b); err != nil {
		t.Fatalf("canonical: %v", err)
	}
	return b.String()
}

func wantKind(t testing.TB, err error, want planner.Kind) {
	t.Helper()
	if err == nil || planner.KindOf(err) != want {
		t.Errorf("got error %v of kind %d, want kind %d", err, planner.KindOf(err), want)
	}
}

// smallCounty is a roster of two townships, three villages, two units, four cadres and four households.
func smallCounty() planner.Roster {
	return planner.Roster{
		Areas: []planner.Area{
			{Code: "411281", Name: "义马市", Level: planner.LevelCounty},
			{Code: "411281001", Name: "东一街", Level: planner.LevelTownship, Parent: "411281"},
			{Code: "411281001001", Name: "甲社区", Level: planner.LevelVillage, Parent: "411281001"},
			{Code: "411281001001-01", Name: "一组", Level: planner.LevelGroup, Parent: "411281001001"},
			{Code: "411281001002", Name: "乙社区", Level: planner.LevelVillage, Parent: "411281001", Valid: civil.Span{From: civil.Of(2020, 1, 1)}},
			{Code: "411281002", Name: "西二街", Level: planner.LevelTownship, Parent: "411281"},
			{Code: "411281002001", Name: "丙社区", Level: planner.LevelVillage, Parent: "411281002"},
		},
		Units: []planner.Unit{
			{ID: "U1", Code: "D01", Name: "群众工作局", Network: planner.NetworkBureau, Area: "411281"},
			{ID: "U2", Code: "D02", Name: "东一街工作站", Network: planner.NetworkStation, Area: "411281001", Parent: "D01",
				Villages: []planner.AreaCode{"411281001001", "411281001002"}},
			{ID: "U3", Code: "D03", Name: "甲社区工作室", Network: planner.NetworkRoom, Area: "411281001001", Parent: "D02"},
		},
		Cadres: []planner.Cadre{
			{ID: "C1", Code: "G001", Name: "欧阳示例", Unit: "U1", Title: "书记", Rank: planner.RankLeader, Head: true, Portfolio: []string{"全面工作"}, OfficePhone: "0398-000001", Active: true},
			{ID: "C2", Code: "G002", Name: "喆静样", Unit: "U2", Rank: planner.RankStaff, Skills: []planner.Need{planner.NeedLegal}, Mobile: "19900000002",
				Mail: "c2@example.test", NativeVillage: "411281002001", Capacity: 15, Active: true},
			{ID: "C3", Code: "G003", Name: "龘甲样", Unit: "U3", Rank: planner.RankStaff, Mobile: "19900000003", Active: true,
				Leaves: []planner.Leave{{Span: civil.Span{From: civil.Of(2026, 3, 1), Until: civil.Of(2026, 3, 8)}, Reason: "病假"}, {Span: civil.Span{From: civil.Of(2026, 9, 1)}}}},
			{ID: "C4", Code: "G004", Name: "𠮷乙样", Unit: "U1", Rank: planner.RankSection, Active: true},
		},
		Households: []planner.Household{
			{ID: "H1", Code: "411281001001-0001", Village: "411281001001", Group: "411281001001-01", Head: "张某某", Guide: "社区北口找联络员", Contact: "19900000001",
				Hours: planner.HoursAny, Consent: planner.ConsentGiven, Needs: []planner.Need{planner.NeedCare, planner.NeedPolicy}, Active: true},
			{ID: "H2", Code: "411281001002-0001", Village: "411281001002", Head: "李某某", Hours: planner.HoursMorning, Consent: planner.ConsentGiven, PerYear: 2, Active: true},
			{ID: "H3", Code: "411281002001-0001", Village: "411281002001", Head: "王某", Hours: planner.HoursEvening, Consent: planner.ConsentGiven, MuteUntil: civil.Of(2026, 4, 1), Active: true},
			{ID: "H4", Code: "411281002001-0002", Village: "411281002001", Head: "赵某某", Hours: planner.HoursAny, Consent: planner.ConsentUnasked, Active: true},
		},
		Recusals: []planner.Recusal{
			{Cadre: "C2", Household: "H3", Kind: planner.RecusalDeclared},
			{Cadre: "C3", Village: "411281002001", Kind: planner.RecusalOrdered},
		},
	}
}

func put(tx *Tx, r planner.Roster) error {
	for _, err := range []error{tx.PutAreas(r.Areas), tx.PutUnits(r.Units), tx.PutCadres(r.Cadres), tx.PutHouseholds(r.Households), tx.PutRecusals(r.Recusals)} {
		if err != nil {
			return err
		}
	}
	return nil
}

func smallPlan() planner.Plan {
	return planner.Plan{ID: "P1", Period: 2026, Status: planner.PlanDraft, Preset: "yima", Book: "00ff", Revision: 1, Valid: civil.YearSpan(2026),
		Pairings: []planner.Pairing{
			{ID: "X1", Tier: planner.TierVillage, Cadre: "C1", Area: "411281002001", Price: 60, Origin: planner.OriginSolver,
				Reasons: []planner.Reason{{Rule: "travel", Price: 60, Say: planner.Both("1 min")}}},
			{ID: "X2", Tier: planner.TierGroup, Cadre: "C4", Area: "411281001001-01", Origin: planner.OriginSolver, Was: "C4"},
			{ID: "X3", Tier: planner.TierHousehold, Cadre: "C3", Household: "H1", Price: -30, Origin: planner.OriginPin, Was: "C2",
				Reasons: []planner.Reason{{Rule: "need", Price: -30, Say: planner.Text{ZH: "会办<事> & \"政策\"", EN: "can help"}, Private: true}}},
			{ID: "X4", Tier: planner.TierHousehold, Cadre: "C2", Household: "H2", Origin: planner.OriginSolver, Was: "C2"},
			{ID: "X5", Tier: planner.TierHousehold, Cadre: "C2", Household: "H3", Origin: planner.OriginSolver},
		},
		Pins: []planner.Pin{{Household: "H1", Cadre: "C3", Why: "本人要求"}},
		Certificates: []planner.Certificate{{Tier: planner.TierHousehold, Instance: "ab", Pairs: 12, Price: -30, Bound: -30,
			Potentials: []planner.Seconds{0, 5}, Cadres: []planner.CadreID{"C2", "C3"}}},
		Watches: []planner.Finding{{Severity: planner.Warn, Code: "load", Say: planner.Both("x")}},
	}
}

func smallYear() ([]planner.Event, []planner.Visit, []planner.Task) {
	day := civil.Of(2026, 1, 15)
	event := func(id, key string, kind planner.EventKind, cadre planner.CadreID, village planner.AreaCode) planner.Event {
		return planner.Event{ID: planner.EventID(id), Key: key, UID: id + "@lianxin.test", Kind: kind, On: day, From: 510, Until: 1050, NominalOn: day,
			Cadre: cadre, Village: village, Status: planner.StatusConfirmed, Digest: "d", CreatedAt: today, ChangedAt: today.Add(time.Microsecond)}
	}
	return []planner.Event{
			event("E1", "mwd/202601", planner.EventMassWorkDay, "", ""),
			event("E2", "mwd/202601/C2", planner.EventMassWorkDay, "C2", "411281001002"),
			event("E3", "mwd/202601/C3", planner.EventMassWorkDay, "C3", "411281001001"),
			event("E4", "rcp/2026-01-15/C1", planner.EventReception, "C1", ""),
		}, []planner.Visit{
			{ID: "V1", Event: "E2", Cadre: "C2", Household: "H2", On: day, Stop: 1, Hours: planner.HoursMorning, State: planner.VisitPlanned},
			{ID: "V2", Event: "E3", Cadre: "C3", Household: "H1", On: day, Stop: 1, Hours: planner.HoursAny, State: planner.VisitPlanned},
		}, []planner.Task{
			{ID: "T1", Key: "promise/1", Kind: planner.TaskPromise, Owner: "C2", Household: "H2", Say: planner.Text{ZH: "修路灯", EN: "mend the lamp"},
				StartOn: day, DueOn: day.AddDays(10), EndOn: day.AddDays(40), State: planner.TaskReady},
			{ID: "T2", Key: "promise/2", Kind: planner.TaskPromise, Owner: "C1", Say: planner.Both("x"), StartOn: day, DueOn: day, EndOn: day, State: planner.TaskDraft},
		}
}

// fill writes the whole small county: roster, published plan, events, visits and tasks.
func fill(t testing.TB, db *DB) {
	t.Helper()
	es, vs, ts := smallYear()
	inWrite(t, db, func(tx *Tx) error {
		for _, step := range []func() error{
			func() error { return put(tx, smallCounty()) },
			func() error { return tx.PutPlan(smallPlan()) },
			func() error { return tx.SetPlanStatus("P1", planner.PlanDraft, planner.PlanPublished) },
			func() error { return tx.PutEvents(es) },
			func() error { return tx.PutVisits(vs) },
			func() error { return tx.PutTasks(ts) },
			func() error { return tx.PutSetting("county", "义马市") },
		} {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
}

// without drops what reading never gives: contacts.
func without(r planner.Roster) planner.Roster {
	for i := range r.Cadres {
		r.Cadres[i].Mobile, r.Cadres[i].Mail = "", ""
	}
	for i := range r.Households {
		r.Households[i].Contact = ""
	}
	return r
}

func TestARosterComesBackAsItWentInWithoutContacts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		inWrite(t, db, func(tx *Tx) error { return put(tx, smallCounty()) })
		as(t, db, office, func(tx *Tx) error {
			got, err := tx.Roster()
			if diff := cmp.Diff(without(smallCounty()), got); err != nil || diff != "" {
				t.Errorf("got another roster, %v (-want +got):\n%s", err, diff)
			}
			return nil
		})
	})
}

func TestAPlanAndAYearComeBackAsTheyWentIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db)
		es, vs, ts := smallYear()
		want := smallPlan()
		want.Status = planner.PlanPublished
		for i := range ts {
			ts[i].Revision = 1
		}
		as(t, db, office, func(tx *Tx) error {
			plan, err := tx.PlanFor(2026, planner.PlanPublished)
			if diff := cmp.Diff(want, plan); err != nil || diff != "" {
				t.Errorf("got another plan, %v (-want +got):\n%s", err, diff)
			}
			events, err := tx.Events(EventFilter{Span: civil.YearSpan(2026)})
			if diff := cmp.Diff(es, events); err != nil || diff != "" {
				t.Errorf("got other events, %v (-want +got):\n%s", err, diff)
			}
			visits, err := tx.Visits(VisitFilter{})
			if diff := cmp.Diff(vs, visits); err != nil || diff != "" {
				t.Errorf("got other visits, %v (-want +got):\n%s", err, diff)
			}
			tasks, err := tx.Tasks(TaskFilter{Open: true})
			if diff := cmp.Diff([]planner.Task{ts[1], ts[0]}, tasks); err != nil || diff != "" {
				t.Errorf("got other tasks, want them by due day; %v (-want +got):\n%s", err, diff)
			}
			return nil
		})
	})
}

func TestTheSameContentIsTheSameBytesOnBothEngines(t *testing.T) {
	var got []string
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db)
		first := canonical(t, db)
		fillAgain := smallCounty()
		inWrite(t, db, func(tx *Tx) error { return put(tx, fillAgain) })
		if second := canonical(t, db); second != first {
			t.Errorf("got another export after writing the same again:\n%s", cmp.Diff(first, second))
		}
		got = append(got, first)
	})
	if got[0] != got[1] {
		t.Errorf("got other bytes on PostgreSQL (-sqlite +postgres):\n%s", cmp.Diff(got[0], got[1]))
	}
	for _, secret := range []string{"19900000002", "c2@example.test", "19900000001", "test1.", "2026-01-05T00"} {
		if bytes.Contains([]byte(got[0]), []byte(secret)) {
			t.Errorf("got %q in the canonical export", secret)
		}
	}
}
