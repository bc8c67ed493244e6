package pipeline

import (
	"cmp"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/sheet"
	"lianxin/planner/store"
)

// taskEndDays is how long after its due day an imported promise stays open before it counts as failed.
const taskEndDays = 30

// merged is what an import writes: whole records, the stored ones with the files laid over them.
type merged struct {
	areas      []planner.Area
	units      []planner.Unit
	cadres     []planner.Cadre
	households []planner.Household
	recusals   []planner.Recusal
	plan       *planner.Plan // last year's; nil: nothing to write
	tasks      []planner.Task
	helpers    []planner.Helper
	wishes     []planner.Wish
	added      map[sheet.Kind]int // records that are new
	pairs      int                // of the plan that are new or differ
	rows       int                // records in all that go to the store
	same       int                // records found equal here, before the store looks
}

// part is one step of the writing.
type part struct {
	rows   int
	added  int
	oneRow bool // the store counts it as one row
	put    func() error
}

// parts are the steps in the order in which records refer to each other.
func (m merged) parts(tx *store.Tx) []part {
	ps := []part{
		{len(m.areas), m.added[sheet.Areas], false, func() error { return tx.PutAreas(m.areas) }},
		{len(m.units), m.added[sheet.Units], false, func() error { return tx.PutUnits(m.units) }},
		{len(m.cadres), m.added[sheet.Cadres], false, func() error { return tx.PutCadres(m.cadres) }},
		{len(m.households), m.added[sheet.Households], false, func() error { return tx.PutHouseholds(m.households) }},
		{len(m.recusals), len(m.recusals), false, func() error { return tx.PutRecusals(m.recusals) }},
	}
	if m.plan != nil {
		ps = append(ps, part{m.pairs, m.added[sheet.Pairings], true, func() error { return tx.PutPlan(*m.plan) }})
	}
	return append(ps, part{len(m.tasks), m.added[sheet.Tasks], false, func() error { return tx.PutTasks(m.tasks) }},
		part{len(m.helpers), m.added[sheet.Helpers], false, func() error { return tx.PutHelpers(m.helpers) }},
		part{len(m.wishes), len(m.wishes), false, func() error { return tx.PutPairWishes(m.wishes) }})
}

// merge lays the batch over the snapshot. IDs of new records are drawn in the order of the files, so that the same files
// and the same source of IDs give the same records.
func (a *App) merge(b sheet.Batch, check *importCheck, snap importSnapshot, today civil.Date, period int) merged {
	m := merged{added: map[sheet.Kind]int{}}
	m.mergeAreas(b, snap.roster)
	units := m.mergeUnits(b, snap.roster, a.NewID)
	cadres := m.mergeCadres(b, check, snap.roster, units, a.NewID)
	households := m.mergeHouseholds(b, check, snap.roster, a.NewID)
	for _, r := range b.Recusals {
		rec := planner.Recusal{Cadre: cadres[r.Cadre], Household: households[r.Household], Village: r.Village, Kind: r.Mode}
		if slices.Contains(snap.roster.Recusals, rec) {
			m.same++
		} else if !slices.Contains(m.recusals, rec) {
			m.recusals = append(m.recusals, rec)
		}
	}
	m.mergeLastPlan(b, check, snap.last, cadres, households, period, a.NewID)
	m.mergeTasks(b, snap.tasks, cadres, households, today, a.NewID)
	m.mergeHelpers(b, snap.roster, a.NewID)
	m.mergeWishes(b, snap.roster, cadres, households)
	m.rows = len(m.areas) + len(m.units) + len(m.cadres) + len(m.households) + len(m.recusals) + m.pairs + len(m.tasks) + len(m.helpers) + len(m.wishes)
	return m
}

func (m *merged) mergeAreas(b sheet.Batch, old planner.Roster) {
	stored := map[planner.AreaCode]planner.Area{}
	for _, a := range old.Areas {
		stored[a.Code] = a
	}
	for _, r := range b.Areas {
		a, ok := stored[r.Code]
		if !ok {
			m.added[sheet.Areas]++
		}
		a.Code, a.Name, a.Level, a.Parent = r.Code, r.Name, r.Level, parentOf(r)
		m.areas = append(m.areas, a)
	}
	byCode(m.areas, func(a planner.Area) string { return string(a.Code) })
}

func (m *merged) mergeUnits(b sheet.Batch, old planner.Roster, newID planner.NewID) map[string]planner.UnitID {
	ids := map[string]planner.UnitID{}
	for _, u := range old.Units {
		ids[u.Code] = u.ID
	}
	for _, r := range b.Units {
		if ids[r.Code] == "" {
			ids[r.Code] = planner.UnitID(newID())
			m.added[sheet.Units]++
		}
		m.units = append(m.units, planner.Unit{ID: ids[r.Code], Code: r.Code, Name: r.Name, Network: r.Network, Area: r.Area, Parent: r.Parent, Villages: r.Villages})
	}
	byCode(m.units, func(u planner.Unit) string { return u.Code })
	return ids
}

