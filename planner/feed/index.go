package feed

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"lianxin/planner"
)

// month is what the villages' entries of one mass-work-day are drawn from.
type month struct {
	events    []planner.Event // the cadres', by cadre code
	revisions int             // rises with every event and every change, in whatever village
	changed   time.Time
}

// NewIndex prepares a source. It sorts what it needs sorted, so the order of the source's slices has no effect. The source's visits
// are not to be changed afterwards.
func NewIndex(src Source) *Index { return newIndex(src, true) }

// NewDigester gives [Index.Digest] for a source whose feeds are not asked for. It is safe for concurrent use.
func NewDigester(src Source) func(planner.Event) (string, error) { return newIndex(src, false).Digest }

func newIndex(src Source, feeds bool) *Index {
	if src.Zone == nil {
		src.Zone = time.UTC
	}
	x := &Index{
		src:        src,
		areas:      make(map[planner.AreaCode]planner.Area, len(src.Areas)),
		places:     map[planner.AreaCode]string{},
		units:      make(map[planner.UnitID]string, len(src.Units)),
		cadres:     make(map[planner.CadreID]planner.Cadre, len(src.Cadres)),
		households: make(map[planner.HouseholdID]home, len(src.Households)),
		uids:       make(map[string]string, len(src.Events)),
		own:        map[planner.CadreID][]planner.Event{},
		visits:     map[planner.EventID][]*planner.Visit{},
		tasks:      map[planner.CadreID][]planner.Task{},
		months:     map[string]month{},
	}
	for _, a := range src.Areas {
		x.areas[a.Code] = a
	}
	for _, a := range src.Areas {
		if a.Level == planner.LevelVillage {
			x.places[a.Code] = x.place(a.Code)
		}
	}
	for _, u := range src.Units {
		x.units[u.ID] = u.Name
	}
	for _, c := range src.Cadres {
		x.cadres[c.ID] = c
	}
	for _, h := range src.Households {
		x.households[h.ID] = home{h.Code, h.Village}
	}
	for i := range src.Visits {
		v := &src.Visits[i]
		if v.State != planner.VisitCancelled && v.State != planner.VisitMoved {
			x.visits[v.Event] = append(x.visits[v.Event], v)
		}
	}
	for _, vs := range x.visits {
		slices.SortFunc(vs, func(a, b *planner.Visit) int {
			if a.Stop != b.Stop {
				return a.Stop - b.Stop
			}
			return cmp.Or(cmp.Compare(x.code(a), x.code(b)), cmp.Compare(a.ID, b.ID))
		})
	}
	for _, t := range src.Tasks {
		x.tasks[t.Owner] = append(x.tasks[t.Owner], t)
	}
	if !feeds { // the UIDs alone, by which events refer to each other
		for i := range src.Events {
			x.uids[src.Events[i].Key] = src.Events[i].UID
		}
		return x
	}
	for _, e := range slices.SortedFunc(slices.Values(src.Events), x.byDay) {
		x.add(e)
	}
	for _, m := range x.months {
		slices.SortFunc(m.events, func(a, b planner.Event) int {
			return cmp.Or(a.On.Compare(b.On), cmp.Compare(x.cadres[a.Cadre].Code, x.cadres[b.Cadre].Code), cmp.Compare(a.Key, b.Key))
		})
	}
	return x
}

func (x *Index) byDay(a, b planner.Event) int {
	return cmp.Or(a.On.Compare(b.On), cmp.Compare(a.From, b.From), cmp.Compare(a.Key, b.Key))
}

// add files one event under each feed it may appear in.
func (x *Index) add(e planner.Event) {
	x.uids[e.Key] = e.UID
	switch {
	case e.Kind.Public():
		x.receptions = append(x.receptions, e)
	case e.Kind == planner.EventAppointment:
		x.appointments = append(x.appointments, e)
	case e.Cadre == "":
		x.county = append(x.county, e)
	}
	if e.Cadre != "" {
		x.own[e.Cadre] = append(x.own[e.Cadre], e)
	}
	if e.Kind == planner.EventMassWorkDay {
		m := x.months[monthKey(e.Key)]
		m.revisions += e.Sequence
		if e.Cadre != "" {
			m.revisions++
			m.events = append(m.events, e)
		}
		if e.ChangedAt.After(m.changed) {
			m.changed = e.ChangedAt
		}
		x.months[monthKey(e.Key)] = m
	}
}

// monthKey is the key of the county's day in a cadre's: mwd/202601/ID → mwd/202601.
func monthKey(key string) string {
	kind, rest, _ := strings.Cut(key, "/")
	of, _, _ := strings.Cut(rest, "/")
	return kind + "/" + of
}

// code of a visit's household. A household that the source does not know has none.
func (x *Index) code(v *planner.Visit) string { return x.households[v.Household].code }

// home is what an index keeps of a household.
type home struct {
	code    string
	village planner.AreaCode
}

// place words an area with what it lies in: 义马市千秋路街道程村社区.
func (x *Index) place(code planner.AreaCode) string {
	var names []string
	for n := 0; code != "" && n < 6; n++ { // no tree is deeper; a ring in a broken one ends too
		a, ok := x.areas[code]
		if !ok {
			break
		}
		names = append(names, a.Name)
		if a.Level == planner.LevelCounty {
			break
		}
		code = a.Parent
	}
	slices.Reverse(names)
	return strings.Join(names, "")
}

// derived makes the UID of something that no store holds, from what it is.
func (x *Index) derived(kind, local string) string { return kind + "-" + local + "@" + x.src.Host }
