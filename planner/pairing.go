package planner

import "lianxin/planner/civil"

// Tier 层级 of a pairing.
type Tier string

const (
	TierVillage   Tier = "leader-village"  // 市级领导 ↔ 行政村/社区
	TierGroup     Tier = "section-group"   // 科级 ↔ 组/网格
	TierHousehold Tier = "cadre-household" // 机关干部 ↔ 户
)

// Tiers in the order in which they are solved.
var Tiers = []Tier{TierVillage, TierGroup, TierHousehold}

// Seconds of travel: the one unit of price. Whole seconds, so that sums are exact; shown in minutes.
type Seconds int64

// Minutes rounds to whole minutes, half away from zero.
func (s Seconds) Minutes() int64 {
	if s < 0 {
		return -((-s).Minutes())
	}
	return int64(s+30) / 60
}

// Origin says who made a pairing.
type Origin string

const (
	OriginSolver Origin = "solver"
	OriginPin    Origin = "pin"    // 锁定
	OriginImport Origin = "import" // last year's, as sent by the office
)

// Reason is one part of a pair's price: the rule, the price, the sentence already filled in.
// The reasons of a pairing add up to its price.
type Reason struct {
	Rule    string  `json:"rule"`
	Price   Seconds `json:"price"`
	Say     Text    `json:"say"`
	Private bool    `json:"private,omitempty"` // the planner's alone; others read 工作调整
}

// Pairing 结对 is one cadre and what they look after. Exactly one of Household and Area is set: Area is the village of
// the first tier or the group of the second.
type Pairing struct {
	ID        PairingID   `json:"id"`
	Tier      Tier        `json:"tier"`
	Cadre     CadreID     `json:"cadre"`
	Household HouseholdID `json:"household,omitempty"`
	Area      AreaCode    `json:"area,omitempty"`
	Price     Seconds     `json:"price"`
	Reasons   []Reason    `json:"reasons"`
	Origin    Origin      `json:"origin"`
	Was       CadreID     `json:"was,omitempty"` // last period's cadre, empty if none
}

// Kept reports whether the pair is the same as in the last period.
func (p Pairing) Kept() bool { return p.Was != "" && p.Was == p.Cadre }

// Pin 锁定 holds a household to a cadre before solving.
type Pin struct {
	Household HouseholdID `json:"household"`
	Cadre     CadreID     `json:"cadre"`
	Why       string      `json:"why,omitempty"`
}

// PlanStatus of a plan: draft → review → published → superseded; a draft or review may be withdrawn.
type PlanStatus string

const (
	PlanDraft      PlanStatus = "draft"
	PlanReview     PlanStatus = "review"     // 征求意见稿
	PlanPublished  PlanStatus = "published"  // one per period
	PlanSuperseded PlanStatus = "superseded" // replaced by a later published one
	PlanWithdrawn  PlanStatus = "withdrawn"
)

// Certificate is the proof of one tier: the dual solution of the minimum-cost flow. Bound is the dual value over all
// pairs; the tier is optimal if and only if Bound == Price. See planner/verify for the check.
type Certificate struct {
	Tier       Tier      `json:"tier"`
	Instance   string    `json:"instance"` // SHA-256 of the tier's raw input, hex
	Pairs      int64     `json:"pairs"`    // how many cadre–target pairs the proof covers
	Price      Seconds   `json:"price"`
	Bound      Seconds   `json:"bound"`
	Unserved   int       `json:"unserved"`   // targets without a cadre (0 in a publishable plan)
	Potentials []Seconds `json:"potentials"` // p_j ≥ 0 for each cadre of the tier, sorted by cadre code
	Cadres     []CadreID `json:"cadres"`     // the cadres that Potentials stand for
	Fewest     *Fewest   `json:"fewest,omitempty"`
	Units      []UnitID  `json:"units,omitempty"` // of TierUnit: whom Potentials stand for
	Tree       []Branch  `json:"tree,omitempty"`  // of TierUnit: where one set of potentials does not prove the bound
	Held       *Held     `json:"held,omitempty"`  // of TierHousehold: where villages have the cadres that they may have at most

	Blocks []BlockProof `json:"blocks,omitempty"` // of TierHousehold: the parts that rules keep apart, if there are several
}

// BlockProof is the raw input of a part of a tier that no allowed pair leaves, such as a county of a prefecture, so that a
// question about one household needs the roster of its county alone.
type BlockProof struct {
	Counties []AreaCode `json:"counties"` // where its targets are, ascending
	Share    int        `json:"share"`    // the even share that the tier's cadres were found to have; 0 if the practice fixes it
	Instance string     `json:"instance"` // SHA-256 of the part's raw input, hex
}

// Fewest is the first phase of a replanned tier: as few unserved as can be, among those plans the fewest changed targets,
// and only among those the cheapest. Prices are then triples (unserved, changed, seconds), added part by part and
// compared from the left; Potentials here are the first two parts of the cadres' triples, those of the Certificate the
// third, of any sign. The dual of the triples proves both phases at once; its first parts alone prove the first.
type Fewest struct {
	Unserved   int      `json:"unserved"` // weight: a pinned household counts twice, so that a pin gives way last
	Changed    int      `json:"changed"`  // targets that had a cadre and now have another, or none
	Potentials [][2]int `json:"potentials"`
}

// Gap is Price − Bound: 0 means proved optimal.
func (c Certificate) Gap() Seconds { return c.Price - c.Bound }

// Plan 结对方案 of a period. Pairings are sorted by tier, then code of the household or area.
type Plan struct {
	ID           PlanID        `json:"id"`
	Period       int           `json:"period"` // the year
	Status       PlanStatus    `json:"status"`
	Preset       string        `json:"preset"`
	Book         string        `json:"book"` // SHA-256 of the rule book with its prices, hex
	Revision     int           `json:"revision"`
	Valid        civil.Span    `json:"valid"`
	Policy       string        `json:"policy,omitempty"` // the office's policy in its canonical form; empty: the preset alone
	Pairings     []Pairing     `json:"pairings"`
	Pins         []Pin         `json:"pins,omitempty"`
	Certificates []Certificate `json:"certificates"`
	Watches      []Finding     `json:"watches,omitempty"` // checked afterwards, never steering
	Links        []Link        `json:"links,omitempty"`   // of the further tiers, sorted by tier, then as they were laid
	Proofs       []Certificate `json:"proofs,omitempty"`  // of the further tiers; that of the units may have a gap
}

// Price is the sum over the tiers.
func (p Plan) Price() (s Seconds) {
	for _, c := range p.Certificates {
		s += c.Price
	}
	return s
}

// Bound is the sum of the tiers' proved bounds.
func (p Plan) Bound() (s Seconds) {
	for _, c := range p.Certificates {
		s += c.Bound
	}
	return s
}
