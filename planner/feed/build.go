package feed

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// Kind of a feed: whose calendar it is.
type Kind string

const (
	KindCadre   Kind = "cadre"   // ref is the CadreID; leaders too
	KindVillage Kind = "village" // ref is the village's code
	KindUnit    Kind = "unit"    // ref is the UnitID: who of the unit goes where
	KindHall    Kind = "hall"    // ref is empty: the hall's own counter, with the appointments
	KindPublic  Kind = "public"  // ref is empty: the reception schedule for everybody
	KindCounty  Kind = "county"  // ref is empty: the county's days with its holidays

	KindHolidays Kind = "holidays" // ref is empty: holidays, make-up days and market days alone
)

// The window of a feed in days around today, and for how long a cancelled event still says so. calendar.md §6.
const (
	DaysBack      = 90
	DaysAhead     = 400
	DaysCancelled = 30

	// Market days of all places together are many: their own feed holds the coming quarter, and at most so many entries, whole days
	// alone. A village's own calendar has its market days for the whole window.
	MarketDaysBack  = 7
	MarketDaysAhead = 92
	MarketMost      = 3000
)

// Margin is how many days beyond the window a Source's events should reach, so that a month is whole at its edges.
const Margin = 31

// Source is what feeds are drawn from: one snapshot, read once for all feeds.
type Source struct {
	Host    string // right-hand side of derived UIDs
	BaseURL string // of links, without a final slash
	County  string
	Office  string // name of the ORGANIZER
	Mail    string // its address; empty: calendar@Host
	Hall    string
	Zone    *time.Location // in which an instant of change is a day; nil: UTC
	Today   civil.Date

	Areas      []planner.Area
	Units      []planner.Unit
	Cadres     []planner.Cadre
	Households []planner.Household // only ID, Code and Village are read
	Events     []planner.Event     // those of a month all or none, cancelled ones too
	Visits     []planner.Visit
	Tasks      []planner.Task
	Days       []Day

	DayName planner.Text // the office's own name of the recurring day (帮扶走访日); empty: 群众工作日

	Mailed map[planner.CadreID]bool // those who get invitations by mail instead: their feed holds their tasks alone
	// Note words what holds in a village on a day, such as a market; nil or empty text: nothing. Safe for concurrent use.
	Note func(village planner.AreaCode, on civil.Date) planner.Text
}

// Day is a holiday, a make-up working day or a market day.
type Day struct {
	On       civil.Date
	Name     string // 春节; of a market day its place
	Makeup   bool   // 补班: worked although a weekend
	Market   string // 逢集: code of its place; empty: no market day
	Official bool   // false: the year's notice is not published yet
}

// Index is a Source made ready to draw many feeds. It is never changed once made, so it is safe for concurrent use.
type Index struct {
	src          Source
	areas        map[planner.AreaCode]planner.Area
	places       map[planner.AreaCode]string // of villages, with what they lie in
	units        map[planner.UnitID]string
	cadres       map[planner.CadreID]planner.Cadre
	households   map[planner.HouseholdID]home
	uids         map[string]string // key of an event → UID
	own          map[planner.CadreID][]planner.Event
	county       []planner.Event
	receptions   []planner.Event
	appointments []planner.Event                      // for the hall alone
	visits       map[planner.EventID][]*planner.Visit // by stop
	tasks        map[planner.CadreID][]planner.Task
	months       map[string]month // key of the county's day (mwd/202601) → its cadres' events
}

