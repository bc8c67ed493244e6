package notifier

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lianxin/migrations/dbtest"
	"lianxin/planner/civil"
)

// What the channels' page shows must be what the whole ledger says, row by row, and be found at the ends of indexes.
func TestFaresAgreeWithTheWholeLedger(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db, err := openURL(url)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		rng := rand.New(rand.NewPCG(7, 1))
		states := []string{"ready", "leased", "handed", "delivered", "failed", "uncertain", "withdrawn"}
		begin := time.Date(2027, 1, 4, 1, 0, 0, 0, time.UTC)
		want := map[string]Fare{}
		tx := db.MustBegin()
		defer tx.Rollback()
		for i := range 600 {
			channel, state := []string{"sms", "mail", "wecom"}[rng.IntN(3)], states[rng.IntN(len(states))]
			var handed, worker, epoch any
			why, changed := "", begin.Add(time.Duration(rng.IntN(300))*time.Minute)
			f := want[channel]
			switch state {
			case "handed", "delivered":
				at := begin.Add(time.Duration(rng.IntN(300)) * time.Minute)
				handed = instantText(at)
				if at.After(f.TakenAt) {
					f.TakenAt = at
				}
			case "leased":
				worker, epoch = "w", 1
			}
			if rng.IntN(3) > 0 && state != "delivered" {
				why = fmt.Sprintf("cause %d", i)
			}
			if state == "ready" || state == "leased" {
				f.Waiting++
			}
			if state == "uncertain" {
				f.Doubts++
			}
			if why != "" && (state == "failed" || state == "uncertain" || state == "ready") && changed.After(f.FailedAt) { // of two at once the first ID
				f.FailedAt, f.Why = changed, why
			}
			want[channel] = f
			tx.MustExec(tx.Rebind(`INSERT INTO deliveries (id, root, recipient, channel, place, urgent, day, state, tries, next_at, worker, epoch, handed_at, receipt, why, created_at, changed_at)
				VALUES (?, ?, 'p', ?, 0, ?, '2027-01-04', ?, 1, ?, ?, ?, ?, '', ?, ?, ?)`), fmt.Sprintf("d%04d", i), fmt.Sprintf("d%04d", i), channel, false, state,
				instantText(begin), worker, epoch, handed, why, instantText(begin), instantText(changed))
		}
		got, err := Fares(t.Context(), tx, "sms", "mail", "wecom", "voice")
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
		var last civil.Instant
		if err := tx.Get(&last, tx.Rebind(lastTaken), "voice"); err != nil || !last.IsZero() {
			t.Errorf("a channel without a ledger: got %v, %v", last, err)
		}
	})
}

func TestFaresAreFoundAtTheEndsOfIndexes(t *testing.T) {
	db, err := openURL(dbtest.SQLite(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for statement, indexes := range map[string][]string{lastTaken: {"deliveries_taken"}, lastFailure: {"deliveries_failing"},
		openOfChannel: {"deliveries_ready", "deliveries_open", "deliveries_uncertain"}} {
		var steps []string
		rows, err := db.Query("EXPLAIN QUERY PLAN "+statement, make([]any, strings.Count(statement, "?"))...)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var id, parent, unused int
			var step string
			if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
				t.Fatal(err)
			}
			steps = append(steps, step)
		}
		plan := strings.Join(steps, "\n")
		for _, index := range indexes {
			if !strings.Contains(plan, "INDEX "+index+" ") || strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("%s\ngot the plan\n%s\nwant %s", statement, plan, index)
			}
		}
	}
}
