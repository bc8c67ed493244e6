package planner

import "lianxin/planner/civil"

// Need is a voluntary tag: what help the household would like, and what a cadre can help with. Tags match
// skills and nothing else; they have no order (domain rule: no grade of hardship exists).
type Need string

// The seven needs, after the practice of 邢台桥东's seven kinds, chosen by the household itself.
const (
	NeedPolicy  Need = "policy"  // 政策咨询
	NeedFarming Need = "farming" // 农技
	NeedJobs    Need = "jobs"    // 就业
	NeedStudy   Need = "study"   // 助学
	NeedCare    Need = "care"    // 日常照料
	NeedLegal   Need = "legal"   // 法律咨询
	NeedErrands Need = "errands" // 代办跑腿
)

// Needs lists all needs in the order of the forms.
var Needs = []Need{NeedPolicy, NeedFarming, NeedJobs, NeedStudy, NeedCare, NeedLegal, NeedErrands}

// NeedText words a need as the forms do.
var NeedText = map[Need]Text{
	NeedPolicy: {"政策咨询", "policy advice"}, NeedFarming: {"农技", "farming know-how"}, NeedJobs: {"就业", "finding work"},
	NeedStudy: {"助学", "schooling"}, NeedCare: {"日常照料", "everyday care"}, NeedLegal: {"法律咨询", "legal advice"},
	NeedErrands: {"代办跑腿", "errands"},
}

// Consent 同意状态 of a household to be paired.
type Consent string

const (
	ConsentGiven     Consent = "given"
	ConsentUnasked   Consent = "unasked"
	ConsentDeclined  Consent = "declined"
	ConsentWithdrawn Consent = "withdrawn"
)

// Hours 可访时段 are the parts of day at which a household likes to be visited. Evening only by its own wish.
type Hours string

const (
	HoursAny       Hours = "any" // morning or afternoon
	HoursMorning   Hours = "morning"
	HoursAfternoon Hours = "afternoon"
	HoursEvening   Hours = "evening"
)

// Household 户 holds what domain.md §3 keeps and nothing else: no address, ID number, age, health or income.
type Household struct {
	ID        HouseholdID `json:"id"`
	Code      string      `json:"code"` // 户编号, unique
	Village   AreaCode    `json:"village"`
	Group     AreaCode    `json:"group,omitempty"`
	Head      string      `json:"head"`            // 户主（隐名）: 张某某
	Guide     string      `json:"guide,omitempty"` // 入户指引 by the room's contact; no address
	Contact   string      `json:"-"`               // optional, encrypted at rest
	Hours     Hours       `json:"hours"`
	Consent   Consent     `json:"consent"`
	Needs     []Need      `json:"needs,omitempty"`
	MuteUntil civil.Date  `json:"mute_until,omitzero"`       // 暂不打扰 until this day (exclusive); zero: not muted
	PerYear   int         `json:"visits_per_year,omitempty"` // agreed visits a year; 0 = the default
	Active    bool        `json:"active"`
}

// Served reports whether a plan must give the household a cadre: it is active and has consented.
func (h Household) Served() bool { return h.Active && h.Consent == ConsentGiven }

// Muted reports whether the household asked not to be disturbed on day d.
func (h Household) Muted(d civil.Date) bool { return d.Before(h.MuteUntil) }
