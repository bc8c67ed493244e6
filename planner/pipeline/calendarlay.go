package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
)

// visitSearch is how many workdays on either side a leader who receives on the mass-work-day may go out instead.
const visitSearch = 10

func dayKey(kind string, d calendar.Day) string { return kind + "/" + d.Stem }

// wantCounty wants the county's days.
func (l *layout) wantCounty() {
	want := func(prefix string, kind planner.EventKind, name planner.Text, days []calendar.Day, from, until civil.Clock) {
		for _, d := range days {
			if !d.Skipped {
				l.wanted = append(l.wanted, planner.Event{Key: dayKey(prefix, d), Kind: kind, On: d.On, NominalOn: d.Nominal,
					From: from, Until: until, Why: d.Why, Status: d.Status, About: d.Title.Or(name)})
			}
		}
	}
	from, until := l.rules.Hours()
	want("mwd", planner.EventMassWorkDay, l.rules.Title, l.laid.WorkDays, from, until)
	want("mtg", planner.EventLeadersMeeting, l.rules.MeetingTitle, l.laid.Meetings, meetingFrom, meetingUntil)
	want("rcd", planner.EventReceptionDay, l.rules.Title, l.laid.Receptions, from, until)
	want("fst", planner.EventFestivalVisit, planner.Text{}, l.laid.Festivals, workDayFrom, workDayUntil)
}

// wantReceptions wants one assignment for each slot of the rota. A slot that stands keeps its leader unless a rule or
// the fairness asks for another; one that leaders exchanged stays exchanged.
func (l *layout) wantReceptions(ctx context.Context) (err error) {
	if l.rota, err = calendar.LayRota(ctx, l.rotaInput()); err != nil {
		return err
	}
	l.keepDuty()
	l.findings = append(l.findings, l.rota.Findings...)
	busy := map[civil.Date]bool{}
	for _, s := range l.rota.Slots {
		busy[s.On] = true
		l.wanted = append(l.wanted, planner.Event{Key: "rcp/" + s.On.String() + "/" + string(s.Cadre), Kind: planner.EventReception, On: s.On,
			NominalOn: s.Nominal, From: l.duty.rules.From, Until: l.duty.rules.Until, Why: s.Why, Cadre: s.Cadre, Place: l.app.Office.Hall, Status: l.status(),
			About: l.aboutReception(s)})
		if s.Second != "" {
			l.wanted = append(l.wanted, planner.Event{Key: "rc2/" + s.On.String() + "/" + string(s.Second), Kind: planner.EventBeside, On: s.On, NominalOn: s.On,
				From: l.duty.rules.From, Until: l.duty.rules.Until, Cadre: s.Second, Place: l.app.Office.Hall, Status: l.status(),
				About: planner.Text{ZH: "接访领导：{人}（{职}）", EN: "Leader: {name}, {post}"}.Fill("人", l.cadres[s.Cadre].Name, "职", l.cadres[s.Cadre].Title, "name", l.cadres[s.Cadre].Name, "post", l.cadres[s.Cadre].Title)})
		}
	}
	n := 0
	for _, m := range l.laid.Meetings {
		if !m.Skipped && busy[m.On] {
			n++
		}
	}
	if n > 0 {
		l.findings = append(l.findings, planner.Finding{Severity: planner.Note, Code: "meeting-while-receiving", Say: planner.Text{
			ZH: "全年有{n}次领导小组会议与接访同在上午，当日接访的领导在大厅值守，不参加会议。",
			EN: "{n} leaders' meetings of the year fall into the reception's morning; the leader who receives that day stays in the hall.",
		}.Fill("n", strconv.Itoa(n))})
	}
	return nil
}

// aboutReception words what a slot has besides its leader: its theme, who steps in, who sits beside.
func (l *layout) aboutReception(s calendar.Slot) (t planner.Text) {
	add := func(zh, en string, pairs ...string) { t = joinText(t, planner.Text{ZH: zh, EN: en}.Fill(pairs...)) }
	if !s.Theme.IsZero() {
		add("专题接访：{题}", "day of a theme: {theme}", "题", s.Theme.ZH, "theme", s.Theme.EN)
	}
	if c, ok := l.cadres[s.Deputy]; ok {
		add("补位领导：{人}（{职}）", "deputy: {name}, {post}", "人", c.Name, "职", c.Title, "name", c.Name, "post", c.Title)
	}
	if c, ok := l.cadres[s.Second]; ok {
		add("陪同接访：{人}", "beside the leader: {name}", "人", c.Name, "name", c.Name)
	}
	return t
}

