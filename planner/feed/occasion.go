package feed

import (
	"strconv"
	"time"

	"lianxin/planner"
)

// sumOccasion and catOccasion word the kinds that are set by hand.
var sumOccasion = map[planner.EventKind]planner.Text{
	planner.EventHearing:        both("听证会", "Hearing"),
	planner.EventSquare:         both("政务广场", "Public-square session"),
	planner.EventCaseVisit:      both("带案下访", "Case visit"),
	planner.EventJointReception: both("联合接访", "Joint reception"),
	planner.EventFestivalCall:   both("节前慰问", "Festival call"),
}

var (
	sumOccasionAbout = both("{kind}：{about}", "{kind}: {about}")
	sayDecisionWaits = both("听证之前不作决定。", "Nothing is decided before it is heard.")
	sayHost          = both("主持：{name} {title}", "Held by {name}, {title}")
)

// drawOccasion words a hearing, session, case visit or joint reception. Of the last two the matter stays inside: its page has it.
func (x *Index) drawOccasion(v *Event, e planner.Event, own bool, lang string, say func(planner.Text, ...string)) (summary string) {
	kind := sumOccasion[e.Kind].In(lang)
	v.Categories = []string{kind}
	v.URL = x.src.BaseURL + "/calendar?year=" + strconv.Itoa(e.On.Year)
	v.Contact = x.src.Office
	v.Alarms = []Alarm{{Before: 24 * time.Hour}, {Before: time.Hour}}
	if e.Kind.Public() {
		c := x.cadres[e.Cadre]
		say(sayHost, "name", c.Name, "title", c.Title)
	}
	if e.Kind == planner.EventHearing {
		say(sayDecisionWaits)
	}
	if e.About.In(lang) == "" || !e.Kind.Public() && !own {
		return kind
	}
	return fill(sumOccasionAbout, lang, "kind", kind, "about", e.About.In(lang))
}
