package notifier

import (
	"slices"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/migrations/dbtest"
)

// A sweep frees the leases of the dead while another worker has just taken one of them over: that one's lease is good. On PostgreSQL
// the statement waits for the row and looks at it anew, as it stands then.
func TestALeaseTakenOverIsNotStolen(t *testing.T) {
	db, err := openURL(dbtest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	plain := &fake{name: "plain"}
	o, _, _ := held(t, db, plain)
	heir := &Worker{Ledger: o.Ledger, Channels: []Channel{plain}, Name: "w2"}
	second, err := heir.begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o.exec(`UPDATE notifier_workers SET alive = FALSE, epoch = epoch + 1 WHERE name = 'w1'`)
	tx := db.MustBegin()
	tx.MustExec(`UPDATE deliveries SET worker = 'w2', epoch = $1, started_at = NULL`, second.current())
	freed := make(chan error, 1)
	go func() { freed <- heir.freeOrphans(t.Context()) }()
	until(t, "the sweep waits for the row", func() bool {
		var waits int
		err := db.Get(&waits, `SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`)
		return err == nil && waits > 0
	})
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-freed; err != nil {
		t.Fatal(err)
	}
	d := o.deliveries()[0]
	want(t, "lease", []any{d.State, d.Worker}, []any{DeliveryLeased, "w2"})
}

// Should a worker ever have a delivery in hand twice, it goes once, and what became of it is what is written.
func TestADeliveryInHandTwiceGoesOnce(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		for _, order := range []string{"the sent one is recorded first", "the other one is recorded first"} {
			plain := &fake{name: "plain"}
			o, _, ds := held(t, db, plain)
			rs := o.worker.sendAll(t, plain, []claimed{ds[0], ds[0]})
			if order[4] == 'o' {
				slices.Reverse(rs)
			}
			for _, r := range rs {
				if _, err := o.worker.record(t.Context(), o.worker.lane(plain), []result{r}); err != nil {
					t.Fatal(err)
				}
			}
			o.clock.add(time.Hour)
			o.run()
			want(t, order, plain.texts(), []string{"甲: s/r"})
			want(t, order, o.states(), []string{"s/r done"})
			o.exec(`DELETE FROM delivery_notices`)
			o.exec(`DELETE FROM deliveries`)
			o.exec(`DELETE FROM notices`)
		}
	})
}
