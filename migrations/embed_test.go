package migrations

import (
	"io/fs"
	"slices"
	"testing"
)

func TestBothEnginesHaveTheSameMigrations(t *testing.T) {
	var lists [2][]string
	for i, dialect := range []string{"sqlite", "postgres"} {
		sub, err := For(dialect)
		if err != nil {
			t.Fatal(err)
		}
		if lists[i], err = fs.Glob(sub, "*.sql"); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(lists[0], lists[1]) {
		t.Errorf("got sqlite %v and postgres %v, want the same files", lists[0], lists[1])
	}
	latest, err := Latest("sqlite")
	if err != nil || int(latest) != len(lists[0]) {
		t.Errorf("got latest %d, %v; want %d: numbers without gaps", latest, err, len(lists[0]))
	}
}
