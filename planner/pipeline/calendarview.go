package pipeline

import (
	"context"
	"fmt"
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// bookingCloses is when bookings for a slot close, on the working day before (乐清 2016).
const bookingCloses = civil.Clock(17 * 60)

var eventTitles = map[planner.EventKind]planner.Text{
	planner.EventMassWorkDay:    {ZH: "群众工作日", EN: "Mass-work-day"},
	planner.EventLeadersMeeting: {ZH: "群众工作领导小组会议", EN: "Leaders' meeting"},
	planner.EventReception:      {ZH: "领导接访", EN: "Leader's reception"},
	planner.EventReceptionDay:   {ZH: "接访日", EN: "Reception day"},
	planner.EventFestivalVisit:  {ZH: "节前走访", EN: "Festival visits"},
	planner.EventVisit:          {ZH: "入户走访", EN: "Visits"},
	planner.EventHearing:        {ZH: "听证会", EN: "Hearing"},
	planner.EventSquare:         {ZH: "政务广场", EN: "Public-square session"},
	planner.EventCaseVisit:      {ZH: "带案下访", EN: "Case visit"},
	planner.EventBeside:         {ZH: "陪同接访", EN: "Beside the leader at a reception"},
	planner.EventAppointment:    {ZH: "约访", EN: "Appointment"},
	planner.EventJointReception: {ZH: "联合接访", EN: "Joint reception"},
	planner.EventFestivalCall:   {ZH: "节前慰问", EN: "Festival call"},
}

// eventTitle is what an event is called on pages: by the office's own name of the day, if it has one.
func eventTitle(e planner.Event) planner.Text {
	if name := e.Name(); !name.IsZero() {
		return name.Titled()
	}
	return eventTitles[e.Kind]
}

// eventInSentence is what an event is called inside a sentence.
func eventInSentence(e planner.Event) planner.Text { return e.Name().Or(eventWords[e.Kind]) }

// eventView is an event as pages show it. Place is the name of the village, if any; the event's own place goes first.
func eventView(e planner.Event, place string) EventView {
	if e.Place != "" {
		place = e.Place
	}
	return EventView{ID: e.ID, Kind: e.Kind, On: e.On, From: e.From, Until: e.Until, AllDay: e.AllDay(), Title: eventTitle(e), Place: place,
		Nominal: e.NominalOn, Why: e.Why, Status: e.Status}
}

// Year draws the county's year: each day with its state, lunar day, the county's events and who receives. A year that was
// never laid shows what the rules would lay, without identity and marked tentative. For anyone signed in; it names
// officials only.
func (a *App) Year(ctx context.Context, p planner.Principal, year int) (YearView, error) {
	if !p.Signed() {
		return YearView{}, mustSignIn()
	}
	var office officeDays
	var county, receptions []planner.Event
	leaders := map[planner.CadreID]planner.Cadre{}
	err := a.DB.Read(ctx, planner.System("year calendar: officials only"), func(tx *store.Tx) (err error) {
		if office, err = officeDaysOf(tx); err != nil {
			return err
		}
		if county, err = tx.Events(store.EventFilter{Span: civil.YearSpan(year), County: true}); err != nil {
			return err
		}
		receptions, leaders, err = receptionsIn(tx, civil.YearSpan(year), false)
		return err
	})
	if err != nil {
		return YearView{}, fmt.Errorf("year %d: %w", year, err)
	}
	w := office.work
	laid, err := calendar.Lay(year, office.rules, w)
	if err != nil {
		return YearView{}, err
	}
	if len(county) == 0 {
		l := layout{laid: laid, rules: office.rules}
		l.wantCounty()
		for _, e := range l.wanted {
			e.Status = planner.StatusTentative
			county = append(county, e)
		}
	}
	v := YearView{Year: year, Status: string(laid.Status), Slots: len(receptions)}
	for _, c := range laid.Collisions {
		v.Collisions = append(v.Collisions, CollisionView{Month: fmt.Sprintf("%04d-%02d", year, int(c.Month)), WorkDay: c.WorkDay, Meeting: c.Meeting, Say: c.Say})
	}
	events := map[civil.Date][]EventView{}
	for _, e := range county {
		events[e.On] = append(events[e.On], eventView(e, ""))
	}
	receives := map[civil.Date]planner.Cadre{}
	for _, e := range receptions {
		receives[e.On] = leaders[e.Cadre]
		if leaders[e.Cadre].Head {
			v.HeadSlots++
		}
	}
	for d := civil.Of(year, time.January, 1); d.Year == year; d = d.AddDays(1) {
		cell := DayCell{On: d, State: string(w.State(d)), Holiday: w.Name(d), Makeup: w.Makeup(d), Events: events[d], Leader: receives[d].Name, Head: receives[d].Head}
		if cell.Makeup {
			cell.Holiday = "补班"
		}
		if l, ok := civil.Lunar(d); ok && l.Day == 1 {
			cell.Lunar = l.MonthName()
		} else if ok {
			cell.Lunar = l.DayName()
		}
		v.Months[d.Month-1] = append(v.Months[d.Month-1], cell)
	}
	return v, nil
}

// receptionsIn reads the reception slots of a span and the leaders named in them.
func receptionsIn(tx *store.Tx, span civil.Span, cancelled bool) ([]planner.Event, map[planner.CadreID]planner.Cadre, error) {
	leaders := map[planner.CadreID]planner.Cadre{}
	events, err := tx.Events(store.EventFilter{Span: span, Kinds: []planner.EventKind{planner.EventReception}, WithCancelled: cancelled})
	if err != nil {
		return nil, nil, err
	}
	for _, e := range events {
		if _, ok := leaders[e.Cadre]; !ok {
			if leaders[e.Cadre], err = tx.Cadre(e.Cadre); err != nil {
				return nil, nil, err
			}
		}
	}
	return events, leaders, nil
}

// besidesOf reads deputies, themes and who sits beside the leaders of a span, and adds those people to the known ones.
func besidesOf(tx *store.Tx, span civil.Span, known map[planner.CadreID]planner.Cadre) (map[civil.Date]planner.ReceptionDay, error) {
	days, err := tx.ReceptionDays(span)
	if err != nil {
		return nil, err
	}
	out := make(map[civil.Date]planner.ReceptionDay, len(days))
	for _, d := range days {
		out[d.On] = d
		for _, id := range []planner.CadreID{d.Deputy, d.Second} {
			if _, have := known[id]; !have && id != "" {
				if known[id], err = tx.Cadre(id); err != nil {
					return nil, err
				}
			}
		}
	}
	return out, nil
}

// Schedule draws the public reception schedule of a month (2026-01; empty: the current one). It is open to everybody and
// holds officials and the office's phone only. A slot that changed hands shows who it was first.
func (a *App) Schedule(ctx context.Context, month string) (ScheduleView, error) {
	first := a.Today().MonthStart()
	if month != "" {
		var err error
		if first, err = civil.ParseDate(month + "-01"); err != nil || !first.Valid() {
			return ScheduleView{}, planner.Fail(planner.Invalid, "月份“"+month+"”请写成2026-01的样子。", "write the month "+month+" like 2026-01.")
		}
	}
	until := first.AddDays(31).MonthStart()
	before := first.AddDays(-1).MonthStart()
	v := ScheduleView{Month: first.String()[:7], County: a.Office.County, Hall: a.Office.Hall, Phone: a.Office.Phone, Status: planner.StatusConfirmed}
	var office officeDays
	var events []planner.Event
	var leaders map[planner.CadreID]planner.Cadre
	var besides map[civil.Date]planner.ReceptionDay
	err := a.DB.Read(ctx, planner.System("public reception schedule: officials only"), func(tx *store.Tx) (err error) {
		if office, err = officeDaysOf(tx); err != nil {
			return err
		}
		if events, leaders, err = receptionsIn(tx, civil.Span{From: before, Until: until.AddDays(31)}, true); err != nil {
			return err
		}
		besides, err = besidesOf(tx, civil.Span{From: first, Until: until}, leaders)
		return err
	})
	if err != nil {
		return ScheduleView{}, fmt.Errorf("schedule %s: %w", v.Month, err)
	}
	w := office.work
	if w.Year(first.Year) != calendar.Official {
		v.Status = planner.StatusTentative
	}
	gone, open := map[civil.Date][]planner.Event{}, map[civil.Date]bool{}
	for _, e := range events {
		switch {
		case e.On.Before(first):
			v.Prev = before.String()[:7]
		case !e.On.Before(until):
			v.Next = until.String()[:7]
		case e.Status == planner.StatusCancelled:
			gone[e.On] = append(gone[e.On], e)
		default:
			open[e.On] = true
		}
	}
	for _, e := range events {
		cancelled := e.Status == planner.StatusCancelled
		if e.On.Before(first) || !e.On.Before(until) || cancelled && open[e.On] {
			continue
		}
		c := leaders[e.Cadre]
		s := SlotView{On: e.On, From: e.From, Until: e.Until, Leader: c.Name, Title: c.Title, Portfolio: strings.Join(c.Portfolio, "、"), Head: c.Head,
			Place: e.Place, BookUntil: bookUntil(w, e.On, a.Zone), Change: e.Why, why: e.Why, Cancelled: cancelled}
		if more := besides[e.On]; !cancelled {
			s.Theme, s.Beside = more.Theme, leaders[more.Second].Name
			if more.Deputy != e.Cadre { // else the deputy stepped in
				s.Deputy = leaders[more.Deputy].Name
			}
		}
		if cancelled {
			s.Change = planner.Text{ZH: "本次接访因工作调整取消", EN: "this reception is cancelled for a change of duties"}
		} else if was := gone[e.On]; len(was) > 0 {
			s.Change = planner.Text{ZH: "原定{原}接访，因工作调整改由{现}接访", EN: "{old} was to receive; for a change of duties {new} receives"}.
				Fill("原", leaders[was[0].Cadre].Name, "现", c.Name, "old", leaders[was[0].Cadre].Name, "new", c.Name)
		}
		v.Slots = append(v.Slots, s)
	}
	return v, nil
}
