package pipeline

import (
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// The views are what pages, JSON and commands show. They hold no contact, and reasons already cut to what the reader
// may see. Slices are in the order to show.

// Overview 总览 is the planner's first page.
type Overview struct {
	County       string               `json:"county"`
	Today        civil.Date           `json:"today"`
	Villages     int                  `json:"villages"`
	Units        int                  `json:"units"`
	Cadres       map[planner.Rank]int `json:"cadres"`
	Households   int                  `json:"households"` // active
	Consenting   int                  `json:"consenting"`
	NotAsked     int                  `json:"not_asked"` // active without consent: unasked, declined or withdrawn
	Muted        int                  `json:"muted"`
	Plan         *PlanSummary         `json:"plan"`      // nil before the first plan
	NextDays     []EventView          `json:"next_days"` // the county's next events, at most 6
	Collisions   []CollisionView      `json:"collisions"`
	OpenTasks    int                  `json:"open_tasks"`
	OverdueTasks int                  `json:"overdue_tasks"`
	Reminders    []ChannelCount       `json:"reminders"`      // of the ledger
	Before       []planner.Finding    `json:"before_publish"` // what stands between the draft and publication
}

// ChannelCount counts messages of a channel by state.
type ChannelCount struct {
	Channel string `json:"channel"`
	State   string `json:"state"`
	Count   int    `json:"count"`
}

// PlanSummary is the head of a plan with its key figures.
type PlanSummary struct {
	ID         planner.PlanID     `json:"id"`
	Period     int                `json:"period"`
	Status     planner.PlanStatus `json:"status"`
	Cadres     int                `json:"cadres"`     // with at least one household
	Households int                `json:"households"` // assigned
	LoadMax    int                `json:"load_max"`
	Price      planner.Seconds    `json:"price"`
	Bound      planner.Seconds    `json:"bound"`
	Gap        planner.Seconds    `json:"gap"`
	Pairs      int64              `json:"pairs"` // combinations that the proof covers
	HardBroken int                `json:"hard_rules_broken"`
	HadCadre   int                `json:"had_cadre"` // households with a cadre last period
	Kept       int                `json:"kept"`      // of these, unchanged
	TravelMean planner.Seconds    `json:"travel_mean"`
	Tiers      []TierSummary      `json:"tiers"`
	Further    []FurtherTier      `json:"further,omitempty"` // whose prices are not in Price
}

// TierSummary is one tier of a plan.
type TierSummary struct {
	Tier     planner.Tier    `json:"tier"`
	Cadres   int             `json:"cadres"`
	Targets  int             `json:"targets"`
	Unserved int             `json:"unserved"`
	Price    planner.Seconds `json:"price"`
	Bound    planner.Seconds `json:"bound"`
}

// PairingFilter chooses pairings. There is no free search over people (red line 7): only by place, unit or cadre.
type PairingFilter struct {
	Tier    planner.Tier
	Village planner.AreaCode
	Unit    planner.UnitID
	Cadre   planner.CadreID
	Changed bool // only those that differ from last period
	Offset  int
	Limit   int // 0 = 50, at most 500
}

// PairingRow 结对 as a table shows it.
type PairingRow struct {
	ID        planner.PairingID   `json:"id"`
	Tier      planner.Tier        `json:"tier"`
	Household planner.HouseholdID `json:"household,omitempty"`
	Code      string              `json:"code"`           // household or area code
	Head      string              `json:"head,omitempty"` // 张某某
	Area      string              `json:"area"`           // name of village, with group if any
	Cadre     planner.CadreID     `json:"cadre"`
	CadreName string              `json:"cadre_name"`
	CadreCode string              `json:"cadre_code"`
	Unit      string              `json:"unit"`
	Price     planner.Seconds     `json:"price"`
	Kept      bool                `json:"kept"`
	New       bool                `json:"new"` // had nobody last period
	Origin    planner.Origin      `json:"origin"`
}

// PairingPage is one page of rows and how many there are in all.
type PairingPage struct {
	Plan  PlanSummary  `json:"plan"`
	Total int          `json:"total"`
	Rows  []PairingRow `json:"rows"`
}

// Explanation says why a pair was made and who else could be.
type Explanation struct {
	Row      PairingRow       `json:"row"`
	Reasons  []planner.Reason `json:"reasons"`            // add up to Row.Price, unless Hidden
	Hidden   bool             `json:"hidden"`             // some reasons are the planner's alone and were merged into 工作调整
	Others   []Alternative    `json:"others"`             // cheapest first
	Fewest   bool             `json:"fewest,omitempty"`   // the plan was made by the fewest changes: Others compare left, changed, extra
	NoOthers planner.Text     `json:"no_others,omitzero"` // why there are none to tell, as when the roster changed after the plan was made
	Further  []LinkView       `json:"further,omitempty"`  // who else looks after the household in other tiers
	Not      *WhyNot          `json:"why_not,omitempty"`  // about one other cadre, if asked
}

// Alternative is another cadre for the same household.
type Alternative struct {
	Cadre     planner.CadreID `json:"cadre"`
	CadreName string          `json:"cadre_name"`
	CadreCode string          `json:"cadre_code"`
	Unit      string          `json:"unit"`
	Fewest    bool            `json:"fewest,omitempty"`
	Left      int             `json:"left,omitempty"`    // exact, of a plan made by the fewest changes: more without a cadre, a pinned one counts twice
	Changed   int             `json:"changed,omitempty"` // exact, of such a plan: more that have another cadre than in the plan in force
	Extra     planner.Seconds `json:"extra"`             // exact: what the whole plan would cost more; of such a plan it comes last and may be below 0
	Moves     int             `json:"moves"`             // other households that would change cadre
	Forbidden planner.Text    `json:"forbidden"`         // empty if allowed
}

// EventView is an event as a page shows it.
type EventView struct {
	ID      planner.EventID     `json:"id"`
	Kind    planner.EventKind   `json:"kind"`
	On      civil.Date          `json:"on"`
	From    civil.Clock         `json:"from"`
	Until   civil.Clock         `json:"until"`
	AllDay  bool                `json:"all_day"`
	Title   planner.Text        `json:"title"`
	Place   string              `json:"place,omitempty"`
	Nominal civil.Date          `json:"nominal,omitzero"`
	Why     planner.Text        `json:"why"` // why moved; empty if not
	Status  planner.EventStatus `json:"status"`
	Who     string              `json:"who,omitempty"`
	Answer  string              `json:"answer,omitempty"` // to an invitation by mail: accepted, declined, tentative, needs-action
}

// CollisionView is a month in which the mass-work-day and the leaders' meeting would have met.
type CollisionView struct {
	Month   string       `json:"month"` // 2026-02
	WorkDay civil.Date   `json:"work_day"`
	Meeting civil.Date   `json:"meeting"` // as resolved
	Say     planner.Text `json:"say"`
}

// DayCell is one day of the year calendar.
type DayCell struct {
	On      civil.Date  `json:"on"`
	State   string      `json:"state"`             // workday, off, unknown
	Holiday string      `json:"holiday,omitempty"` // 春节, or 补班 on a make-up day
	Makeup  bool        `json:"makeup,omitempty"`
	Lunar   string      `json:"lunar"`            // 初一, 十五, 正月
	Events  []EventView `json:"events,omitempty"` // the county's, without the daily reception
	Leader  string      `json:"leader,omitempty"` // who receives that day
	Head    bool        `json:"head,omitempty"`   // the slot of a head
}

// YearView 年历 of the county.
type YearView struct {
	Year       int             `json:"year"`
	Status     string          `json:"status"` // official, provisional, unpublished
	Months     [12][]DayCell   `json:"months"`
	Collisions []CollisionView `json:"collisions"`
	Slots      int             `json:"slots"`
	HeadSlots  int             `json:"head_slots"`
}

// CadreView is a cadre's own page: my households, my next visits, my subscription.
type CadreView struct {
	Cadre      planner.CadreID `json:"cadre"`
	Name       string          `json:"name"`
	Code       string          `json:"code"`
	Unit       string          `json:"unit"`
	Title      string          `json:"title,omitempty"`
	Rank       planner.Rank    `json:"rank"`
	Households []HouseholdRow  `json:"households"`
	Seconds    []HouseholdRow  `json:"seconds,omitempty"` // those for which the cadre is the second responsible person
	Areas      []string        `json:"areas,omitempty"`   // villages or groups looked after
	NextVisits []VisitDayView  `json:"next_visits"`       // at most 3 days
	Events     []EventView     `json:"events"`            // next 10 of the person's own
	Tasks      []TaskView      `json:"tasks"`
	FeedURL    string          `json:"feed_url,omitempty"` // https://…/f/TOKEN.ics; only for the person and who acts for them
	WebcalURL  string          `json:"webcal_url,omitempty"`
	Fetches    []FetchView     `json:"fetches,omitempty"` // which programs fetched it, the latest first
	Wish       WishView        `json:"wish"`
}

// HouseholdRow is one of a cadre's households.
type HouseholdRow struct {
	ID     planner.HouseholdID `json:"id"`
	Code   string              `json:"code"`
	Head   string              `json:"head"`
	Area   string              `json:"area"`
	Hours  planner.Hours       `json:"hours"`
	Needs  []planner.Need      `json:"needs,omitempty"`
	Muted  bool                `json:"muted,omitempty"`
	NextOn civil.Date          `json:"next_on,omitzero"`
}

// VisitDayView is one visiting day with its stops in order.
type VisitDayView struct {
	On     civil.Date          `json:"on"`
	Day    planner.Text        `json:"day"` // what the office calls it, inside a sentence
	Status planner.EventStatus `json:"status"`
	Place  string              `json:"place"`
	Stops  []HouseholdRow      `json:"stops"`
}

// TaskView 跟进事项 as a list shows it.
type TaskView struct {
	ID      planner.TaskID    `json:"id"`
	Say     planner.Text      `json:"say"`
	DueOn   civil.Date        `json:"due_on"`
	State   planner.TaskState `json:"state"`
	Code    string            `json:"code,omitempty"` // household code
	Owner   string            `json:"owner,omitempty"`
	Overdue bool              `json:"overdue"`
	Matter  planner.MatterID  `json:"matter,omitempty"` // handled on that matter's page
	Known   []AckView         `json:"known,omitempty"`  // of an overdue one: who has taken note
	Mine    bool              `json:"mine,omitempty"`   // of an overdue one: the reader was told or owns it, and has not taken note
}

// ScheduleView 接访日程 is the public reception schedule of one month: officials only.
type ScheduleView struct {
	Month  string              `json:"month"` // 2026-01
	Prev   string              `json:"prev,omitempty"`
	Next   string              `json:"next,omitempty"`
	County string              `json:"county"`
	Hall   string              `json:"hall"`
	Phone  string              `json:"phone"` // the office's
	Status planner.EventStatus `json:"status"`
	Slots  []SlotView          `json:"slots"`
}

// SlotView is one row of the schedule: the legal field list of domain.md §3.
type SlotView struct {
	On        civil.Date   `json:"on"`
	From      civil.Clock  `json:"from"`
	Until     civil.Clock  `json:"until"`
	Leader    string       `json:"leader"`
	Title     string       `json:"title"`
	Portfolio string       `json:"portfolio"`
	Head      bool         `json:"head"`
	Place     string       `json:"place"`
	BookUntil time.Time    `json:"book_until"`       // 17:00 the working day before
	Theme     planner.Text `json:"theme,omitzero"`   // 专题
	Deputy    string       `json:"deputy,omitempty"` // 补位领导
	Beside    string       `json:"beside,omitempty"` // 陪同接访
	Change    planner.Text `json:"change"`           // old → new and reason; empty if unchanged
	Cancelled bool         `json:"cancelled,omitempty"`

	why planner.Text // why it is not on the nominal day
}

// NoticeView is one reminder as the ledger or the dry run shows it.
type NoticeView struct {
	DueAt   time.Time    `json:"due_at"`
	Who     string       `json:"who"`
	Channel string       `json:"channel"`
	Title   planner.Text `json:"title"`
	Why     planner.Text `json:"why"`
	State   string       `json:"state"` // planned, scheduled, handed, …
}
