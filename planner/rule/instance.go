package rule

import (
	"cmp"
	"maps"
	"slices"

	"lianxin/planner"
)

// Minutes from a unit to a target, by how their codes agree [office practice, no source].
const (
	withinVillageMin  = 10 // the unit serves the village or sits in it
	withinTownshipMin = 20 // it serves or sits in the township
	withinCountyMin   = 35
	beyondCountyMin   = 90
)

// Unit is a unit with what rules read of it.
type Unit struct {
	planner.Unit
	linked  bool    // it serves at least one village
	serves  []bool  // by village
	travel  []int32 // minutes, by village
	follows bool    // upper holds something
	upper   []bool  // by village (group tier) or group (household tier): looked after by the unit one tier above
}

// Cadre is a cadre of the tier with what rules read of them.
type Cadre struct {
	planner.Cadre
	Unit  *Unit
	Away  bool // on long leave in the plan's span
	Share int  // even share of targets, ≤ Cap
	Cap   int  // most targets; 0 for who is away
	Least int  // fewest, where a unit's lower bound is dealt out; see [Instance.DealLeast]

	teams  []int32 // villages with a team that they are in; see [VillageCap]
	skills uint8   // bit i: planner.Needs[i]
	native int32   // village; -1 none
	off    []int32 // villages recused from
	ground []int32 // groups where they had households last period, ascending; nil none
	home   int32   // village of a helper; −1 none

	homeGroup  int32   // 0: not known
	likes      []int32 // villages that they would like to serve
	likesGroup []int32
}

// Target is a village, group or household to be looked after.
type Target struct {
	Code      string
	Area      planner.AreaCode   // the village or group itself, or the household's finest area
	Household *planner.Household // nil but in the household tier
	Place     string             // name of Area, with its village
	Last      *Cadre             // last period's, if they could go on; nil otherwise
	Was       planner.CadreID    // last period's, whoever it was
	Pin       *Cadre             // nil if not pinned
	Size      int                // households of the village, or of the ten; of those tiers alone
	No        int                // which ten of its area, from 1
	Members   []planner.HouseholdID
	Former    *planner.Reason // why Was could not go on, of price 0 and private; nil if there was nobody or they could

	name planner.Text // what sentences call it; zero: by its code

	formerly []planner.Text // how Former's rule said it before

	village int32
	group   int32 // 0: none
	upper   int32 // index into Unit.upper
	needs   uint8
	recused []*Cadre
	team    int // the most cadres of its village, where who they are is settled; 0: open

	wished    []*Cadre        // by the household
	another   *Cadre          // whom the household would rather not have again
	cover     planner.UnitID  // unit of a present cadre who is on leave for a while
	first     planner.CadreID // first responsible person, in the tier of the second
	firstUnit planner.UnitID
}

// Name is what sentences call the target. A household's is made when it is asked for: a prefecture has a million of them.
func (t *Target) Name() planner.Text {
	if t.name.IsZero() {
		return planner.Text{ZH: t.Code + "户", EN: "household " + t.Code}
	}
	return t.name
}

func (t *Target) recuses(c *Cadre) bool {
	return slices.Contains(t.recused, c) || slices.Contains(c.off, t.village)
}

// Instance is one tier of a question: cadres and targets sorted by code, with their facts.
type Instance struct {
	Tier    planner.Tier
	Cadres  []*Cadre
	Targets []*Target

	UnitCaps []UnitCap // of the household tier: what units may have at most, all their cadres together

	q        Question
	forbids  []PairRule
	prices   []PairRule
	loads    []LoadRule
	unserved planner.Seconds
	share    int // even share of all, where the practice does not fix it
}