// mergeCadres lays cadre rows and leaves over the stored cadres. A leave with the first day of a stored one replaces it.
func (m *merged) mergeCadres(b sheet.Batch, check *importCheck, old planner.Roster, units map[string]planner.UnitID, newID planner.NewID) map[string]planner.CadreID {
	ids := map[string]planner.CadreID{}
	touched := map[string]*planner.Cadre{}
	stored := map[string]planner.Cadre{}
	for _, c := range old.Cadres {
		ids[c.Code], stored[c.Code] = c.ID, c
	}
	touch := func(code string) *planner.Cadre {
		if touched[code] == nil {
			c := stored[code]
			c.Leaves = slices.Clone(c.Leaves)
			touched[code] = &c
		}
		return touched[code]
	}
	for i, r := range b.Cadres {
		if ids[r.Code] == "" {
			ids[r.Code] = planner.CadreID(newID())
			m.added[sheet.Cadres]++
		}
		c := touch(r.Code)
		c.ID, c.Code, c.Name, c.Unit, c.Title, c.Rank, c.Head = ids[r.Code], r.Code, r.Name, units[r.Unit], r.Title, r.Rank, r.Head
		c.Grade = r.Grade
		c.Portfolio, c.Skills, c.OfficePhone, c.Mobile, c.Mail = r.Portfolio, r.Skills, r.OfficePhone, r.Mobile, r.Mail
		if c.NativeVillage = r.NativeVillage; check.foreign[i] {
			c.NativeVillage = ""
		}
		c.Capacity, c.Active = r.Capacity, true
	}
	for _, r := range b.Leaves {
		c := touch(r.Cadre)
		leave := planner.Leave{Span: r.Span, Reason: r.Reason}
		at := slices.IndexFunc(c.Leaves, func(l planner.Leave) bool { return l.Span.From == r.Span.From })
		if at >= 0 {
			c.Leaves[at] = leave
			continue
		}
		c.Leaves = append(c.Leaves, leave)
		slices.SortStableFunc(c.Leaves, func(x, y planner.Leave) int { return x.Span.From.Compare(y.Span.From) })
	}
	for _, c := range touched {
		m.cadres = append(m.cadres, *c)
	}
	byCode(m.cadres, func(c planner.Cadre) string { return c.Code })
	return ids
}

func (m *merged) mergeHouseholds(b sheet.Batch, check *importCheck, old planner.Roster, newID planner.NewID) map[string]planner.HouseholdID {
	ids := map[string]planner.HouseholdID{}
	stored := map[string]planner.Household{}
	for _, h := range old.Households {
		ids[h.Code], stored[h.Code] = h.ID, h
	}
	for i, r := range b.Households {
		h := stored[r.Code] // keeps what no file says: 暂不打扰
		if ids[r.Code] == "" {
			ids[r.Code] = planner.HouseholdID(newID())
			m.added[sheet.Households]++
		}
		h.ID, h.Code, h.Village, h.Group, h.Head = ids[r.Code], r.Code, r.Village, check.groupOf[i], r.Head
		h.Guide, h.Contact, h.Hours, h.Needs, h.PerYear, h.Active = r.Guide, r.Contact, r.Hours, r.Needs, r.PerYear, true
		if !check.withdrew[i] {
			h.Consent = r.Consent
		}
		m.households = append(m.households, h)
	}
	byCode(m.households, func(h planner.Household) string { return h.Code })
	return ids
}

// mergeLastPlan makes or amends the plan of the period before. It is published, since it is what the office lived by.
func (m *merged) mergeLastPlan(b sheet.Batch, check *importCheck, last planner.Plan, cadres map[string]planner.CadreID, households map[string]planner.HouseholdID,
	period int, newID planner.NewID) {
	pairs := map[planner.HouseholdID]planner.Pairing{}
	for _, p := range last.Pairings {
		pairs[p.Household] = p
	}
	for i, r := range b.Pairings {
		if check.dropped[i] {
			continue
		}
		h, c := households[r.Household], cadres[r.Cadre]
		was, ok := pairs[h]
		switch {
		case ok && was.Cadre == c:
			m.same++
			continue
		case !ok:
			was = planner.Pairing{ID: planner.PairingID(newID()), Tier: planner.TierHousehold, Household: h, Origin: planner.OriginImport}
			m.added[sheet.Pairings]++
		}
		was.Cadre = c
		pairs[h] = was
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
	code := map[planner.HouseholdID]string{}
	for c, id := range households {
		code[id] = c
	}
	for _, p := range pairs {
		last.Pairings = append(last.Pairings, p)
	}
	slices.SortFunc(last.Pairings, func(x, y planner.Pairing) int { return cmp.Compare(code[x.Household], code[y.Household]) })
	m.plan = &last
}

// mergeTasks makes promises. One that the office has worked on since (a state beyond ready, or a successor) keeps its
// state and owner; a closed one is never touched.
func (m *merged) mergeTasks(b sheet.Batch, old []planner.Task, cadres map[string]planner.CadreID, households map[string]planner.HouseholdID, today civil.Date, newID planner.NewID) {
	stored := map[string]planner.Task{}
	for _, t := range old {
		stored[t.Key] = t
	}
	for _, r := range b.Tasks {
		key := "promise/" + r.Code
		t, ok := stored[key]
		if ok && t.State.Terminal() {
			m.same++
			continue
		}
		next := t
		next.Household, next.Say, next.StartOn, next.DueOn, next.EndOn = households[r.Household], planner.Both(r.Say), r.PromisedOn, r.DueOn, r.DueOn.AddDays(taskEndDays)
		switch {
		case !ok:
			next.ID, next.Key, next.Kind, next.Owner, next.State = planner.TaskID(newID()), key, planner.TaskPromise, cadres[r.Cadre], planner.TaskReady
			if today.Before(r.PromisedOn) {
				next.State = planner.TaskDraft
			}
			m.added[sheet.Tasks]++
		case t.Revision <= 1:
			next.Owner = cadres[r.Cadre]
		}
		if next == t {
			m.same++
			continue
		}
		m.tasks = append(m.tasks, next)
	}
}
