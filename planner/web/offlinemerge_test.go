package web

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"lianxin/planner"
	"lianxin/planner/followup"
	"lianxin/planner/pipeline"
	"lianxin/planner/sheet"
)

// A history is what some devices do without a network: write a field, or hear some edits, in disorder and some twice. The
// browser plays it with the sheet's own script; Go plays it with followup.Merge.
type history struct {
	Devices int           `json:"devices"`
	Steps   []historyStep `json:"steps"`
}

type historyStep struct {
	D    int              `json:"d"`
	F    planner.Field    `json:"f,omitempty"`
	V    string           `json:"v"`
	Hear []planner.EditID `json:"hear,omitempty"`
}

// played is what came of it: all edits in the order of their making, and each device's record once all have heard all.
type played struct {
	Edits   []planner.Edit   `json:"edits"`
	Records []planner.Record `json:"records"`
}

func newHistory(seed uint64) (h history, p played) {
	rng := rand.New(rand.NewPCG(seed, 2))
	fields := []planner.Field{planner.FieldOutcome, "tick/theme.road", "note/opinions", "promise/1", "promise/2"}
	values := map[string][]string{"outcome": {"", "done", "not-home", "declined"}, "tick": {"", "yes"}, "note": {"", "路灯坏了", "水压低", "修好了"},
		"promise": {"", "errand 2026-03-01 问医保", "escort 2026-03-02 陪去窗口", "promise 2026-03-03 回话"}}
	h.Devices, p.Edits = 2+rng.IntN(2), []planner.Edit{}
	known := make([][]planner.Edit, h.Devices)
	clock, count := make([]int, h.Devices), make([]int, h.Devices)
	hear := func(d int, es []planner.Edit) {
		s := historyStep{D: d, Hear: []planner.EditID{}}
		for _, e := range es {
			s.Hear = append(s.Hear, e.ID)
			if !slices.ContainsFunc(known[d], func(k planner.Edit) bool { return k.ID == e.ID }) {
				known[d] = append(known[d], e)
			}
		}
		if len(es) > 0 {
			h.Steps = append(h.Steps, s)
		}
	}
	for range 3 + rng.IntN(14) {
		d := rng.IntN(h.Devices)
		if rng.IntN(3) > 0 {
			f := fields[rng.IntN(len(fields))]
			v := values[f.Kind()][rng.IntN(len(values[f.Kind()]))]
			for _, k := range known[d] {
				clock[d] = max(clock[d], k.Clock)
			}
			clock[d]++
			count[d]++
			e := planner.Edit{ID: planner.EditID(fmt.Sprintf("%c-%d", 'a'+d, count[d])), Visit: "v", Field: f, Value: v, Clock: clock[d], Over: followup.Merge("v", known[d]).Heads[f]}
			known[d] = append(known[d], e)
			p.Edits = append(p.Edits, e)
			h.Steps = append(h.Steps, historyStep{D: d, F: f, V: v})
			continue
		}
		part := slices.Clone(known[rng.IntN(h.Devices)])
		rng.Shuffle(len(part), func(i, j int) { part[i], part[j] = part[j], part[i] })
		part = part[:rng.IntN(len(part)+1)]
		hear(d, append(part, part...))
	}
	for d := range h.Devices {
		all := slices.Clone(p.Edits)
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		hear(d, all)
		p.Records = append(p.Records, followup.Merge("v", known[d]))
	}
	return h, p
}

const playScript = `fetch('/histories').then(r => r.json()).then(({histories, words}) => {
  const played = histories.map(h => {
    const devices = Array.from({length: h.devices}, (_, i) => ({numbers: {device: 'abc'[i], count: 0, clock: 0}, known: new Map()})), made = new Map();
    for (const s of h.steps || []) {
      const d = devices[s.d];
      if (s.hear) { for (const id of s.hear) d.known.set(id, made.get(id)); continue; }
      const e = newEdit(d.numbers, [...d.known.values()], 'v', s.f, s.v);
      made.set(e.id, e);
      d.known.set(e.id, e);
    }
    return {edits: [...made.values()], records: devices.map(d => merge('v', [...d.known.values()]))};
  });
  return fetch('/played', {method: 'POST', body: JSON.stringify({played, secrets: words.map(secretIn)})});
}).then(() => true)`

