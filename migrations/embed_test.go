package migrations

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
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
	numbers := map[string]string{}
	for _, name := range lists[0] {
		number, _, _ := strings.Cut(name, "_")
		if other := numbers[number]; other != "" {
			t.Errorf("%s and %s have one number", other, name)
		}
		numbers[number] = name
	}
	latest, err := Latest("sqlite")
	if want := slices.Max(lists[0]); err != nil || !strings.HasPrefix(want, fmt.Sprintf("%04d_", latest)) {
		t.Errorf("got latest %d, %v; want the number of %s", latest, err, want)
	}
}
