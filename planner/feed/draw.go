package feed

import (
	"strconv"
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// draw words one planner event. Own is the rendering in the feed of the person it belongs to: it makes them busy, rings,
// and may list household codes. Otherwise it is the county's or the public's: transparent, silent, officials only.
func (x *Index) draw(e planner.Event, own bool, lang string) Event {
	v := x.frame(e, own)
	var summary string
	about := prose{lang: lang}
	about.Grow(256)
	if e.Why.In(lang) != "" {
		about.say(e.Why)
	}
	switch e.Kind {
	case planner.EventMassWorkDay, planner.EventVisit:
		summary, v.Categories = named(e, sumWorkDay).In(lang), only(catWorkDay.In(lang))
		if e.Kind == planner.EventVisit {
			summary, v.Categories = sumVisit.In(lang), only(catVisit.In(lang))
		}
		if own {
			v.URL = x.src.BaseURL + "/cadres/" + string(e.Cadre)
			x.sayVisits(e, &about)
			if x.src.Note != nil && e.Village != "" {
				if note := x.src.Note(e.Village, e.On); !note.IsZero() {
					about.say(sayVillageDay, "note", note.In(lang))
				}
			}
			v.Alarms = []Alarm{{Before: 24 * time.Hour}, {Before: 30 * time.Minute}}
		} else {
			v.URL = x.src.BaseURL + "/calendar?year=" + strconv.Itoa(e.On.Year)
		}
	case planner.EventLeadersMeeting:
		summary, v.Categories = named(e, sumMeeting).In(lang), only(catMeeting.In(lang))
		v.URL = x.src.BaseURL + "/calendar?year=" + strconv.Itoa(e.On.Year)
		if uid := x.uids["mwd/"+strings.TrimPrefix(e.Key, "mtg/")]; uid != "" {
			v.Related = []Relation{{"DEPENDS-ON", uid}}
		}
		v.Alarms = []Alarm{{Before: time.Hour}}
	case planner.EventReceptionDay:
		summary, v.Categories = named(e, sumReceptionDay).In(lang), only(catReception.In(lang))
		v.URL = x.src.BaseURL + "/calendar?year=" + strconv.Itoa(e.On.Year)
	case planner.EventFestivalVisit:
		summary, v.Categories = sumFestival.In(lang), only(catWorkDay.In(lang))
		v.URL = x.src.BaseURL + "/calendar?year=" + strconv.Itoa(e.On.Year)
		v.Alarms = []Alarm{{Before: 24 * time.Hour}}
	case planner.EventHearing, planner.EventSquare, planner.EventCaseVisit, planner.EventJointReception, planner.EventFestivalCall:
		summary = x.drawOccasion(&v, e, own, lang, about.say)
	case planner.EventReception:
		summary = x.drawReception(&v, e, own, &about)
	case planner.EventBeside:
		summary, v.Categories = sumBeside.In(lang), only(catReception.In(lang))
		v.URL, v.Contact = x.src.BaseURL+"/reception?month="+e.On.String()[:7], x.src.Office
		v.Related = []Relation{{"", x.derived("slot", e.On.Compact())}}
		v.Alarms = []Alarm{{Before: 24 * time.Hour}, {Before: time.Hour}}
		about.say(e.About)
	case planner.EventAppointment:
		summary = x.drawAppointment(&v, e, own, lang, about.say)
	}
	if e.Status == planner.StatusTentative && e.Kind != planner.EventAppointment {
		summary = fill(sumTentative, lang, "summary", summary)
		about.say(sayTentative)
	}
	link := sayLink
	if own && (e.Kind == planner.EventMassWorkDay || e.Kind == planner.EventVisit) {
		link = sayForm
	}
	about.say(link, "url", v.URL)
	v.Summary, v.Description = summary, about.String()
	return x.close(v, own, lang)
}

// named is the office's own name of a day, else the usual one.
func named(e planner.Event, usual planner.Text) planner.Text {
	if name := e.Name(); !name.IsZero() {
		return name.Titled()
	}
	return usual
}

// prose is a description in the making, a sentence a line.
type prose struct {
	strings.Builder
	lang string
}

func (p *prose) say(t planner.Text, pairs ...string) {
	if p.Len() > 0 {
		p.WriteByte('\n')
	}
	fillTo(&p.Builder, t.In(p.lang), pairs)
}

// drawReception words one leader's slot. No telephone stands in it, not even the office's: the page has that.
func (x *Index) drawReception(v *Event, e planner.Event, own bool, about *prose) (summary string) {
	c := x.cadres[e.Cadre]
	v.Categories = only(catReception.In(about.lang))
	v.URL = x.src.BaseURL + "/reception?month=" + e.On.String()[:7]
	v.Related = []Relation{{"", x.derived("slot", e.On.Compact())}}
	v.Contact = x.src.Office
	if v.Location == "" {
		v.Location = x.src.Hall
	}
	if v.Location != "" {
		v.Resources = []string{v.Location}
	}
	v.Alarms = []Alarm{{Before: 24 * time.Hour}, {Before: time.Hour}}
	about.say(sayLeader, "name", c.Name, "title", c.Title)
	if len(c.Portfolio) > 0 {
		field, sep := "zh", "、"
		if about.lang == "en" {
			field, sep = "en", ", "
		}
		about.say(sayPortfolio, field, strings.Join(c.Portfolio, sep))
	}
	if e.About.In(about.lang) != "" {
		about.say(e.About) // theme, deputy, who sits beside
	}
	switch {
	case own:
		return sumOwnReception.In(about.lang)
	case c.Title == "":
		return fill(sumReceptionBare, about.lang, "name", c.Name)
	}
	return fill(sumReception, about.lang, "name", c.Name, "title", c.Title)
}

// frame is what an event brings along whatever its kind.
func (x *Index) frame(e planner.Event, own bool) Event {
	v := Event{
		UID: e.UID, Stamp: e.ChangedAt, Created: e.CreatedAt, Sequence: e.Sequence, On: e.On, From: e.From, Until: e.Until,
		Location: e.Place, Status: e.Status, Transparent: !own, Organizer: x.organizer(),
	}
	if v.Location == "" && e.Village != "" {
		v.Location = x.places[e.Village]
	}
	if own {
		v.Class = Private
	}
	return v
}

// close gives alarms to the owner's living events only, makes a cancelled one say so, and keeps titles on one line.
func (x *Index) close(v Event, own bool, lang string) Event {
	v.Summary, v.Location, v.Contact, v.Organizer.Name = oneLine(v.Summary), oneLine(v.Location), oneLine(v.Contact), oneLine(v.Organizer.Name)
	if v.Status == planner.StatusCancelled {
		v.Summary, v.Transparent = fill(sumCancelled, lang, "summary", v.Summary), true
		own = false
	}
	if !own {
		v.Alarms = nil
	}
	for i := range v.Alarms {
		v.Alarms[i].Say = v.Summary
	}
	return v
}

// oneLine is s without line ends: a title of two lines breaks the lists of most programs.
func oneLine(s string) string {
	if s = Clean(s); strings.Contains(s, "\n") {
		s = strings.ReplaceAll(s, "\n", " ")
	}
	return s
}

func (x *Index) organizer() Mailbox {
	m := Mailbox{x.src.Office, x.src.Mail}
	if m.Mail == "" {
		m.Mail = "calendar@" + x.src.Host
	}
	return m
}

// sayVisits lists the household codes of a day in the order of the stops, and no other word about a household.
func (x *Index) sayVisits(e planner.Event, about *prose) {
	visits := x.visits[e.ID]
	if len(visits) == 0 {
		about.say(sayNoVisits)
		return
	}
	var b strings.Builder
	b.Grow(32 * len(visits))
	for i, v := range visits {
		code := x.code(v)
		if code == "" || !v.State.Counts() {
			continue // outside the reader's scope, where a page says why; or nobody goes there on this day
		}
		b.WriteByte('\n')
		b.WriteString(strconv.Itoa(i + 1))
		b.WriteString(". ")
		b.WriteString(code)
	}
	about.say(sayStops, "stops", b.String())
}

// drawTask is the whole-day mirror of a task on its due day. Google and Outlook show no VTODO. The noun keeps no time of
// change, so its stamp is the start of its window and a second for each revision: as steady, and rising.
func (x *Index) drawTask(t planner.Task, lang string) Event {
	at := t.StartOn.At(0, x.src.Zone)
	v := Event{
		UID: x.derived("due", string(t.ID)), Created: at, Stamp: at.Add(time.Duration(t.Revision) * time.Second), Sequence: t.Revision,
		On: t.DueOn, Status: planner.StatusConfirmed, Transparent: true, Class: Private, Organizer: x.organizer(),
		Categories: only(catTask.In(lang)), URL: x.src.BaseURL + "/tasks", Related: []Relation{{"", x.derived("task", string(t.ID))}},
	}
	v.Summary = fill(sumTask, lang, "about", x.aboutTask(t, lang))
	v.Description = fill(sayTask, lang, "kind", kindTask[t.Kind].In(lang), "until", t.EndOn.String()) + "\n" + fill(sayLink, lang, "url", v.URL)
	if t.State.Terminal() {
		v.Status = planner.StatusCancelled // the mirror goes, whatever became of the task
	}
	return x.close(v, false, lang)
}

// aboutTask is all that leaves the house of what a task is about: the household's code, else the kind.
func (x *Index) aboutTask(t planner.Task, lang string) string {
	if code := x.households[t.Household].code; code != "" {
		return code
	}
	return kindTask[t.Kind].In(lang)
}

// drawDay is a holiday or make-up day. Its stamp is set by its year alone: nobody edits it, and an official notice
// replaces a provisional day with a higher SEQUENCE. The notices of 2022–2025 came between 25 October and 9 December.
func (x *Index) drawDay(d Day, lang string) Event {
	created := civil.Of(d.On.Year-1, time.January, 1).At(0, x.src.Zone)
	v := Event{
		UID: x.derived("hol", d.On.Compact()), Created: created, Stamp: created, On: d.On, Status: planner.StatusTentative,
		Transparent: true, Organizer: x.organizer(), Categories: only(catHoliday.In(lang)), Summary: d.Name,
	}
	switch {
	case d.Market != "":
		v.UID = x.derived("mkt-"+d.Market, d.On.Compact())
		v.Status, v.Categories, v.Summary = planner.StatusConfirmed, only(catMarket.In(lang)), fill(sumMarket, lang, "place", d.Name)
		return x.close(v, false, lang)
	case d.Makeup:
		v.Categories = only(catMakeup.In(lang))
		v.Summary = catMakeup.In(lang)
		if d.Name != "" {
			v.Summary = fill(sumMakeup, lang, "name", d.Name)
		}
	}
	if d.Official {
		v.Status, v.Sequence, v.Stamp = planner.StatusConfirmed, 1, civil.Of(d.On.Year-1, time.October, 25).At(0, x.src.Zone)
	} else {
		v.Summary, v.Description = fill(sumTentative, lang, "summary", v.Summary), sayTentative.In(lang)
	}
	return x.close(v, false, lang)
}

// villageEvents has one entry a mass-work-day, with the names of those who come and their units.
func (x *Index) villageEvents(village planner.AreaCode, lang string) (es []Event) {
	for _, day := range x.county {
		if day.Kind != planner.EventMassWorkDay || !x.shows(day) {
			continue
		}
		m := x.months[day.Key]
		v := x.draw(day, false, lang)
		id, _, _ := strings.Cut(day.UID, "@")
		v.UID = x.derived(id, string(village))
		v.Class, v.Location, v.Sequence, v.Stamp = Private, x.places[village], m.revisions, m.changed
		v.Description = strings.Join(append(x.comers(m, day.On, village, lang), v.Description), "\n")
		es = append(es, v)
	}
	return es
}

// comers lists who comes to a village in a month's mass-work-day, those who come on another day with that day.
func (x *Index) comers(m month, on civil.Date, village planner.AreaCode, lang string) []string {
	var lines []string
	for _, e := range m.events {
		if e.Status == planner.StatusCancelled || !x.goesTo(e, village) {
			continue
		}
		c := x.cadres[e.Cadre]
		say := sayComer
		if e.On != on {
			say = sayComerOther
		}
		lines = append(lines, fill(say, lang, "name", c.Name, "unit", x.units[c.Unit], "on", e.On.String()))
	}
	if len(lines) == 0 {
		return []string{sayNobody.In(lang)}
	}
	return append([]string{sayComers.In(lang)}, lines...)
}

// unitEvents has one entry a mass-work-day: who of the unit goes to which village. It names no household.
func (x *Index) unitEvents(unit planner.UnitID, lang string) (es []Event) {
	for _, day := range x.county {
		if day.Kind != planner.EventMassWorkDay || !x.shows(day) {
			continue
		}
		m := x.months[day.Key]
		v := x.draw(day, false, lang)
		id, _, _ := strings.Cut(day.UID, "@")
		v.UID = x.derived(id, "unit-"+string(unit))
		v.Class, v.Sequence, v.Stamp = Private, m.revisions, m.changed
		var lines []string
		for _, e := range m.events {
			c := x.cadres[e.Cadre]
			if e.Status == planner.StatusCancelled || c.Unit != unit {
				continue
			}
			say := sayGoer
			if e.On != day.On {
				say = sayGoerOther
			}
			lines = append(lines, fill(say, lang, "name", c.Name, "place", x.places[e.Village], "on", e.On.String()))
		}
		if len(lines) == 0 {
			lines = []string{sayNobodyGoes.In(lang)}
		}
		v.Description = strings.Join(append(lines, v.Description), "\n")
		es = append(es, v)
	}
	return es
}

func (x *Index) goesTo(e planner.Event, village planner.AreaCode) bool {
	if e.Village == village {
		return true
	}
	for _, v := range x.visits[e.ID] {
		if x.households[v.Household].village == village {
			return true
		}
	}
	return false
}
