package store

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
)

// Households asked for by name are those of the reader's scope, and no other; the county's days among events are those of no cadre.
func TestHouseholdsByNameAndTheCountysDaysKeepToTheScope(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db := openAt(t, url)
		fill(t, db)
		for _, c := range scopeCases {
			as(t, db, c.who, func(tx *Tx) error {
				hs, err := tx.HouseholdsNamed([]planner.HouseholdID{"H4", "H1", "H3", "H2", "none"})
				if err != nil {
					return err
				}
				var ids []string
				for _, h := range hs {
					if h.Contact != "" {
						t.Errorf("%s: got a contact of %s", c.name, h.ID)
					}
					one, err := tx.Household(h.ID)
					if err != nil || one.Code != h.Code || one.Head != h.Head || one.Village != h.Village {
						t.Errorf("%s: got %+v, want %+v, %v", c.name, h, one, err)
					}
					ids = append(ids, string(h.ID))
				}
				slices.Sort(ids)
				if got := strings.Join(ids, " "); got != c.want.Households {
					t.Errorf("%s: got households %q, want %q", c.name, got, c.want.Households)
				}
				all, err := tx.Events(EventFilter{WithCancelled: true})
				if err != nil {
					return err
				}
				county, err := tx.Events(EventFilter{WithCancelled: true, County: true})
				if want := slices.DeleteFunc(all, func(e planner.Event) bool { return e.Cadre != "" }); !slices.Equal(county, want) {
					t.Errorf("%s: got the county's %v, want %v", c.name, county, want)
				}
				return err
			})
		}
	})
}

// A feed asks for the county's days whenever it is drawn: they are found by the index, not among those of five thousand cadres.
func TestTheCountysDaysAreFoundByAnIndex(t *testing.T) {
	db := openAt(t, dbtest.SQLite(t))
	text := regexp.MustCompile(`:\w+`).ReplaceAllString(countyEvents.text, "?")
	rows, err := db.w.Query("EXPLAIN QUERY PLAN "+text, make([]any, strings.Count(text, "?"))...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if plan := strings.Join(steps, "; "); !strings.Contains(plan, "SEARCH e USING INDEX events_cadre (cadre=? AND held_on>? AND held_on<?)") {
		t.Error(plan)
	}
}