// Lay lays out one tier. Upper are the pairings of the tier above (nil for the first). Cadres of the tier are the active
// ones of its rank; targets are areas valid on the plan's first day, or households that are active and consent. A cadre
// whose unit, or a pin whose cadre is unknown, is Invalid.
func Lay(q Question, tier planner.Tier, upper []planner.Pairing) (*Instance, error) {
	l := layer{q: q, tier: tier, villages: map[planner.AreaCode]int32{}, groups: map[planner.AreaCode]int32{"": 0}, areas: map[planner.AreaCode]planner.Area{},
		households: map[planner.HouseholdID]*planner.Household{}, everyone: map[planner.CadreID]*planner.Cadre{}, byID: map[planner.CadreID]*Cadre{}, placed: map[planner.AreaCode]string{}}
	in := &Instance{Tier: tier, q: q, unserved: q.Book.Unserved.Seconds()}
	for _, r := range q.Book.Pairs {
		switch {
		case !inTiers(r.Tiers, tier):
		case r.Effect == Forbid:
			in.forbids = append(in.forbids, r)
		default:
			in.prices = append(in.prices, r)
		}
	}
	for _, r := range q.Book.Loads {
		if inTiers(r.Tiers, tier) {
			in.loads = append(in.loads, r)
		}
	}
	l.places()
	if tier == planner.TierUnit {
		return in, l.layUnits(in)
	}
	if q.planned(tier) {
		in.Targets = l.targets()
	}
	cadres, err := l.cadres(upper)
	if err != nil {
		return nil, err
	}
	in.Cadres = cadres
	if err := l.join(in); err != nil {
		return nil, err
	}
	if err := l.loads(in); err != nil {
		return nil, err
	}
	l.joinFurther(in, upper)
	l.joinTeams(in)
	return in, nil
}

// layer is what Lay looks things up in.
type layer struct {
	q          Question
	tier       planner.Tier
	areas      map[planner.AreaCode]planner.Area
	villages   map[planner.AreaCode]int32
	codes      []planner.AreaCode // of the villages, by their numbers, which is ascending
	groups     map[planner.AreaCode]int32
	households map[planner.HouseholdID]*planner.Household
	everyone   map[planner.CadreID]*planner.Cadre
	byID       map[planner.CadreID]*Cadre
	placed     map[planner.AreaCode]string
}

// places numbers villages and groups in the order of their codes, so that the roster's own order does not matter.
func (l *layer) places() {
	for _, a := range l.q.Roster.Areas {
		l.areas[a.Code] = a
		switch a.Level {
		case planner.LevelVillage:
			l.villages[a.Code] = 0
		case planner.LevelGroup:
			l.groups[a.Code], l.villages[a.Code.Village()] = 0, 0
		}
	}
	for i := range l.q.Roster.Households {
		h := &l.q.Roster.Households[i]
		l.households[h.ID] = h
		l.villages[h.Village], l.groups[h.Group] = 0, 0
	}
	l.codes = slices.Sorted(maps.Keys(l.villages))
	for i, code := range l.codes {
		l.villages[code] = int32(i)
	}
	for i, code := range slices.Sorted(maps.Keys(l.groups)) { // "" is 0
		l.groups[code] = int32(i)
	}
	for i := range l.q.Roster.Cadres {
		c := &l.q.Roster.Cadres[i]
		l.everyone[c.ID] = c
	}
}

// targets lists the tier's targets by code.
func (l *layer) targets() (ts []*Target) {
	switch l.tier {
	case planner.TierVillage, planner.TierGroup:
		level := planner.LevelVillage
		if l.tier == planner.TierGroup {
			level = planner.LevelGroup
		}
		for _, a := range l.q.Roster.Areas {
			if a.Level == level && a.Valid.Contains(l.q.Valid.From) {
				place := l.place(a.Code)
				ts = append(ts, &Target{Code: string(a.Code), Area: a.Code, name: planner.Both(place), Place: place,
					village: l.villages[a.Code.Village()], group: l.groups[a.Code], upper: l.villages[a.Code.Village()]})
			}
		}
	case planner.TierTen:
		ts = l.tens()
	default:
		for i := range l.q.Roster.Households {
			h := &l.q.Roster.Households[i]
			if !h.Served() || l.tier == planner.TierVolunteer && len(h.Needs) == 0 {
				continue
			}
			area := h.Group
			if area == "" {
				area = h.Village
			}
			t := &Target{Code: h.Code, Area: area, Household: h, Place: l.place(area),
				village: l.villages[h.Village], group: l.groups[h.Group], upper: l.groups[h.Group], needs: needBits(h.Needs)}
			ts = append(ts, t)
		}
	}
	slices.SortFunc(ts, func(a, b *Target) int {
		if c := cmp.Compare(a.Code, b.Code); c != 0 || a.Household == nil {
			return c
		}
		return cmp.Compare(a.Household.ID, b.Household.ID)
	})
	return ts
}

