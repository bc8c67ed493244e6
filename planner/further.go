package planner

import "lianxin/planner/civil"

// The further tiers 其他层级 of a plan. A unit's link is to whole villages; the others are to households that agreed.
const (
	TierUnit      Tier = "unit-village"        // 单位 ↔ 村（社区）: read by the tier of households
	TierSecond    Tier = "second-household"    // 第二责任人 ↔ 户: relays the first
	TierVolunteer Tier = "volunteer-household" // 志愿者 ↔ 户: one to one, by what the household asked help with
	TierTen       Tier = "mediator-ten"        // 十户调解员 ↔ about ten neighbouring households
)

// FurtherTiers in the order in which they are solved: units before all of [Tiers], the others after them.
var FurtherTiers = []Tier{TierUnit, TierSecond, TierVolunteer, TierTen}

// HelperID names a helper.
type HelperID string

// HelperKind says what a helper does.
type HelperKind string

const (
	HelperVolunteer HelperKind = "volunteer" // 志愿者
	HelperMediator  HelperKind = "mediator"  // 十户调解员, a resident whom neighbours turn to
)

// Helper 志愿者、十户调解员: somebody who is no cadre. No contact is kept: the unit or the village room that found them has it.
type Helper struct {
	ID        HelperID   `json:"id"`
	Code      string     `json:"code"` // unique
	Name      string     `json:"name"`
	Kind      HelperKind `json:"kind"`
	Area      AreaCode   `json:"area"`             // village, or group, where they live or serve
	Skills    []Need     `json:"skills,omitempty"` // of a volunteer: what they can help with
	Capacity  int        `json:"capacity"`         // households of a volunteer, tens of a mediator; 0: one
	Agreement civil.Span `json:"agreement"`        // 协议: the days for which they agreed; an open end is none
	Active    bool       `json:"active"`
}

// Serves reports whether the helper's agreement covers day d.
func (h Helper) Serves(d civil.Date) bool { return h.Active && h.Agreement.Contains(d) }

// Wish 双向选择 is what one side would like. It is a preference with a price, never a condition, and has no reason.
//
// Cadre and Household: the household would like this cadre. Household alone: another cadre than the one it has. Cadre and
// Area: the cadre would like to serve this village or group.
type Wish struct {
	Household HouseholdID `json:"household,omitempty"`
	Cadre     CadreID     `json:"cadre,omitempty"`
	Area      AreaCode    `json:"area,omitempty"`
}

// Link is one line of a further tier: who (a unit, a cadre, a helper) and whom they look after (a village, a household, ten).
// Like those of a [Pairing], its reasons add up to its price.
type Link struct {
	ID        PairingID     `json:"id"`
	Tier      Tier          `json:"tier"`
	Unit      UnitID        `json:"unit,omitempty"`      // of TierUnit
	Cadre     CadreID       `json:"cadre,omitempty"`     // of TierSecond
	Helper    HelperID      `json:"helper,omitempty"`    // of TierVolunteer and TierTen
	Household HouseholdID   `json:"household,omitempty"` // of TierSecond and TierVolunteer
	Area      AreaCode      `json:"area,omitempty"`      // the village of TierUnit, the group or village of TierTen
	No        int           `json:"no,omitempty"`        // of TierTen: which ten of the area, from 1
	Members   []HouseholdID `json:"members,omitempty"`   // of TierTen: neighbours by their codes
	Count     int           `json:"count,omitempty"`     // of TierUnit: how many of the village's households the unit's places are meant for
	Price     Seconds       `json:"price"`
	Reasons   []Reason      `json:"reasons"`
	Was       string        `json:"was,omitempty"`  // ID of who it was last period; of TierUnit the unit itself if the link is an old one
	Until     civil.Date    `json:"until,omitzero"` // exclusive: the agreement ends; zero: as long as the plan
}

// Who is the ID of whoever looks after.
func (l Link) Who() string {
	switch {
	case l.Unit != "":
		return string(l.Unit)
	case l.Helper != "":
		return string(l.Helper)
	}
	return string(l.Cadre)
}

// Branch is a node of the search that proves a bound where a flow does not: either Leaf, with potentials of its own, or a
// unit and a village whose link is first left out and then taken, each with the nodes below it. Nodes come parent first.
type Branch struct {
	Leaf       bool      `json:"leaf,omitempty"`
	Unit       int       `json:"unit,omitempty"`    // index into the certificate's Units
	Village    int       `json:"village,omitempty"` // index among the villages by code
	Potentials []Seconds `json:"potentials,omitempty"`
}

// LinksOf lists the links of a further tier in the plan's order.
func (p Plan) LinksOf(t Tier) (ls []Link) {
	for _, l := range p.Links {
		if l.Tier == t {
			ls = append(ls, l)
		}
	}
	return ls
}