// wantCadreDays wants each paired cadre's own mass-work-days and returns the visits on them, Event still empty.
func (l *layout) wantCadreDays() []planner.Visit {
	area := map[planner.CadreID]planner.AreaCode{}
	paired := map[planner.CadreID]bool{}
	for _, p := range l.plan.Pairings {
		paired[p.Cadre] = true
		if v := p.Area.Village(); v != "" && (area[p.Cadre] == "" || v < area[p.Cadre]) {
			area[p.Cadre] = v
		}
	}
	var out []planner.Cadre
	for _, c := range l.roster.Cadres {
		if c.Active && paired[c.ID] && (l.goers == nil || l.goers[c.ID]) {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b planner.Cadre) int { return strings.Compare(a.Code, b.Code) })
	instead := l.excused(out)
	past, last := l.settled()
	visits, findings := calendar.LayVisits(calendar.VisitInput{Days: l.laid.WorkDays, Cadres: out, Households: l.roster.Households,
		Pairings: l.plan.Pairings, From: l.today, Past: past, Last: last, Instead: instead, Fit: l.fit()})
	l.findings = append(l.findings, findings...)

	village := make(map[planner.HouseholdID]planner.AreaCode, len(l.roster.Households))
	for _, h := range l.roster.Households {
		village[h.ID] = h.Village
	}
	begins := map[calendar.CadreDay]planner.AreaCode{} // the first stop says where the day begins
	for _, v := range visits {
		day := calendar.CadreDay{Cadre: v.Cadre, On: v.On}
		begins[day] = cmp.Or(begins[day], village[v.Household])
		area[v.Cadre] = cmp.Or(area[v.Cadre], village[v.Household])
	}
	from, until := l.rules.Hours()
	for _, d := range l.laid.WorkDays {
		if d.Skipped {
			continue
		}
		for _, c := range out {
			on, why := d.On, d.Why
			if other, ok := instead[calendar.CadreDay{Cadre: c.ID, On: d.On}]; ok {
				on, why = other, excusedWhy(l.rules.DayName(), d, other, l.clerks[c.ID])
			}
			if on.IsZero() || on.Before(l.today) || c.OnLeave(on) {
				continue
			}
			l.wanted = append(l.wanted, planner.Event{Key: dayKey("mwd", d) + "/" + string(c.ID), Kind: planner.EventMassWorkDay, On: on,
				NominalOn: d.Nominal, From: from, Until: until, Why: why, Cadre: c.ID, About: l.rules.Title,
				Village: cmp.Or(begins[calendar.CadreDay{Cadre: c.ID, On: on}], area[c.ID]), Status: d.Status})
		}
	}
	l.wantFestivals(out, paired, area)
	return visits
}

// status of what a person does in the year.
func (l *layout) status() planner.EventStatus {
	if l.laid.Status == calendar.Official {
		return planner.StatusConfirmed
	}
	return planner.StatusTentative
}

// fit tells the laying of visits which days suit a place; nil if no area has days of its own.
func (l *layout) fit() func(planner.AreaCode, civil.Date) calendar.Fit {
	if len(l.office.areas) == 0 {
		return nil
	}
	type at struct {
		place planner.AreaCode
		on    civil.Date
	}
	known := map[at]calendar.Fit{}
	var mu sync.Mutex
	return func(place planner.AreaCode, on civil.Date) calendar.Fit {
		mu.Lock()
		defer mu.Unlock()
		k := at{place, on}
		f, ok := known[k]
		if !ok {
			f = l.office.fit(place, on)
			known[k] = f
		}
		return f
	}
}

// excused finds for each leader who receives on a mass-work-day, and for the hall's clerks, another day to go out: the next workday on which they
// neither receive nor meet nor are on leave, else the nearest before. Zero if there is none.
func (l *layout) excused(out []planner.Cadre) map[calendar.CadreDay]civil.Date {
	receives := map[calendar.CadreDay]bool{}
	for _, s := range l.rota.Slots {
		receives[calendar.CadreDay{Cadre: s.Cadre, On: s.On}] = true
	}
	meets := map[civil.Date]bool{}
	for _, m := range l.laid.Meetings {
		meets[m.On] = true
	}
	instead := map[calendar.CadreDay]civil.Date{}
	if l.rules.HallGoes {
		return instead
	}
	for _, c := range out {
		for _, d := range l.laid.WorkDays {
			day := calendar.CadreDay{Cadre: c.ID, On: d.On}
			if d.Skipped || !receives[day] && !l.clerks[c.ID] {
				continue
			}
			instead[day] = civil.Date{}
			for n := 1; n <= 2*visitSearch && instead[day].IsZero(); n++ {
				step := n
				if n > visitSearch {
					step = visitSearch - n
				}
				on := l.days.Add(d.On, step)
				if on.Year == l.year && !meets[on] && !receives[calendar.CadreDay{Cadre: c.ID, On: on}] && !c.OnLeave(on) {
					instead[day] = on
				}
			}
		}
	}
	return instead
}

