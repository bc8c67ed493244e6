package store

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
)

func someMatter(id planner.MatterID, number string, area planner.AreaCode, unit planner.UnitID, officer planner.CadreID) planner.Matter {
	return planner.Matter{ID: id, Number: number, Kind: planner.MatterLetter, State: planner.MatterRegistered, Area: area, Title: "门前排水沟", Name: "张某某", Story: "雨天水进院子",
		Contact: "19900000009", Persons: 1, Rules: "national-2022", Roll: "none", ReceiverUnit: unit, Unit: unit, Officer: officer, ReceivedOn: civil.Of(2026, 1, 5), DueOn: civil.Of(2026, 1, 20), DueStep: "transfer",
		ActOn: civil.Of(2026, 1, 20), CodeHash: strings.Repeat(string(id[1]), 64)}
}

func fillMatters(t *testing.T, db *DB) {
	t.Helper()
	fill(t, db)
	inWrite(t, db, func(tx *Tx) error {
		for _, m := range []planner.Matter{someMatter("M1", "2026-0001", "411281001001", "U3", "C3"), someMatter("M2", "2026-0002", "411281002001", "U1", "C4")} {
			m.Partners = map[planner.MatterID][]planner.UnitID{"M2": {"U2"}}[m.ID]
			if err := tx.PutMatter(m); err != nil {
				return err
			}
			if err := tx.AddAct(planner.Act{ID: planner.ActID("A" + m.ID), Matter: m.ID, Kind: planner.ActRegister, On: m.ReceivedOn, Say: "窗口登记时说的话"}); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestWhoSeesAMatter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fillMatters(t, db)
		for _, c := range []struct {
			says string
			who  planner.Principal
			want string
		}{
			{"the planner sees all", office, "M1 M2"},
			{"the officer sees the own", planner.Principal{Account: "a", Cadre: "C3"}, "M1"},
			{"somebody else of the unit does not", planner.Principal{Account: "a", Cadre: "C1"}, ""},
			{"a liaison sees the unit's, those below it, and where it is a partner", planner.Principal{Account: "a", Roles: []planner.Role{planner.RoleLiaison}, Units: []planner.UnitID{"U2"}}, "M1 M2"},
			{"a clerk sees the area's", planner.Principal{Account: "a", Roles: []planner.Role{planner.RoleClerk}, Areas: []planner.AreaCode{"411281002"}}, "M2"},
			{"who has no scope sees nothing", planner.Principal{Account: "a"}, ""},
			{"the public sees nothing", planner.Principal{}, ""},
		} {
			as(t, db, c.who, func(tx *Tx) error {
				ms, err := tx.Matters(MatterFilter{})
				var got []string
				for _, m := range ms {
					got = append(got, string(m.ID))
					if m.Story != "" || m.Contact != "" || m.Reason != "" {
						t.Errorf("%s: the list holds what is sealed", c.says)
					}
				}
				if s := strings.Join(got, " "); s != c.want {
					t.Errorf("%s: got %q, want %q", c.says, s, c.want)
				}
				return err
			})
		}
		err := db.Write(context.Background(), planner.Principal{Account: "a", Cadre: "C1"}, Op{Name: "test", Now: today}, func(tx *Tx) error {
			return tx.AddAct(planner.Act{ID: "AX", Matter: "M1", Kind: planner.ActAnswer, On: civil.Of(2026, 1, 6)})
		})
		wantKind(t, err, planner.NotFound)
	})
}

func TestWhatIsSealedOfAMatterIsNowhereInThePlainAndItsReadingIsRecorded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fillMatters(t, db)
		var stored []string
		for _, q := range []string{"SELECT COALESCE(story, '') || COALESCE(contact, '') FROM matters", "SELECT COALESCE(say, '') FROM matter_acts"} {
			if err := db.w.Select(&stored, q); err != nil {
				t.Fatal(err)
			}
			for _, s := range stored {
				if strings.Contains(s, "雨天") || strings.Contains(s, "19900000009") || strings.Contains(s, "窗口") || s == "" {
					t.Errorf("%s: got %q, want a ciphertext", q, s)
				}
			}
			stored = nil
		}
		var images [][]byte
		if err := db.w.Select(&images, "SELECT after FROM audit_rows WHERE kind IN ('matter', 'matter-act') AND after IS NOT NULL"); err != nil || len(images) < 4 {
			t.Fatalf("got %d images (%v)", len(images), err)
		}
		for _, b := range images {
			if s := string(b); strings.Contains(s, "雨天") || strings.Contains(s, "19900000009") || strings.Contains(s, "窗口") {
				t.Errorf("the audit holds in the plain %s", s)
			}
		}
		clerk := planner.Principal{Account: "A-CLERK", Name: "窗口", Roles: []planner.Role{planner.RoleClerk}, Areas: []planner.AreaCode{"411281"}}
		as(t, db, clerk, func(tx *Tx) error {
			got, err := tx.OpenMatter("M1")
			if got.Story != "雨天水进院子" || got.Contact != "19900000009" {
				t.Errorf("got %+v", got)
			}
			return err
		})
		var reads int
		if err := db.w.Get(&reads, "SELECT count(*) FROM audit_rows r JOIN audit_writes w ON w.seq = r.write_seq WHERE r.action = 'read' AND r.kind = 'matter' AND r.row_id = 'M1' AND w.account = 'A-CLERK'"); err != nil || reads != 1 {
			t.Errorf("got %d records of the reading (%v), want one", reads, err)
		}
		before := canonical(t, db)
		if strings.Contains(before, "雨天") || !strings.Contains(before, "# matters") {
			t.Error("the canonical export holds what is sealed, or no matters")
		}
	})
}

func TestTwoWhoChangeOneMatterDoNotOverwriteEachOther(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fillMatters(t, db)
		var m planner.Matter
		as(t, db, office, func(tx *Tx) (err error) { m, err = tx.Matter("M1"); return err })
		change := func(title string) error {
			next := m
			next.Title = title
			return db.Write(context.Background(), office, Op{Name: "test", Now: today}, func(tx *Tx) error { return tx.PutMatter(next) })
		}
		if err := change("第一个人改的"); err != nil {
			t.Fatal(err)
		}
		wantKind(t, change("第二个人改的"), planner.Conflict)
		as(t, db, office, func(tx *Tx) error {
			if got, err := tx.MatterByCode(strings.Repeat("1", 64)); err != nil || got.Title != "第一个人改的" || got.Revision != 2 {
				t.Errorf("got %q, revision %d, %v", got.Title, got.Revision, err)
			}
			_, err := tx.MatterByCode(strings.Repeat("9", 64))
			wantKind(t, err, planner.NotFound)
			return nil
		})
		inWrite(t, db, func(tx *Tx) error { // numbers go on above 9999
			m := someMatter("M3", "2026-9999", "411281", "U1", "C4")
			if err := tx.PutMatter(m); err != nil {
				return err
			}
			m = someMatter("M4", "2026-10000", "411281", "U1", "C4")
			if err := tx.PutMatter(m); err != nil {
				return err
			}
			if last, err := tx.LastMatterNumber("2026-"); err != nil || last != "2026-10000" {
				return fmt.Errorf("the last number is %s, %w", last, err)
			}
			return nil
		})
	})
}
