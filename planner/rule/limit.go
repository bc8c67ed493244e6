package rule

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"lianxin/planner"
)

// Limits are the loads and caps that an office's policy sets. The zero Limits sets none.
type Limits struct {
	// Ranks is the most villages of a leader, groups of a section-level cadre, households of staff.
	Ranks map[planner.Rank]int `json:"ranks,omitempty"`
	// Grades is the most households by grade; 0 takes a grade out of the households. If any is set, loads go by grade.
	Grades map[planner.Grade]int `json:"grades,omitempty"`
	// Units is the most households of a unit, by its code. It bounds its cadres together, which is a flow still: household →
	// cadre → unit. See [Instance.UnitCaps].
	Units map[string]int `json:"units,omitempty"`
	// UnitLeast is the fewest households of a unit, by its code: a lower bound on its cadres together, a flow as well.
	UnitLeast map[string]int `json:"unit_least,omitempty"`
	// Villages is the most cadres who look after households of one village, by its code. It is a fixed charge, which no
	// flow can hold: see [VillageCap].
	Villages map[planner.AreaCode]int `json:"villages,omitempty"`
	// EveryVillage is the same for villages that Villages does not name; 0: none.
	EveryVillage int `json:"every_village,omitempty"`
	// Second is what the policy says about second responsible persons; nil: as the preset has it.
	Second *SecondLimit `json:"second,omitempty"`
}

// canonical is the same text for the same limits; empty if there are none.
func (l Limits) canonical() string {
	b, err := json.Marshal(l)
	if err != nil || string(b) == "{}" {
		return ""
	}
	return string(b)
}

// MostCadres is the most cadres of a village; 0: no cap.
func (l Limits) MostCadres(village planner.AreaCode) int {
	if n, ok := l.Villages[village]; ok {
		return n
	}
	return l.EveryVillage
}

// Limits are those of the book that the instance was laid with.
func (in *Instance) Limits() Limits { return in.q.Book.Limits }

// byGrade are the most households by grade, nil if loads go by rank alone.
func (q Question) byGrade() map[planner.Grade]int {
	l := q.Book.Limits
	if len(q.Preset.Grades) == 0 && len(l.Grades) == 0 {
		return nil
	}
	m := map[planner.Grade]int{}
	if n, ok := q.Preset.Load[planner.RankStaff]; ok {
		m[planner.GradeOrdinary] = n[1]
	}
	for g, n := range q.Preset.Grades {
		m[g] = n
	}
	if n, ok := l.Ranks[planner.RankStaff]; ok {
		m[planner.GradeOrdinary] = n
	}
	for g, n := range l.Grades {
		m[g] = n
	}
	return m
}

// Load is a cadre's even share (0: worked out from the numbers) and most targets in a tier, before their own capacity and
// their unit's cap; ok is false if they take no part in it.
func (q Question) Load(tier planner.Tier, c planner.Cadre) (share, most int, ok bool) {
	if tier == planner.TierHousehold {
		if m := q.byGrade(); m != nil {
			most = m[c.Grade.Or(c.Rank)]
			return 0, most, most > 0
		}
	}
	if tier == planner.TierSecond {
		_, _, first := q.Load(planner.TierHousehold, c)
		most = q.second().Most
		return 0, most, first && most > 0
	}
	if c.Rank != RankOf(tier) || further(tier) {
		return 0, 0, false
	}
	p, ok := q.Preset.Load[c.Rank]
	if n, set := q.Book.Limits.Ranks[c.Rank]; set {
		p[1] = n
	}
	return p[0], p[1], ok && p[1] > 0
}

// planned reports whether the practice has a tier at all.
func (q Question) planned(tier planner.Tier) bool {
	if further(tier) {
		return q.Further(tier)
	}
	_, ok := q.Preset.Load[RankOf(tier)]
	return ok || tier == planner.TierHousehold
}

// UnitCap bounds the targets that some cadres, all those of a unit, may have together.
type UnitCap struct {
	Least  int
	Most   int
	Cadres []int32 // indices into the instance's, ascending
}

// cappedPairs is up to how many pairs caps of units are held as such. A prefecture deals each out to the unit's cadres.
const cappedPairs = 1 << 25

// unitCaps notes the capped units. Even shares are worked out as if each cap were dealt out to its cadres as evenly as
// their own caps allow; done gives them their own back. Invalid: a code that no unit has.
func (l *layer) unitCaps(in *Instance) (done func(), err error) {
	done = func() {}
	caps, least := l.q.Book.Limits.Units, l.q.Book.Limits.UnitLeast
	if l.tier != planner.TierHousehold || len(caps)+len(least) == 0 {
		return done, nil
	}
	codes := slices.Sorted(maps.Keys(caps))
	for _, code := range slices.Sorted(maps.Keys(least)) {
		if _, ok := caps[code]; !ok {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	of := map[string][]int32{}
	for _, u := range l.q.Roster.Units {
		of[u.Code] = nil
	}
	for _, code := range codes {
		if _, ok := of[code]; !ok {
			return done, planner.Fail(planner.Invalid, "政策文件给单位“"+code+"”定了上限或下限，但名册里没有这个单位代码，请核对。",
				"the policy bounds unit "+code+", but no unit of the roster has this code; check it.")
		}
	}
	for j, c := range in.Cadres {
		of[c.Unit.Code] = append(of[c.Unit.Code], int32(j))
	}
	own := make([]int, len(in.Cadres))
	for j, c := range in.Cadres {
		own[j] = c.Cap
	}
	for _, code := range codes {
		most, capped := caps[code]
		if !capped {
			most = capMost
		}
		switch {
		case len(of[code]) > 0:
			in.UnitCaps = append(in.UnitCaps, UnitCap{least[code], most, of[code]})
		case least[code] > 0:
			return done, planner.Fail(planner.Invalid, fmt.Sprintf("政策规定单位“%s”至少联系%d户，但它没有可以联系户的干部，请删去这一条或补录干部。", code, least[code]),
				fmt.Sprintf("the policy wants unit %s to have at least %d households, but it has no cadre for households; drop the bound or add cadres.", code, least[code]))
		}
	}
	in.Deal(nil)
	if len(in.Cadres)*len(in.Targets) > cappedPairs {
		if len(least) > 0 {
			return done, planner.Fail(planner.Invalid, "一次求解全市时不能定单位下限，请按县做方案，或删去下限。", "a whole prefecture cannot be planned with lower bounds of units; plan county by county or drop them.")
		}
		in.UnitCaps = nil
		return done, nil
	}
	return func() {
		for j, c := range in.Cadres {
			if c.Cap != own[j] {
				c.Cap = own[j]
			}
		}
	}, nil
}

// shareOut sets even shares in proportion to caps: what everyone has when all have the same part of their most, rounded
// down. It is the even share of a practice by grade.
func shareOut(cs []*Cadre, targets int) {
	room := 0
	for _, c := range cs {
		room += c.Cap
	}
	for _, c := range cs {
		if c.Share = c.Cap; room > targets {
			c.Share = c.Cap * targets / room
		}
	}
}

// waterLevel is the highest s with Σ min(s, cap) ≤ targets, at most the largest cap.
func waterLevel(cs []*Cadre, targets int) int {
	caps := make([]int, 0, len(cs))
	for _, c := range cs {
		caps = append(caps, c.Cap)
	}
	slices.Sort(caps)
	for i, c := range caps { // everyone before i is full
		if left := len(caps) - i; c*left > targets {
			return max(0, targets/left)
		}
		targets -= c
	}
	if len(caps) == 0 {
		return 0
	}
	return caps[len(caps)-1]
}
