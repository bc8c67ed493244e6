package feed

import (
	"strings"
	"time"

	"lianxin/planner"
)

var (
	sumAppointment     = both("约访：{about}（{ref}）", "Appointment: {about} ({ref})")
	sumHallAppointment = both("约访：{about}（{ref}）· {name}", "Appointment: {about} ({ref}) · {name}")
	sumAsked           = both("{summary}（待确认）", "{summary} (asked for)")
	catAppointment     = both("约访", "Appointment")
	sayAppointment     = both("约访编号：{ref}。来访人和事由不进日历，登录后在接访资料里看。", "Reference: {ref}. Who comes and why stands in no calendar; sign in and open the brief.")
	sayAsked           = both("（窗口还没有确认。）", "(The counter has not accepted it yet.)")
)

// drawAppointment words an appointment: its slot, what field it is about and a neutral reference. Nothing of it is the person's.
func (x *Index) drawAppointment(v *Event, e planner.Event, own bool, lang string, say func(planner.Text, ...string)) (summary string) {
	_, rest, _ := strings.Cut(e.Key, "/")
	id, _, _ := strings.Cut(rest, "/")
	ref, about := planner.AppointmentRef(planner.AppointmentID(id)), e.About.In(lang)
	v.Categories, v.Class, v.Contact = only(catAppointment.In(lang)), Private, x.src.Office
	v.Related = []Relation{{"", x.derived("slot", e.On.Compact())}}
	v.Alarms = []Alarm{{Before: time.Hour}}
	say(sayAppointment, "ref", ref)
	if own {
		v.URL = x.src.BaseURL + "/brief/" + e.On.String()
		summary = fill(sumAppointment, lang, "about", about, "ref", ref)
	} else {
		v.URL = x.src.BaseURL + "/counter?day=" + e.On.String()
		summary = fill(sumHallAppointment, lang, "about", about, "ref", ref, "name", x.cadres[e.Cadre].Name)
	}
	if e.Status == planner.StatusTentative {
		say(sayAsked)
		return fill(sumAsked, lang, "summary", summary)
	}
	return summary
}
