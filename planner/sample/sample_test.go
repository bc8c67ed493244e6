package sample

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/sheet"
)

// yima writes the small preset and reads it back as an import does.
func yima(t *testing.T, seed uint64, dir string) (Report, sheet.Batch) {
	t.Helper()
	rep, err := Write(t.Context(), Options{Preset: "yima", Seed: seed, Dir: dir})
	if err != nil {
		t.Fatalf("write: %v", err)
	}
	batch, findings, err := sheet.Read(t.Context(), rep.Sources(dir))
	if err != nil {
		t.Fatalf("read back: %v", err)
	}
	for _, f := range findings {
		t.Errorf("finding: %s", f.Sentence().EN)
	}
	return rep, batch
}

func sums(t *testing.T, rep Report, dir string) (out []string) {
	t.Helper()
	for _, f := range rep.Files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		if int64(len(b)) != f.Size {
			t.Errorf("%s: got %d bytes, the report says %d", f.Name, len(b), f.Size)
		}
		out = append(out, fmt.Sprintf("%s %x", f.Name, sha256.Sum256(b)))
	}
	return out
}

func TestTheSameSeedGivesTheSameBytesAndAnotherSeedOthers(t *testing.T) {
	write := func(seed uint64) []string {
		dir := t.TempDir()
		rep, err := Write(t.Context(), Options{Preset: "yima", Seed: seed, Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		return sums(t, rep, dir)
	}
	first := write(1)
	time.Sleep(1100 * time.Millisecond) // so that a time of writing would show
	if again := write(1); !slices.Equal(first, again) {
		t.Errorf("got other bytes from the same seed:\n%s\nwant\n%s", strings.Join(again, "\n"), strings.Join(first, "\n"))
	}
	for i, sum := range write(2) {
		if sum == first[i] {
			t.Errorf("%s is the same for seeds 1 and 2", sum)
		}
	}
}

func TestWorkbooksCarryNoTimeOfWriting(t *testing.T) {
	dir := t.TempDir()
	rep, err := Write(t.Context(), Options{Preset: "yima", Seed: 1, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range rep.Files {
		if filepath.Ext(f.Name) != ".xlsx" {
			continue
		}
		z, err := zip.OpenReader(filepath.Join(dir, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range z.File {
			if d := time.Since(part.Modified); d < 24*time.Hour && d > -24*time.Hour {
				t.Errorf("%s: %s carries the time %s", f.Name, part.Name, part.Modified)
			}
		}
		z.Close()
	}
}

func TestYimaHasTheNumbersOfTheArticle(t *testing.T) {
	rep, b := yima(t, 1, t.TempDir())
	check := func(what string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %d, want %d", what, got, want)
		}
	}
	check("villages", rep.Villages, 35)
	check("stations", rep.Stations, 90)
	check("units", rep.Units, 126)
	check("leaders", rep.Cadres[planner.RankLeader], 35)
	check("section-level cadres", rep.Cadres[planner.RankSection], 110)
	check("staff", rep.Cadres[planner.RankStaff], 1200)
	check("consenting households", rep.Consenting, 15_000)
	check("last year's pairings", rep.LastYear, 12_000)
	check("promises", rep.Promises, 60)
	for kind, n := range b.Counts() {
		check(string(kind), n, rep.Counts[kind])
	}
	stations, heads, agreed := 0, 0, map[planner.Consent]int{}
	for _, u := range b.Units {
		if u.Network == planner.NetworkStation {
			stations++
		}
	}
	for _, c := range b.Cadres {
		if c.Head {
			heads++
			if c.Rank != planner.RankLeader {
				t.Errorf("%s is a head and no leader", c.Code)
			}
		}
	}
	for _, h := range b.Households.All() {
		agreed[h.Consent]++
	}
	check("stations in the sheet", stations, 90)
	check("heads", heads, 2)
	check("consenting in the sheet", agreed[planner.ConsentGiven], 15_000)
	check("not consenting in the sheet", b.Households.Len()-agreed[planner.ConsentGiven], 600)
	for _, c := range []planner.Consent{planner.ConsentUnasked, planner.ConsentDeclined, planner.ConsentWithdrawn} {
		if agreed[c] == 0 {
			t.Errorf("no household is %s", c)
		}
	}
}

func TestTheNetworkReachesEveryVillage(t *testing.T) {
	_, b := yima(t, 1, t.TempDir())
	codes, served := map[string]bool{}, map[planner.AreaCode]int{}
	for _, u := range b.Units {
		if codes[u.Code] {
			t.Errorf("unit code %s stands twice", u.Code)
		}
		codes[u.Code] = true
		if len(u.Villages) == 0 {
			t.Errorf("unit %s %s serves no village", u.Code, u.Name)
		}
		for _, v := range u.Villages {
			served[v]++
		}
	}
	bureaus := 0
	for _, u := range b.Units {
		if u.Parent == "" {
			bureaus++
		} else if !codes[u.Parent] {
			t.Errorf("unit %s has the unknown parent %s", u.Code, u.Parent)
		}
	}
	if bureaus != 1 {
		t.Errorf("got %d units without a parent, want the one bureau", bureaus)
	}
	groups := map[planner.AreaCode]int{}
	for _, a := range b.Areas {
		if a.Level == planner.LevelGroup {
			groups[a.Parent]++
		}
		if a.Level == planner.LevelVillage && served[a.Code] < 3 {
			t.Errorf("village %s is served by %d units, want its room, its 街道 and an office", a.Name, served[a.Code])
		}
	}
	for v, n := range groups {
		if n < 4 || n > 8 {
			t.Errorf("village %s has %d groups, want 4 to 8", v, n)
		}
	}
	homes := map[planner.AreaCode]int{}
	for _, h := range b.Households.All() {
		homes[h.Village]++
	}
	least, most := b.Households.Len(), 0
	for _, n := range homes {
		least, most = min(least, n), max(most, n)
	}
	if len(homes) != 35 || most < 2*least {
		t.Errorf("got %d villages of %d to %d households, want 35 of uneven size", len(homes), least, most)
	}
}

// Whatever the recusals, a feasible pairing exists if for each household the cadres not barred from it have room for all
// consenting households (Hall's condition: a set of households reaches at least what one of them reaches).
func TestEveryConsentingHouseholdCanHaveACadre(t *testing.T) {
	for seed := range uint64(5) {
		rep, b := yima(t, seed, t.TempDir())
		room, assignable := capacities(b)
		if assignable < 1150 {
			t.Errorf("seed %d: got %d assignable staff, want at least 1,150", seed, assignable)
		}
		total := 0
		for _, n := range room {
			total += n
		}
		barred, barredVillage := map[string]int{}, map[planner.AreaCode]int{}
		for _, r := range b.Recusals {
			if r.Household != "" {
				barred[r.Household] += room[r.Cadre]
			} else {
				barredVillage[r.Village] += room[r.Cadre]
			}
		}
		for _, h := range b.Households.All() {
			if free := total - barred[h.Code] - barredVillage[h.Village]; h.Consent == planner.ConsentGiven && free < rep.Consenting {
				t.Fatalf("seed %d: household %s reaches room for %d, want at least %d", seed, h.Code, free, rep.Consenting)
			}
		}
	}
}

// capacities are the places of the staff who are not on a long leave in the year to plan.
func capacities(b sheet.Batch) (room map[string]int, assignable int) {
	away := map[string]bool{}
	for _, l := range b.Leaves {
		c := planner.Cadre{Leaves: []planner.Leave{{Span: l.Span}}}
		if c.LongLeaveIn(civil.YearSpan(planYear)) {
			away[l.Cadre] = true
		}
	}
	room = map[string]int{}
	for _, c := range b.Cadres {
		if c.Rank != planner.RankStaff || away[c.Code] {
			continue
		}
		assignable++
		room[c.Code] = fullLoad
		if c.Capacity > 0 {
			room[c.Code] = c.Capacity
		}
	}
	return room, assignable
}

func TestLastYearLooksLikeAnOfficesList(t *testing.T) {
	_, b := yima(t, 1, t.TempDir())
	unitOf, serves, load, home := map[string]string{}, map[string]bool{}, map[string]int{}, map[string]sheet.HouseholdRow{}
	for _, c := range b.Cadres {
		unitOf[c.Code] = c.Unit
	}
	for _, u := range b.Units {
		for _, v := range u.Villages {
			serves[u.Code+string(v)] = true
		}
	}
	for _, h := range b.Households.All() {
		home[h.Code] = h
	}
	near := 0
	pair := map[string]string{}
	for _, p := range b.Pairings.All() {
		if home[p.Household].Consent != planner.ConsentGiven || pair[p.Household] != "" {
			t.Fatalf("%s was paired twice or does not consent", p.Household)
		}
		pair[p.Household] = p.Cadre
		load[p.Cadre]++
		if serves[unitOf[p.Cadre]+string(home[p.Household].Village)] {
			near++
		}
	}
	for c, n := range load {
		if n > fullLoad {
			t.Errorf("%s had %d households, want at most %d", c, n, fullLoad)
		}
	}
	if share := 100 * near / b.Pairings.Len(); share < 80 || share > 99 {
		t.Errorf("got %d %% of last year's pairs with a unit that serves the village, want most and not all", share)
	}
	room, _ := capacities(b)
	gone := 0
	for _, c := range b.Cadres {
		if c.Rank == planner.RankStaff && room[c.Code] == 0 && load[c.Code] > 0 {
			gone++
		}
	}
	if gone < 5 {
		t.Errorf("got %d cadres on a long leave who had households, want several", gone)
	}
	asked := 0
	for _, r := range b.Recusals {
		if r.Mode == planner.RecusalRequested && pair[r.Household] == r.Cadre {
			asked++
		}
	}
	if asked < 20 {
		t.Errorf("got %d households that ask for another cadre than last year's, want several", asked)
	}
	today, overdue := civil.Of(2026, 1, 5), 0
	for _, p := range b.Tasks {
		if pair[p.Household] != p.Cadre {
			t.Errorf("%s was promised by %s, who did not look after %s", p.Code, p.Cadre, p.Household)
		}
		if p.DueOn.Before(promisesFrom) || p.DueOn.After(promisesTill) || !p.PromisedOn.Before(p.DueOn) && p.PromisedOn != lastPromise {
			t.Errorf("%s: promised on %s, due on %s", p.Code, p.PromisedOn, p.DueOn)
		}
		if p.DueOn.Before(p.PromisedOn) {
			t.Errorf("%s is due before it was promised", p.Code)
		}
		if p.DueOn.Before(today) {
			overdue++
		}
	}
	if overdue < 10 || overdue > 40 {
		t.Errorf("got %d of %d promises overdue on %s, want some", overdue, len(b.Tasks), today)
	}
}

func TestXinyangStreamsAMillionHouseholds(t *testing.T) {
	var quarter, end uint64
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	rep, err := Write(t.Context(), Options{Preset: "xinyang", Seed: 1, Dir: t.TempDir(), Progress: func(_ planner.Text, done, total int) {
		switch {
		case total == 1_000_000 && quarter == 0 && done >= total/4:
			quarter = heap()
		case total == 1_000_000 && done == total:
			end = heap()
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if rep.Villages != 3474 || rep.Households != 1_000_000 || rep.Cadres[planner.RankLeader]+rep.Cadres[planner.RankSection]+rep.Cadres[planner.RankStaff] != 67_000 {
		t.Errorf("got %d villages, %d households, %v cadres; want 3,474, 1,000,000 and 67,000", rep.Villages, rep.Households, rep.Cadres)
	}
	if free := (rep.Cadres[planner.RankStaff] - rep.OnLeave) * fullLoad; free < rep.Consenting*101/100 {
		t.Errorf("got room for %d, want more than the %d consenting", free, rep.Consenting)
	}
	if end > quarter+16<<20 {
		t.Errorf("the heap grew from %d MB after a quarter of the households to %d MB at the end", quarter>>20, end>>20)
	}
}

func TestACancelledSampleLeavesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	dir := t.TempDir()
	_, err := Write(ctx, Options{Preset: "yima", Seed: 1, Dir: dir, Progress: func(say planner.Text, done, _ int) {
		if done > 5000 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want %v", err, context.Canceled)
	}
	left, _ := os.ReadDir(dir)
	if len(left) != 0 {
		t.Errorf("got %v left behind, want nothing", left)
	}
}

func TestAnUnknownPresetIsNamedWithThoseThatExist(t *testing.T) {
	_, err := Write(t.Context(), Options{Preset: "atlantis", Dir: t.TempDir()})
	e, ok := errors.AsType[*planner.Error](err)
	if !ok || e.Kind != planner.Invalid || !strings.Contains(e.Say.ZH, "yima、xinyang") || !strings.Contains(e.Say.EN, "yima, xinyang") {
		t.Errorf("got %v, want an Invalid error that names the presets", err)
	}
}
