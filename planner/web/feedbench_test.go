package web

import (
	"net/http"
	"testing"

	"lianxin/planner"
	"lianxin/planner/feed"
	"lianxin/planner/store"
)

// hollow is an answer that nobody reads: what is measured is ours alone.
type hollow struct {
	h      http.Header
	status int
	n      int
}

func (w *hollow) Header() http.Header         { return w.h }
func (w *hollow) WriteHeader(status int)      { w.status = status }
func (w *hollow) Write(b []byte) (int, error) { w.n += len(b); return len(b), nil }

func feedAddress(t testing.TB, town *town, cadre string) string {
	t.Helper()
	var token store.FeedToken
	err := town.DB.Read(t.Context(), planner.System("test"), func(tx *store.Tx) (err error) {
		token, err = tx.FeedTokenOf(string(feed.KindCadre), cadre)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return "/f/" + token.Token + ".ics"
}

// fetcher asks for the leader's feed again and again, as a program that has it already or as one that wants it under gzip.
func fetcher(t *testing.T, cached bool) func() int {
	t.Helper()
	town := newTown(t)
	h := town.server.Handler()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, feedAddress(t, town, "L1"), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	r.Header.Set("User-Agent", "wrk/4.1")
	w := &hollow{h: http.Header{}}
	h.ServeHTTP(w, r)
	if cached {
		r.Header.Set("If-None-Match", w.h.Get("Etag"))
	}
	return func() int {
		w := &hollow{h: http.Header{}}
		h.ServeHTTP(w, r)
		return w.status
	}
}

func TestAFetchOfACachedFeedAllocatesLittle(t *testing.T) {
	for _, c := range []struct {
		name   string
		cached bool
		status int
		most   float64
	}{{"unchanged", true, 304, 8}, {"under gzip", false, 200, 8}} {
		get := fetcher(t, c.cached)
		n := testing.AllocsPerRun(200, func() {
			if got := get(); got != c.status {
				t.Fatalf("%s: got status %d, want %d", c.name, got, c.status)
			}
		})
		r := testing.Benchmark(func(b *testing.B) {
			for b.Loop() {
				get()
			}
		})
		t.Logf("%s: %.0f allocations, %v", c.name, n, r)
		if n > c.most {
			t.Errorf("%s: got %.0f allocations, want at most %.0f", c.name, n, c.most)
		}
	}
}