// Build draws one feed in lang ("en" or Chinese). What lies outside the window and what was cancelled long ago is left
// out. NotFound if the source has no such cadre, village or kind.
func (x *Index) Build(kind Kind, ref, lang string) (Calendar, error) {
	c := Calendar{Product: "-//" + x.src.Office + "//Lianxin 连心//" + both("ZH", "EN").In(lang)}
	local := string(kind)
	if ref != "" {
		local += "-" + ref
	}
	c.ID = x.derived("feed", local)
	var name, about planner.Text
	switch kind {
	case KindCadre:
		cadre, ok := x.cadres[planner.CadreID(ref)]
		if !ok {
			return Calendar{}, planner.Fail(planner.NotFound, "没有这位干部的日历。", "there is no calendar of this cadre.")
		}
		name, about, c.Color = nameCadre.Fill("name", cadre.Name), x.ofDays(aboutCadre, namedCadre), Color{"firebrick", "#B22222"}
		c.Events = x.cadreEvents(cadre, lang)
	case KindVillage:
		area, ok := x.areas[planner.AreaCode(ref)]
		if !ok || area.Level != planner.LevelVillage {
			return Calendar{}, planner.Fail(planner.NotFound, "没有这个村（社区）的日历。", "there is no calendar of this village.")
		}
		name, about, c.Color = x.ofDays(nameVillage, namedDays).Fill("name", area.Name), x.ofDays(aboutVillage, namedVillage), Color{"seagreen", "#2E8B57"}
		c.Events = x.villageEvents(area.Code, lang)
		for _, d := range x.src.Days {
			if d.Market != "" && area.Code.Within(planner.AreaCode(d.Market)) && x.inWindow(d.On, d.On, false) {
				c.Events = append(c.Events, x.drawDay(d, lang))
			}
		}
	case KindUnit:
		if x.units[planner.UnitID(ref)] == "" {
			return Calendar{}, planner.Fail(planner.NotFound, "没有这个单位的日历。", "there is no calendar of this unit.")
		}
		name, about, c.Color = x.ofDays(nameUnit, namedDays).Fill("name", x.units[planner.UnitID(ref)]), x.ofDays(aboutUnit, namedUnit), Color{"teal", "#008080"}
		c.Events = x.unitEvents(planner.UnitID(ref), lang)
	case KindHall, KindPublic:
		name, about, c.Color = nameHall.Fill("county", x.src.County), aboutHall.Fill("hall", x.src.Hall), Color{"steelblue", "#4682B4"}
		for _, e := range x.receptions {
			if x.shows(e) {
				c.Events = append(c.Events, x.draw(e, false, lang))
			}
		}
		for _, e := range x.appointments {
			if kind == KindHall && x.shows(e) {
				c.Events = append(c.Events, x.draw(e, false, lang))
			}
		}
	case KindCounty:
		name, about, c.Color = nameCounty.Fill("county", x.src.County), x.ofDays(aboutCounty, namedCounty), Color{"goldenrod", "#DAA520"}
		c.Events = x.countyEvents(lang)
	case KindHolidays:
		name, about, c.Color = nameHolidays, aboutHolidays, Color{"crimson", "#DC143C"}
		c.Events = x.dayEvents(true, lang)
	default:
		return Calendar{}, planner.Fail(planner.NotFound, "没有这种日历。", "there is no calendar of this kind.")
	}
	slices.SortFunc(c.Events, compareEvents)
	c.Name, c.About = name.In(lang), about.In(lang)
	for _, e := range c.Events {
		if e.Stamp.After(c.Modified) {
			c.Modified = e.Stamp
		}
	}
	return c, nil
}

// ofDays chooses how a calendar is called and described: by the usual name of the recurring day, or by the office's own.
func (x *Index) ofDays(usual, named planner.Text) planner.Text {
	if x.src.DayName.IsZero() {
		return usual
	}
	day := x.src.DayName
	return planner.Text{ZH: fill(named, "zh", "day", day.ZH, "name", "{name}"), EN: fill(named, "en", "day", day.EN, "Day", day.Titled().EN, "name", "{name}")}
}

// Digest is the digest of the renderings that a planner event has in Chinese: its owner's, then the public's. A new
// English wording alone is no change for anybody's calendar.
func (x *Index) Digest(e planner.Event) (string, error) {
	var es []Event
	if e.Cadre != "" || e.Kind == planner.EventLeadersMeeting {
		es = append(es, x.draw(e, true, "zh"))
	}
	if e.Cadre == "" || e.Kind.Public() || e.Kind == planner.EventAppointment {
		es = append(es, x.draw(e, false, "zh"))
	}
	return Digest(es...)
}

// cadreEvents are the person's own, their open tasks, for a leader the meetings, and the county's mass-work-day of each
// month in which they have no day of their own.
func (x *Index) cadreEvents(c planner.Cadre, lang string) (es []Event) {
	if !x.src.Mailed[c.ID] {
		es = x.dutyEvents(c, lang)
	}
	for _, t := range x.tasks[c.ID] {
		if t.State != planner.TaskDraft && x.inWindow(t.DueOn, t.EndOn, t.State.Terminal()) {
			es = append(es, x.drawTask(t, lang))
		}
	}
	return es
}

// dutyEvents are the days on which a person has to be somewhere.
func (x *Index) dutyEvents(c planner.Cadre, lang string) (es []Event) {
	list := x.duties(c, lang)
	es = make([]Event, len(list), len(list)+len(x.tasks[c.ID]))
	for i := range list {
		es[i] = list[i].Drawn
	}
	return es
}

