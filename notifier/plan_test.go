package notifier

import (
	"regexp"
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
)

// onDemand are the statements that may read a whole table: lists that a person asked for, by any filter, and counts of all rows.
var onDemand = regexp.MustCompile(`^\s*SELECT [^(]*\sFROM (notices|deliveries)\s+WHERE \(\? = '' OR|^\s*SELECT (channel, )?state, COUNT\(\*\) FROM`)

// A ledger is kept for years. What a worker asks it on every sweep must find what is open by an index, and not read all that
// was ever sent. SQLite uses a partial index only if the index's condition stands in the query word for word.
func TestNoStatementOfAWorkerReadsTheWholeLedger(t *testing.T) {
	db, err := openURL(dbtest.SQLite(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	full := regexp.MustCompile(`SCAN (notices|deliveries|delivery_notices|[a-z])( |$)`)
	looked := 0
	for statement, on := range queries {
		if on == onPostgres {
			continue
		}
		rows, err := db.Query("EXPLAIN QUERY PLAN "+statement, make([]any, strings.Count(statement, "?"))...)
		if err != nil {
			t.Errorf("%v: %s", err, statement)
			continue
		}
		for rows.Next() {
			var id, parent, unused int
			var step string
			if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
				t.Fatal(err)
			}
			looked++
			if full.MatchString(step) && !strings.Contains(step, "INDEX") && !strings.Contains(step, "VIRTUAL TABLE") && !onDemand.MatchString(statement) {
				t.Errorf("%s in\n%s", step, statement)
			}
		}
		rows.Close()
	}
	if looked < 50 {
		t.Errorf("%d steps looked at", looked)
	}
}