// place names an area with its village.
func (l *layer) place(code planner.AreaCode) string {
	name, known := l.placed[code]
	if !known {
		name = l.named(code)
		l.placed[code] = name
	}
	return name
}

func (l *layer) named(code planner.AreaCode) string {
	name := func(c planner.AreaCode) string {
		if n := l.areas[c].Name; n != "" {
			return n
		}
		return string(c)
	}
	if v := code.Village(); v != code {
		return name(v) + name(code)
	}
	return name(code)
}

// cadres lists the tier's cadres by code, with their units.
func (l *layer) cadres(upper []planner.Pairing) ([]*Cadre, error) {
	units := map[planner.UnitID]*Unit{}
	for _, u := range l.q.Roster.Units {
		units[u.ID] = l.unit(u)
	}
	for _, p := range upper {
		c, ok := l.everyone[p.Cadre]
		if !ok || units[c.Unit] == nil {
			continue
		}
		if v, ok := l.villages[p.Area]; ok && l.tier == planner.TierGroup {
			l.follow(units[c.Unit], v)
		}
		if g, ok := l.groups[p.Area]; ok && g != 0 && l.tier == planner.TierHousehold {
			l.follow(units[c.Unit], g)
		}
	}
	if l.tier == planner.TierVolunteer || l.tier == planner.TierTen {
		return l.indexed(l.helperCadres()), nil
	}
	var cs []*Cadre
	for i := range l.q.Roster.Cadres {
		c := &l.q.Roster.Cadres[i]
		if _, _, serves := l.q.Load(l.tier, *c); !c.Active || !serves && c.Rank != RankOf(l.tier) {
			continue
		}
		u := units[c.Unit]
		if u == nil {
			return nil, planner.Fail(planner.Invalid, "干部"+c.Code+"所在单位不在名册中，请先补录单位。", "the unit of cadre "+c.Code+" is not in the roster; add the unit first.")
		}
		x := &Cadre{Cadre: *c, Unit: u, Away: c.LongLeaveIn(l.q.Valid), skills: needBits(c.Skills), native: -1}
		if v, ok := l.villages[c.NativeVillage]; ok && c.NativeVillage != "" {
			x.native = v
		}
		cs = append(cs, x)
	}
	return l.indexed(cs), nil
}

// indexed sorts cadres by code and remembers them by ID.
func (l *layer) indexed(cs []*Cadre) []*Cadre {
	byCodeThenID(cs)
	for _, c := range cs {
		l.byID[c.ID] = c
	}
	return cs
}

func byCodeThenID(cs []*Cadre) { slices.SortFunc(cs, compareCadres) }

func compareCadres(a, b *Cadre) int {
	return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.ID, b.ID))
}

func compareHouseholds(a, b *planner.Household) int {
	return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.ID, b.ID))
}

// follow notes what a unit's cadres one tier above look after. Few units have any, and the list is long.
func (l *layer) follow(u *Unit, at int32) {
	if u.upper == nil {
		u.upper = make([]bool, max(len(l.villages), len(l.groups)))
	}
	u.upper[at], u.follows = true, true
}