func (x *Index) duties(c planner.Cadre, lang string) (list []Duty) {
	list = make([]Duty, 0, len(x.own[c.ID])+len(x.county))
	taken := map[string]bool{}
	for _, e := range x.own[c.ID] {
		if e.Kind == planner.EventMassWorkDay || e.Kind == planner.EventFestivalVisit { // a cancelled one too: the county's day is no longer theirs
			taken[monthKey(e.Key)] = true
		}
		if x.shows(e) {
			list = append(list, Duty{e, x.draw(e, true, lang)})
		}
	}
	for _, e := range x.county {
		own := e.Kind == planner.EventLeadersMeeting
		if own && c.Rank != planner.RankLeader || taken[e.Key] || !x.shows(e) {
			continue
		}
		list = append(list, Duty{e, x.draw(e, own, lang)})
	}
	return list
}

func (x *Index) countyEvents(lang string) (es []Event) {
	for _, e := range x.county {
		if x.shows(e) {
			es = append(es, x.draw(e, false, lang))
		}
	}
	return append(es, x.dayEvents(false, lang)...)
}

// dayEvents are the holidays and make-up days, and where wanted the market days near today.
func (x *Index) dayEvents(markets bool, lang string) (es []Event) {
	n, full := 0, civil.Date{} // of the first market day that would be too many
	for _, d := range x.src.Days {
		switch {
		case !x.inWindow(d.On, d.On, false):
		case d.Market == "":
			es = append(es, x.drawDay(d, lang))
		case markets && x.marketNear(d.On):
			if n++; n > MarketMost {
				if full.IsZero() {
					full = d.On
				}
				continue
			}
			es = append(es, x.drawDay(d, lang))
		}
	}
	if full.IsZero() {
		return es
	}
	return slices.DeleteFunc(es, func(e Event) bool { return !e.On.Before(full) && slices.Contains(e.Categories, catMarket.In(lang)) })
}

// marketNear reports whether a market day lies near enough for the feed of all places.
func (x *Index) marketNear(on civil.Date) bool {
	return !on.Before(x.src.Today.AddDays(-MarketDaysBack)) && !on.After(x.src.Today.AddDays(MarketDaysAhead))
}

// shows reports whether an event belongs into a feed of today.
func (x *Index) shows(e planner.Event) bool {
	changed := e.On
	if e.Status == planner.StatusCancelled {
		changed = civil.DateIn(e.ChangedAt, x.src.Zone)
	}
	return x.inWindow(e.On, changed, e.Status == planner.StatusCancelled)
}

// inWindow applies the feed's window, and for a cancelled event the days it still says so after the later of on and
// changed.
func (x *Index) inWindow(on, changed civil.Date, cancelled bool) bool {
	today := x.src.Today
	if on.After(today.AddDays(DaysAhead)) || on.Before(today.AddDays(-DaysBack)) {
		return false
	}
	if !cancelled {
		return true
	}
	if changed.Before(on) {
		changed = on
	}
	return !today.After(changed.AddDays(DaysCancelled))
}

// Who names one feed.
type Who struct {
	Kind Kind
	Ref  string
}

// Feeds lists the feeds that a source has: its active cadres by code, its villages and units by code, then hall,
// public, county and holidays.
func (x *Index) Feeds() []Who {
	var list []Who
	for _, c := range slices.SortedFunc(slices.Values(x.src.Cadres), func(a, b planner.Cadre) int { return cmp.Compare(a.Code, b.Code) }) {
		if c.Active {
			list = append(list, Who{KindCadre, string(c.ID)})
		}
	}
	for _, a := range slices.SortedFunc(slices.Values(x.src.Areas), func(a, b planner.Area) int { return cmp.Compare(a.Code, b.Code) }) {
		if a.Level == planner.LevelVillage && a.Valid.Contains(x.src.Today) {
			list = append(list, Who{KindVillage, string(a.Code)})
		}
	}
	for _, u := range slices.SortedFunc(slices.Values(x.src.Units), func(a, b planner.Unit) int { return cmp.Compare(a.Code, b.Code) }) {
		list = append(list, Who{KindUnit, string(u.ID)})
	}
	return append(list, Who{Kind: KindHall}, Who{Kind: KindPublic}, Who{Kind: KindCounty}, Who{Kind: KindHolidays})
}

// FileName is an ASCII name for a feed: leader-0007.ics, cadre-0123.ics, village-411281006007.ics, hall.ics. Codes are
// unique and outlive names; a character that could trouble a file system or a header becomes its hexadecimal number.
func (x *Index) FileName(kind Kind, ref string) string {
	prefix, code := string(kind), ref
	if kind == KindCadre {
		c := x.cadres[planner.CadreID(ref)]
		if code = c.Code; c.Rank == planner.RankLeader {
			prefix = "leader"
		}
	}
	if code == "" {
		return prefix + ".ics"
	}
	b := []byte(prefix + "-")
	for _, r := range code {
		if r == '-' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			b = append(b, byte(r))
			continue
		}
		b = append(b, '_')
		b = strconv.AppendInt(b, int64(r), 16)
	}
	return string(b) + ".ics"
}
