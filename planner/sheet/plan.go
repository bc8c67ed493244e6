package sheet

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// PlanBook is all that plan.xlsx says. It holds no contact, no need and no reason that is the planner's alone.
type PlanBook struct {
	County    string // 义马市
	Office    string // who issues it: 义马市委组织部; empty: none named
	Number    string // 发文字号 such as 义组〔2026〕1号; empty until it is given
	Period    int    // the year
	Status    planner.PlanStatus
	MadeOn    civil.Date // day of signature; zero: left blank
	Preset    string     // name of the rules in words
	Hash      string     // of the rule book, hex; for those who check
	Summaries []TierLine
	Pairs     []PlanPair   // any order; each sheet sorts for itself
	Changes   []PlanChange // sorted as handed in

	FurtherSay []planner.Text // what is proved of each further tier
	Further    []FurtherLine  // in the plan's order
}

// TierLine is the key figures of one tier.
type TierLine struct {
	Tier     planner.Tier
	Cadres   int
	Targets  int
	Unserved int
	Price    planner.Seconds
	Bound    planner.Seconds
}

// PlanPair is one pairing in words.
type PlanPair struct {
	Tier        planner.Tier
	UnitCode    string
	Unit        string // name
	CadreCode   string
	Cadre       string // name
	Title       string // 职务
	Rank        planner.Rank
	Township    string // name
	VillageCode planner.AreaCode
	Village     string           // name
	GroupCode   planner.AreaCode // empty: none, or the tier of villages
	Group       string           // name
	Household   string           // code; empty but in the tier of households
	Head        string           // 张某某
	Kept        bool             // same as last year
	New         bool             // had nobody last year
}

// PlanChange is one household whose cadre differs from last year's.
type PlanChange struct {
	Household string // code
	Head      string
	Village   string
	Group     string
	FromCode  string // empty: had nobody
	From      string
	FromUnit  string
	ToCode    string // empty: has nobody now
	To        string
	ToUnit    string
	Why       planner.Text // what all may read: 工作调整 or 按规定不安排 where the true reason would expose someone
}

// WritePlan writes plan.xlsx: 按单位, 按村, 按干部, 其他层级 if there are any, 与上年变动 and 附件, the annex of a 发文. Every sheet prints on A4 landscape with
// its header repeated and its pages numbered. Nothing in it counts or orders cadres by how much they do; the annex names
// households by code alone, since it is what gets posted on a wall.
func WritePlan(w io.Writer, b PlanBook) error {
	f := newBook()
	defer f.Close()
	pw := &planWriter{f: f, b: b, compared: len(b.Changes) > 0}
	for _, p := range b.Pairs {
		pw.compared = pw.compared || p.Kept
	}
	if err := pw.styles(); err != nil {
		return fmt.Errorf("plan.xlsx: %w", err)
	}
	for _, sheet := range []func() error{pw.byUnit, pw.byVillage, pw.byCadre, pw.further, pw.changes, pw.annex} {
		if err := sheet(); err != nil {
			return fmt.Errorf("plan.xlsx: %w", err)
		}
	}
	return writeBook(f, w)
}

// sorted gives the pairs in the order of keys, compared as text one after the other.
func sorted(ps []PlanPair, keys func(PlanPair) []string) []PlanPair {
	type keyed struct {
		key  []string
		pair PlanPair
	}
	ks := make([]keyed, len(ps))
	for i, p := range ps {
		ks[i] = keyed{keys(p), p}
	}
	slices.SortStableFunc(ks, func(a, b keyed) int { return slices.Compare(a.key, b.key) })
	out := make([]PlanPair, len(ps))
	for i, k := range ks {
		out[i] = k.pair
	}
	return out
}

func tierKey(t planner.Tier) string { return strconv.Itoa(slices.Index(planner.Tiers, t)) }

func rankKey(r planner.Rank) string {
	return strconv.Itoa(slices.IndexFunc(ranks, func(c choice[planner.Rank]) bool { return c.value == r }))
}

// tierWord is what a tier does, in words.
func tierWord(t planner.Tier) string {
	switch t {
	case planner.TierVillage:
		return "联系村（社区）"
	case planner.TierGroup:
		return "联系组（网格）"
	}
	return "联系户"
}

// since words what became of last year's pair; empty if there is no last year to compare with.
func (pw *planWriter) since(p PlanPair) string {
	switch {
	case !pw.compared || p.Tier != planner.TierHousehold:
		return ""
	case p.Kept:
		return "沿用"
	case p.New:
		return "新结对"
	}
	return "调整"
}