func excusedWhy(name planner.Text, d calendar.Day, on civil.Date, clerk bool) planner.Text {
	what := planner.Text{ZH: "接访", EN: "the leader receives in the hall"}
	if clerk {
		what = planner.Text{ZH: "值守", EN: "the clerk keeps the hall open"}
	}
	return planner.Text{
		ZH: "{名}（{日}）当天在接待大厅{做}，改在{改}走访",
		EN: "on the {name} ({day}) {what}; the visit is on {on} instead",
	}.Fill("名", name.ZH, "name", name.EN, "做", what.ZH, "what", what.EN, "日", shortZH(d.On), "改", shortZH(on), "day", d.On.String(), "on", on.String())
}

func shortZH(d civil.Date) string { return fmt.Sprintf("%d月%d日", int(d.Month), d.Day) }

// merge gives each wanted event its identity, keeps history, and cancels what nobody wants any more.
func (l *layout) merge() {
	byKey := make(map[string]int32, len(l.old))
	laidBefore := map[planner.EventKind]bool{}
	for i := range l.old {
		byKey[l.old[i].Key] = int32(i)
		laidBefore[l.old[i].Kind] = true
	}
	seen := make([]bool, len(l.old))
	l.events = make([]planner.Event, 0, max(len(l.wanted), len(l.old)))
	for _, w := range l.wanted {
		at, ok := byKey[w.Key]
		var old *planner.Event
		if ok {
			old, seen[at] = &l.old[at], true
		}
		switch {
		case ok && l.history(old):
			l.events = append(l.events, *old)
			continue
		case ok:
			w.ID, w.UID, w.Sequence, w.Digest, w.CreatedAt, w.ChangedAt = old.ID, old.UID, old.Sequence, old.Digest, old.CreatedAt, old.ChangedAt
		case w.On.Before(l.today) && (l.light || laidBefore[w.Kind]):
			continue // nobody needs a new duty in the past
		default:
			w.ID, w.UID = planner.EventID(l.app.NewID()), l.app.NewID()+"@"+l.app.Host
			w.CreatedAt, w.ChangedAt = l.now, l.now
		}
		l.events = append(l.events, w)
	}
	for i, old := range l.old {
		if seen[i] {
			continue
		}
		if !l.history(&old) && !l.byHand[old.ID] {
			old.Status = planner.StatusCancelled
		}
		l.events = append(l.events, old)
	}
}

// history reports whether an event has been held: it stays as it was, whatever is laid now.
func (l *layout) history(e *planner.Event) bool {
	return e.On.Before(l.today) && e.Status != planner.StatusCancelled
}

// stamp finds what changed by the digest of what subscribers see, and raises the revision of that alone. History and what
// was cancelled before are not looked at again.
func (l *layout) stamp() error {
	settled := func(e *planner.Event) bool {
		old := l.before[e.ID]
		return old != nil && (l.history(old) || old.Status == planner.StatusCancelled && e.Status == planner.StatusCancelled)
	}
	digests, err := l.digests(settled)
	if err != nil {
		return err
	}
	for i := range l.events {
		e := &l.events[i]
		if settled(e) {
			continue
		}
		old := l.before[e.ID]
		if digests[i] == e.Digest {
			if old == nil || *old != *e { // something that no subscriber sees
				l.put = append(l.put, *e)
			}
			continue
		}
		if old != nil {
			e.Sequence++
			e.ChangedAt = l.now
		}
		e.Digest = digests[i]
		l.put = append(l.put, *e)
	}
	return nil
}

// digestShare is how many events are worth a goroutine of their own.
const digestShare = 2000

// digests are those of the events, by index; of the settled none. Events are drawn beside each other on all cores, since none depends
// on another. The error is that of the first event that has one.
func (l *layout) digests(settled func(*planner.Event) bool) ([]string, error) {
	digest := l.app.digester(l.roster, l.events, l.visits, l.office)
	out := make([]string, len(l.events))
	share := max(digestShare, len(l.events)/runtime.GOMAXPROCS(0)+1)
	failed := make([]error, len(l.events)/share+1)
	var all sync.WaitGroup
	for part := range failed {
		all.Go(func() {
			for i := part * share; i < min((part+1)*share, len(l.events)) && failed[part] == nil; i++ {
				if settled(&l.events[i]) {
					continue
				}
				if out[i], failed[part] = digest(l.events[i]); failed[part] != nil {
					failed[part] = fmt.Errorf("digest of %s: %w", l.events[i].Key, failed[part])
				}
			}
		})
	}
	all.Wait()
	return out, cmp.Or(failed...)
}
