package pipeline

import (
	"cmp"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/sheet"
	"lianxin/planner/store"
)

// What an import has most of, households and last year's pairs, is not laid out as whole records: these are made row by row
// while they are stored.

// householdIDs finds the ID of a household by its code; "" for none.
type householdIDs func(code string) planner.HouseholdID

func (m *merged) mergeHouseholds(b sheet.Batch, check *importCheck, old []store.HouseholdStub, newID planner.NewID) householdIDs {
	m.homes = b.Households.Len()
	ids := make([]planner.HouseholdID, m.homes)
	order := make([]int32, m.homes)
	for i := range ids {
		order[i] = int32(i)
		if at, ok := check.stored[b.Households.Code(i)]; ok {
			ids[i] = old[at].ID
			continue
		}
		ids[i] = planner.HouseholdID(newID())
		m.added[sheet.Households]++
	}
	slices.SortFunc(order, func(x, y int32) int { return cmp.Compare(b.Households.Code(int(x)), b.Households.Code(int(y))) })
	m.households = func(yield func(planner.Household) bool) {
		for _, i := range order {
			r := b.Households.At(int(i))
			h := planner.Household{ID: ids[i], Code: r.Code, Village: r.Village, Group: check.groupOf[i], Head: r.Head, Guide: r.Guide, Contact: r.Contact,
				Hours: r.Hours, Consent: r.Consent, Needs: r.Needs, PerYear: r.PerYear, Active: true}
			if at, ok := check.stored[r.Code]; ok { // 暂不打扰 stands in no file
				if h.MuteUntil = old[at].MuteUntil; check.withdrew[int(i)] {
					h.Consent = old[at].Consent
				}
			}
			if !yield(h) {
				return
			}
		}
	}
	return func(code string) planner.HouseholdID {
		if i, ok := check.households[code]; ok {
			return ids[i]
		}
		if i, ok := check.stored[code]; ok {
			return old[i].ID
		}
		return ""
	}
}

// lastPair is a pair of the plan of the period before.
type lastPair struct {
	code      string // of the household, by which the plan is sorted
	household planner.HouseholdID
	id        planner.PairingID
	cadre     planner.CadreID
	was       int32 // place in the stored plan, −1 if it is new
}

// mergeLastPlan makes or amends the plan of the period before. It is published, since it is what the office lived by.
func (m *merged) mergeLastPlan(b sheet.Batch, check *importCheck, snap importSnapshot, cadres map[string]planner.CadreID, households householdIDs,
	period int, newID planner.NewID) {
	last := snap.last
	stored := last.Pairings
	pairs := make([]lastPair, 0, max(len(stored), b.Pairings.Len()))
	at := make(map[planner.HouseholdID]int32, len(stored))
	if len(stored) > 0 {
		codes := make(map[planner.HouseholdID]string, len(snap.households))
		for _, h := range snap.households {
			codes[h.ID] = h.Code
		}
		for i, p := range stored {
			at[p.Household] = int32(i)
			pairs = append(pairs, lastPair{codes[p.Household], p.Household, p.ID, p.Cadre, int32(i)})
		}
	}
	for i, r := range b.Pairings.All() {
		if check.dropped[i] {
			continue
		}
		h, c := households(r.Household), cadres[r.Cadre]
		k, ok := at[h]
		switch {
		case ok && pairs[k].cadre == c:
			m.same++
			continue
		case ok:
			pairs[k].cadre = c
		default:
			pairs = append(pairs, lastPair{r.Household, h, planner.PairingID(newID()), c, -1})
			m.added[sheet.Pairings]++
		}
		m.pairs++
	}
	if m.pairs == 0 {
		return
	}
	if last.ID == "" {
		last = planner.Plan{ID: planner.PlanID(newID()), Period: period - 1, Status: planner.PlanPublished, Preset: "import", Valid: civil.YearSpan(period - 1)}
	}
	last.Revision++
	last.Pairings = nil
	m.plan = &last
	slices.SortFunc(pairs, func(x, y lastPair) int { return cmp.Compare(x.code, y.code) })
	m.lastPairs = func(yield func(planner.Pairing) bool) {
		for _, x := range pairs {
			p := planner.Pairing{ID: x.id, Tier: planner.TierHousehold, Household: x.household, Origin: planner.OriginImport}
			if x.was >= 0 {
				p = stored[x.was]
			}
			if p.Cadre = x.cadre; !yield(p) {
				return
			}
		}
	}
}
