package dbtest

import (
	"database/sql"
	"strings"
	"testing"
)

func TestEachGivesAFreshMigratedDatabaseOfBothEngines(t *testing.T) {
	seen := 0
	Each(t, func(t *testing.T, url string) {
		seen++
		driver, dsn := "postgres", url
		if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
			driver, dsn = "sqlite", "file:"+path
		}
		db, err := sql.Open(driver, dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		var households int
		if err := db.QueryRow("SELECT count(*) FROM households").Scan(&households); err != nil || households != 0 {
			t.Errorf("got %d households, %v; want an empty table", households, err)
		}
	})
	if seen != 2 {
		t.Errorf("got %d engines, want 2", seen)
	}
}