// unit works out a unit's roads. The villages it serves are those of the tier above, if that was planned.
func (l *layer) unit(u planner.Unit) *Unit {
	if vs, ok := l.q.serving[u.ID]; ok {
		u.Villages = vs
	}
	x := &Unit{Unit: u, serves: make([]bool, len(l.villages)), travel: make([]int32, len(l.villages)),
		linked: len(u.Villages) > 0}
	for v := range x.travel {
		x.travel[v] = beyondCountyMin
	}
	l.roads(x, u.Area)
	for _, from := range u.Villages {
		l.roads(x, from)
	}
	for _, s := range u.Villages {
		if v, ok := l.villages[s]; ok {
			x.serves[v] = true
		}
	}
	return x
}

// roads shortens a unit's roads to what they are from one place. All that is nearer than [beyondCountyMin] lies in the place's
// county, whose codes stand together.
func (l *layer) roads(u *Unit, from planner.AreaCode) {
	if from == "" {
		return
	}
	first, _ := slices.BinarySearch(l.codes, from.County())
	for v := first; v < len(l.codes) && l.codes[v].Within(from.County()); v++ {
		u.travel[v] = min(u.travel[v], roadMin(from, l.codes[v]))
	}
}

// roadMin is the road between a place of any level and a village.
func roadMin(from, village planner.AreaCode) int32 {
	switch {
	case len(from) >= 12 && from.Village() == village:
		return withinVillageMin
	case len(from) >= 9 && from.Township() == village.Township():
		return withinTownshipMin
	case len(from) > 0 && village.Within(from.County()):
		return withinCountyMin
	}
	return beyondCountyMin
}

// loads works out caps and even shares. The share is the highest water level s with Σ min(s, cap) ≤ targets; it is what
// everyone has when all have the same, rounded down. By grade it is in proportion to the cap.
func (l *layer) loads(in *Instance) error {
	if l.tier == planner.TierVolunteer || l.tier == planner.TierTen {
		return nil
	}
	if !slices.ContainsFunc(in.Cadres, func(c *Cadre) bool { return !c.Away }) {
		_, err := l.unitCaps(in)
		return err
	}
	needed := in.needed()
	fixed := 0
	for j, c := range in.Cadres {
		share, most, ok := l.q.Load(l.tier, c.Cadre)
		if c.Away || !ok {
			continue
		}
		if fixed = share; !ofHouseholds(l.tier) { // every village and group must have somebody
			most = max(most, needed[j])
		}
		c.Cap = most
		if l.tier == planner.TierHousehold && c.Capacity > 0 {
			c.Cap = min(most, c.Capacity)
		}
	}
	done, err := l.unitCaps(in)
	if err != nil {
		return err
	}
	defer done()
	if l.tier == planner.TierHousehold && l.q.byGrade() != nil {
		shareOut(in.Cadres, len(in.Targets))
		return nil
	}
	if fixed == 0 {
		if fixed = l.q.share; fixed == 0 {
			fixed = waterLevel(in.Cadres, len(in.Targets))
		}
		in.share = fixed
	}
	for _, c := range in.Cadres {
		c.Share = min(fixed, c.Cap)
	}
	return nil
}

// needed is how many targets each cadre must be able to take so that all of their county together can take all of it; nil
// in the household tier, where caps are not widened.
func (in *Instance) needed() []int {
	if ofHouseholds(in.Tier) {
		return nil
	}
	most := make([]int, len(in.Cadres))
	for _, b := range in.Blocks() {
		here := 0
		for _, j := range b.Cadres {
			if !in.Cadres[j].Away {
				here++
			}
		}
		for _, j := range b.Cadres {
			most[j] = (len(b.Targets) + here - 1) / max(here, 1)
		}
	}
	return most
}

func needBits(ns []planner.Need) (b uint8) {
	for _, n := range ns {
		if i := slices.Index(planner.Needs, n); i >= 0 {
			b |= 1 << i
		}
	}
	return b
}
