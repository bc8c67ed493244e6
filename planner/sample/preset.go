package sample

import (
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// The period to plan. Last year's pairings belong to the year before it, promises fall due around its beginning.
const planYear = 2026

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
	full       int  // most households of a staff cadre, last year's included
	usual      int  // how full last year's lists are made before a cadre outside the village's own units is taken
	grades     bool // cadres have grades 正处 to 副科, and nobody above staff is on a long leave
}

// fullLoad is what the article on 义马 asks of staff (domain.md §1 row 15).
const fullLoad = 15

var presets = []preset{
	{id: "yima", phone: "0398", mail: "yima.example.org", offices: 83, roomStaff: 2, links: 2, leaders: 35, sections: 110, cadres: 1345,
		households: 15_600, consenting: 15_000, onLeave: 30, reduced: 60, promises: 60, full: fullLoad, usual: 12},
	{id: "xinyang", phone: "0376", mail: "xinyang.example.org", offices: 83, roomStaff: 2, links: 12, leaders: 35, sections: 3_000, cadres: 67_000,
		households: 1_000_000, consenting: 920_000, onLeave: 750, reduced: 8, promises: 4_000, full: fullLoad, usual: 12},

	// The other practices are of counties outside Henan; each has a few townships of Henan as its ground. Who consents are
	// as many as the practice's loads add up to, so that the plan shows its very numbers.
	//
	// 凤山: 2 × 8 + 4 × 7 + 16 × 6 + 8 × 5 + 292 × 4 = 1,348.
	{id: "fengshan", phone: "0778", mail: "fengshan.example.org", offices: 12, roomStaff: 1, links: 4, leaders: 6, sections: 24, cadres: 322,
		households: 1_420, consenting: 1_348, promises: 12, full: 4, usual: 4, grades: true},
	// 五峰: 2 × 5 + 3 × 4 + 13 × 3 + 7 × 2 + 260 × 1 = 335.
	{id: "wufeng", phone: "0717", mail: "wufeng.example.org", offices: 10, roomStaff: 1, links: 3, leaders: 5, sections: 20, cadres: 285,
		households: 352, consenting: 335, promises: 8, full: 1, usual: 1, grades: true},
	// 莱州: 420 × 1, as many as 龙口兰高 had.
	{id: "laizhou", phone: "0535", mail: "laizhou.example.org", offices: 8, roomStaff: 1, links: 3, cadres: 420,
		households: 440, consenting: 420, promises: 8, full: 1, usual: 1},
	// 梁山: 90 × 30 = 2,700.
	{id: "liangshan", phone: "0537", mail: "liangshan.example.org", offices: 6, roomStaff: 1, links: 4, cadres: 90,
		households: 2_850, consenting: 2_700, promises: 12, full: 30, usual: 26},
	// 寿昌: 92 cadres, 15,755 households, 171.25 each.
	{id: "shouchang", phone: "0571", mail: "shouchang.example.org", roomStaff: 2, links: 6, cadres: 92,
		households: 16_100, consenting: 15_755, promises: 40, full: 172, usual: 150},
	// 长安区: 2,789 cadres, 2,789 households; a tenth of it.
	{id: "one-to-one", phone: "029", mail: "one-to-one.example.org", offices: 8, roomStaff: 1, links: 3, cadres: 279,
		households: 294, consenting: 279, promises: 6, full: 1, usual: 1},
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
