package sample

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"strings"
	"testing"
)

func TestTheVillagesAreThoseOfTheirSource(t *testing.T) {
	source, err := os.ReadFile("villages/SOURCE.md")
	if err != nil {
		t.Fatal(err)
	}
	plain, err := files.ReadFile("villages/yima.csv")
	if err != nil {
		t.Fatal(err)
	}
	f, err := files.Open("villages/xinyang.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	large, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"yima.csv": plain, "xinyang.csv": large} {
		sum := sha256.Sum256(b)
		if want := hex.EncodeToString(sum[:]) + "  " + name; !strings.Contains(string(source), want) {
			t.Errorf("SOURCE.md lacks the line %q", want)
		}
	}
}

func TestShortNamesDropTheCommittee(t *testing.T) {
	for name, want := range map[string]string{
		"民安社区居委会": "民安社区", "义阳社区居民委员会": "义阳社区", "刘洼社区居民居委会": "刘洼社区", "王楼村村民委员会": "王楼村", "王楼村委会": "王楼村", "王楼": "王楼",
	} {
		if got := (village{name: name}).short(); got != want {
			t.Errorf("short name of %s: got %s, want %s", name, got, want)
		}
	}
}

func TestApportionSharesAllAndPrefersLargeRemainders(t *testing.T) {
	got := apportion(10, []int{1, 1, 1})
	if got[0] != 4 || got[1] != 3 || got[2] != 3 {
		t.Errorf("got %v, want [4 3 3]", got)
	}
	got = apportion(7, []int{0, 5, 2})
	if got[0] != 0 || got[1] != 5 || got[2] != 2 {
		t.Errorf("got %v, want [0 5 2]", got)
	}
}

func TestAQuotaTakesExactlyItsNumber(t *testing.T) {
	q := quota{want: 37, left: 1000}
	r, n := at(1, "quota", 0), 0
	for range 1000 {
		if q.take(r) {
			n++
		}
	}
	if n != 37 || q.take(r) {
		t.Errorf("got %d taken, want 37 and then no more", n)
	}
}