// TestTheSheetMergesAsTheServerDoes plays 10,000 random histories in a browser with the sheet's script and in Go, and a sample of
// them through the server's database: the same edits, the same records on every replica, and no edit lost.
func TestTheSheetMergesAsTheServerDoes(t *testing.T) {
	const n = 10_000
	var in struct {
		Histories []history `json:"histories"`
		Words     []string  `json:"words"`
	}
	var out struct {
		Played  []played `json:"played"`
		Secrets []string `json:"secrets"`
	}
	want := make([]played, n)
	both, edits := 0, 0
	for i := range n {
		h, p := newHistory(uint64(i))
		in.Histories, want[i] = append(in.Histories, h), p
		edits += len(p.Edits)
		if len(p.Records[0].Both) > 0 {
			both++
		}
	}
	in.Words = secretWords()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/histories":
			_ = json.NewEncoder(w).Encode(in)
		case "/played":
			if err := json.NewDecoder(r.Body).Decode(&out); err != nil {
				t.Errorf("what the browser made of it: %v", err)
			}
		default:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, "<!doctype html><link rel=icon href=data:,><script>"+mergeJS+"</script>")
		}
	}))
	defer srv.Close()
	b := newBrowser(t, srv.URL)
	b.run(chromedp.Navigate(srv.URL), chromedp.Evaluate(playScript, nil, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	if len(out.Played) != n {
		t.Fatalf("got %d histories back, want %d", len(out.Played), n)
	}
	for i := range n {
		got := out.Played[i]
		for j := range got.Records { // the script has empty ones where Go has none
			if r := &got.Records[j]; len(r.Both) == 0 {
				r.Both = nil
			}
			if r := &got.Records[j]; len(r.Promises) == 0 {
				r.Promises = nil
			}
		}
		if !reflect.DeepEqual(want[i], got) {
			t.Fatalf("history %d (-Go +browser)\n%s", i, cmp.Diff(want[i], got))
		}
		for _, r := range got.Records[1:] {
			if !reflect.DeepEqual(got.Records[0], r) {
				t.Fatalf("history %d: two devices differ\n%s", i, cmp.Diff(got.Records[0], r))
			}
		}
		over := map[planner.EditID]bool{}
		for _, e := range got.Edits {
			for _, o := range e.Over {
				over[o] = true
			}
		}
		for _, e := range got.Edits {
			if !over[e.ID] && !slices.Contains(got.Records[0].Heads[e.Field], e.ID) {
				t.Fatalf("history %d: the edit %+v is lost", i, e)
			}
		}
	}
	if both < n/20 {
		t.Errorf("got %d of %d histories with two sides, want enough of them to prove something", both, n)
	}
	for i, w := range in.Words {
		say, found := sheet.SecretIn(w)
		kind := ""
		for word, k := range map[string]string{"ID-card": "id", "bank card": "card", "mobile": "mobile"} {
			if found && strings.Contains(say.EN, word) {
				kind = k
			}
		}
		if out.Secrets[i] != kind {
			t.Errorf("words %d: got %q in the browser, want %q", i, out.Secrets[i], kind)
		}
	}
	if kinds := strings.Join(out.Secrets, " "); !strings.Contains(kinds, "id") || !strings.Contains(kinds, "card") || !strings.Contains(kinds, "mobile") {
		t.Error("got not every kind of number among the words, want each to be tried")
	}
	sample := throughTheServer(t, want)
	t.Logf("%d histories with %d edits, %d of them with two sides; %d through the database", n, edits, both, sample)
}

// secretWords are words with numbers of every length, valid ones among them.
func secretWords() (words []string) {
	rng := rand.New(rand.NewPCG(3, 3))
	for range 5000 {
		n := 9 + rng.IntN(12)
		var b strings.Builder
		b.WriteString([]string{"", "电话", "a1 ", "共"}[rng.IntN(4)])
		switch rng.IntN(4) {
		case 0:
			b.WriteString("1" + string(rune('1'+rng.IntN(9))))
			n = 9
		case 1:
			b.WriteString(fmt.Sprintf("411281%04d%02d%02d", 1890+rng.IntN(230), rng.IntN(14), rng.IntN(33)))
			n = 3
		}
		for range n {
			b.WriteByte(byte('0' + rng.IntN(10)))
		}
		b.WriteString([]string{"", "X", "x", "号"}[rng.IntN(4)])
		words = append(words, b.String())
	}
	return words
}

// throughTheServer sends the edits of as many histories as there are visits, in disorder, in parts, some twice, and compares
// what the server then shows.
func throughTheServer(t *testing.T, histories []played) int {
	t.Helper()
	town := newTown(t)
	now := day("2026-02-24").At(19*60, shanghai)
	town.Now = func() time.Time { return now }
	sys := planner.System("test")
	type place struct {
		cadre planner.CadreID
		visit planner.VisitID
		want  planner.Record
	}
	var places []place
	var all []planner.Edit
	for _, c := range townRoster().Cadres {
		for _, on := range []string{"2026-01-15", "2026-02-24"} {
			s, err := town.OfflineSheetOf(t.Context(), sys, c.ID, day(on))
			if err != nil {
				t.Fatal(err)
			}
			for _, st := range s.Stops {
				p := place{c.ID, st.Visit, planner.Record{}}
				if slices.ContainsFunc(places, func(q place) bool { return q.visit == p.visit }) {
					continue // a companion's
				}
				named := func(id planner.EditID) planner.EditID { return planner.EditID(fmt.Sprintf("h%d%s", len(places), id)) }
				var mine []planner.Edit
				for _, e := range histories[len(places)].Edits {
					e.ID, e.Visit, e.Over = named(e.ID), st.Visit, slices.Clone(e.Over)
					for i := range e.Over {
						e.Over[i] = named(e.Over[i])
					}
					mine = append(mine, e)
				}
				p.want = followup.Merge(st.Visit, mine)
				places, all = append(places, p), append(all, append(mine, mine[:len(mine)/2]...)...)
			}
		}
	}
	rng := rand.New(rand.NewPCG(4, 4))
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for part := range slices.Chunk(all, 150) {
		got, err := town.RecordVisits(t.Context(), sys, part)
		if err != nil {
			t.Fatal(err)
		}
		if i := slices.IndexFunc(got.Receipts, func(r pipeline.Receipt) bool { return !r.Taken }); i >= 0 {
			t.Fatalf("got %+v refused, want all taken", got.Receipts[i])
		}
	}
	shown := map[planner.VisitID]planner.Record{}
	for _, c := range townRoster().Cadres {
		for _, on := range []string{"2026-01-15", "2026-02-24"} {
			s, err := town.OfflineSheetOf(t.Context(), sys, c.ID, day(on))
			if err != nil {
				t.Fatal(err)
			}
			for _, st := range s.Stops {
				shown[st.Visit] = st.Record
			}
		}
	}
	for _, p := range places {
		if d := cmp.Diff(p.want, shown[p.visit]); d != "" {
			t.Fatalf("visit %s (-device +server)\n%s", p.visit, d)
		}
	}
	if len(places) < 20 {
		t.Errorf("got %d visits, want twenty at least", len(places))
	}
	return len(places)
}
