package feed

import (
	"bytes"
	"crypto/sha256"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A generated year of 10,000 events and more: every feed and every object of CalDAV by the rules of octets, in libical, and
// the same bytes each time. LIANXIN_TEST_SMALL makes it a tenth; LIANXIN_REGENERATE says how often the whole is drawn again
// (1,000 takes minutes).
func TestAYearOfTenThousandEventsIsCleanAndTheSameEachTime(t *testing.T) {
	cadres, again := 830, 3
	if os.Getenv("LIANXIN_TEST_SMALL") != "" {
		cadres = 80
	}
	if n, err := strconv.Atoi(os.Getenv("LIANXIN_REGENERATE")); err == nil {
		again = n
	}
	draw := func(check bool) (sum [32]byte, events int, files []string) {
		src := source(cadres)
		for i, name := range hostile {
			src.Cadres[i].Name, src.Cadres[i].Title = name, name
		}
		x := NewIndex(src)
		h := sha256.New()
		dir := ""
		if check {
			dir = t.TempDir()
		}
		for n, who := range x.Feeds() {
			b := render(t, x, who.Kind, who.Ref)
			h.Write(b)
			if !check {
				continue
			}
			checkOctets(t, b)
			c, err := Parse(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			events += len(c.Events)
			uids := map[string]bool{}
			for _, e := range c.Events {
				uids[e.UID] = true
			}
			if len(uids) != len(c.Events) || bytes.Count(b, []byte("BEGIN:VTIMEZONE")) != 1 {
				t.Errorf("%s %s: %d events with %d UIDs", who.Kind, who.Ref, len(c.Events), len(uids))
			}
			files = append(files, writeTemp(t, dir, n, b))
		}
		return [32]byte(h.Sum(nil)), events, files
	}
	want, events, files := draw(true)
	if events < 10*cadres {
		t.Errorf("got %d events", events)
	}
	t.Logf("%d events in %d feeds", events, len(files))
	bin := checker(t)
	for part := range slices.Chunk(files, 200) {
		if out := run(t, "", nil, bin, part...); strings.Contains(out, "FAILED") {
			t.Errorf("libical: %.2000s", out)
		}
	}
	for range again {
		if got, _, _ := draw(false); got != want {
			t.Fatal("the same year is other bytes the second time")
		}
	}
}
