package planner

import "lianxin/planner/civil"

// Rank 职级 tier of a cadre, which decides the tier of pairing they take part in.
type Rank string

const (
	RankLeader  Rank = "leader"  // 市(县)级领导: one village each, reception rota
	RankSection Rank = "section" // 科级: groups and 网格
	RankStaff   Rank = "staff"   // 一般干部: households
)

// Grade 职级 within a rank, where an office tells it apart: 8-7-6-5-4 is households by grade, from 正处 to 一般.
type Grade string

const (
	GradeDivision       Grade = "division"        // 正处级, of rank leader
	GradeDeputyDivision Grade = "deputy-division" // 副处级, of rank leader
	GradeTownship       Grade = "township"        // 正科级, of rank section
	GradeDeputyTownship Grade = "deputy-township" // 副科级, of rank section
	GradeOrdinary       Grade = "ordinary"        // 一般干部, of rank staff
)

// Grades from the highest to the lowest.
var Grades = []Grade{GradeDivision, GradeDeputyDivision, GradeTownship, GradeDeputyTownship, GradeOrdinary}

// Or is the grade, or the lowest of the rank if it is not known.
func (g Grade) Or(r Rank) Grade {
	switch {
	case g != "":
		return g
	case r == RankLeader:
		return GradeDeputyDivision
	case r == RankSection:
		return GradeDeputyTownship
	}
	return GradeOrdinary
}

// Cadre 干部. Mobile and Mail are contacts: encrypted at rest, masked on screen, never in feeds or logs.
type Cadre struct {
	ID            CadreID  `json:"id"`
	Code          string   `json:"code"` // 工号, unique
	Name          string   `json:"name"`
	Unit          UnitID   `json:"unit"`
	Title         string   `json:"title,omitempty"` // 职务
	Rank          Rank     `json:"rank"`
	Grade         Grade    `json:"grade,omitempty"`     // finer than the rank; empty: not known
	Head          bool     `json:"head,omitempty"`      // 党委或政府主要负责人: takes the Monday slot
	Portfolio     []string `json:"portfolio,omitempty"` // 分管工作
	Skills        []Need   `json:"skills,omitempty"`    // what they can help with
	OfficePhone   string   `json:"office_phone,omitempty"`
	Mobile        string   `json:"-"`
	Mail          string   `json:"-"`
	NativeVillage AreaCode `json:"native_village,omitempty"` // optional: a soft preference to avoid it
	Capacity      int      `json:"capacity"`                 // most households; 0 = the preset's number for the rank
	Leaves        []Leave  `json:"leaves,omitempty"`
	Active        bool     `json:"active"` // false: transferred, retired; kept for the records
}

// Leave 请假 of a cadre. A leave of at least LongLeaveDays takes its cadre out of the pairing.
type Leave struct {
	Span   civil.Span `json:"span"`
	Reason string     `json:"-"`               // the planner's alone (domain rule: others read 工作调整)
	Cover  bool       `json:"cover,omitempty"` // however short, others look after the households meanwhile
}

// LongLeaveDays is the length from which a leave that covers the plan's start counts as 长期请假. A setting in later
// presets; 90 days [office practice, no statutory source].
const LongLeaveDays = 90

// OnLeave reports whether the cadre is on leave on day d.
func (c Cadre) OnLeave(d civil.Date) bool {
	for _, l := range c.Leaves {
		if l.Span.Contains(d) {
			return true
		}
	}
	return false
}

// LongLeaveIn reports whether a long leave overlaps the span by LongLeaveDays or more (open end counts as long).
func (c Cadre) LongLeaveIn(s civil.Span) bool {
	for _, l := range c.Leaves {
		from, until := l.Span.From, l.Span.Until
		if from.Before(s.From) {
			from = s.From
		}
		if until.IsZero() || !s.Until.IsZero() && until.After(s.Until) {
			until = s.Until
		}
		if until.Sub(from) >= LongLeaveDays || l.Cover && from.Before(until) {
			return true
		}
	}
	return false
}

// RecusalKind says who asked for a recusal 回避.
type RecusalKind string

const (
	RecusalDeclared  RecusalKind = "declared"  // by the cadre
	RecusalRequested RecusalKind = "requested" // by the household, no reason needed
	RecusalOrdered   RecusalKind = "ordered"   // by the organization department
)

// Recusal 回避 keeps a cadre from one household or, if Household is empty, from a whole village.
// Source: 公务员法 Art. 76–77; 信访工作条例 Art. 28. The reason is the planner's alone.
type Recusal struct {
	Cadre     CadreID     `json:"cadre"`
	Household HouseholdID `json:"household,omitempty"`
	Village   AreaCode    `json:"village,omitempty"`
	Kind      RecusalKind `json:"kind"`
}
