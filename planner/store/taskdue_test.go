package store

import (
	"regexp"
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
)

// A sweep's questions are answered by indexes, however many tasks the years have left.
func TestWhatIsDueIsFoundByIndexes(t *testing.T) {
	db := openAt(t, dbtest.SQLite(t))
	named := regexp.MustCompile(`:\w+`)
	for _, q := range []*statement{tasksToStart, tasksTooSoon, tasksToEnd, tasksToClimb, countOverdue} {
		var steps []string
		rows, err := db.w.Query("EXPLAIN QUERY PLAN " + named.ReplaceAllString(q.text, "'2026-01-05'"))
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
		rows.Close()
		if plan := strings.Join(steps, "; "); !strings.HasPrefix(plan, "SEARCH") || !strings.Contains(plan, "INDEX tasks_") {
			t.Errorf("%s\nin %s", plan, q.text)
		}
	}
}
