package sample

import (
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// The period to plan. Last year's pairings belong to the year before it, promises fall due around its beginning.
const planYear = 2026

// A cadre's load: what the article on 义马 asks of staff (domain.md §1 row 15), and how full last year's lists are made
// before a cadre outside the village's own units is taken.
const (
	fullLoad  = 15
	usualLoad = 12
)

// preset is the size of a sample. Cadres are leaders + sections + staff.
type preset struct {
	id         string
	phone      string // dialling code
	mail       string // host of the mail addresses, reserved by RFC 2606
	offices    int    // city offices of a county that are stations, at most
	roomStaff  int    // staff in each village's room
	links      int    // villages that an office serves, at most
	leaders    int    // of a county
	sections   int    // section-level cadres in all
	cadres     int    // rows in all; the rest are staff
	households int    // rows in all
	consenting int
	onLeave    int // staff on leave for most of the year
	reduced    int // per mille of staff who take fewer households
	promises   int
}

var presets = []preset{
	{id: "yima", phone: "0398", mail: "yima.example.org", offices: 83, roomStaff: 2, links: 2, leaders: 35, sections: 110, cadres: 1345,
		households: 15_600, consenting: 15_000, onLeave: 30, reduced: 60, promises: 60},
	{id: "xinyang", phone: "0376", mail: "xinyang.example.org", offices: 83, roomStaff: 2, links: 12, leaders: 35, sections: 3_000, cadres: 67_000,
		households: 1_000_000, consenting: 920_000, onLeave: 750, reduced: 8, promises: 4_000},
}

// Presets lists the names of the presets.
func Presets() []string {
	names := make([]string, len(presets))
	for i, p := range presets {
		names[i] = p.id
	}
	return names
}

func presetByID(id string) (preset, error) {
	for _, p := range presets {
		if p.id == id {
			return p, nil
		}
	}
	return preset{}, planner.Fail(planner.Invalid,
		"没有名为“"+id+"”的样例；可用的有 "+strings.Join(Presets(), "、")+"。",
		"there is no sample called \""+id+"\"; use one of "+strings.Join(Presets(), ", "))
}

// Days of the sample. They are fixed, because the sample is of one year and not of the day it is made.
var (
	yearStart    = civil.Of(planYear, 1, 1)
	promisesFrom = civil.Of(planYear-1, 12, 20) // first due day of a promise
	promisesTill = civil.Of(planYear, 1, 31)    // last
	lastPromise  = civil.Of(planYear-1, 12, 31) // no promise was made later
)
