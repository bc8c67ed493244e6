package pipeline

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
)

// Rules of reminders. T-3 is three working days before the event. They are part of a notice's unique key and never
// change their spelling. Source: domain.md §5 item 17 (leader T-5 and T-1); the rest [office practice].
const (
	RuleReceptionEarly = "reception-5"  // leader, T-5 08:00, with the brief
	RuleReceptionEve   = "reception-1"  // leader, T-1 08:00
	RuleWorkDayEarly   = "work-day-3"   // cadre, T-3 08:00
	RuleWorkDayEve     = "work-day-1"   // cadre, T-1 08:00
	RuleWorkDay        = "work-day-0"   // cadre, 07:30 of the day
	RuleMeeting        = "meeting-3"    // leaders, T-3 08:00
	RuleTaskEve        = "task-1"       // owner, T-1 08:00
	RuleTaskOverdue    = "task-overdue" // owner, 08:00 of the first working day after the due day
	RuleMoved          = "moved"        // whose date moved, in the transaction of the change
	RuleCalledOff      = "called-off"   // whose event was called off, the same
	RuleVisitEve       = "visit-1"      // cadre, T-1 08:00 of visits on a day of their own
	RuleVisitDay       = "visit-0"      // cadre, 07:30 of the day
	RuleRoomVisits     = "room-visits"  // contact of the room, T-3 08:00: which households are visited, to pass on
	RuleHomeVisit      = "home-visit"   // household that chose its phone, T-3 08:00
	RuleDeadline       = "deadline"     // template of the next four
	RuleDeadline15     = "deadline-15"  // who must act, 15 days before the last working day up to a statutory deadline
	RuleDeadline5      = "deadline-5"   // five working days
	RuleDeadline1      = "deadline-1"   // one working day
	RuleDeadline0      = "deadline-0"   // 07:30 of that day, urgent
	RuleHandover       = "handover"     // new cadre, half way, if the visit together was not confirmed
	RuleMonth          = "month"        // leader, first working day of a month: its dates
	ruleTaskRung       = "task-rung-"   // + rung from 1: who answers for that rung, at once
)

// Templates, by which a notice is worded; see remindtext.go.
const (
	templateReception = "reception"
	templateWorkDay   = "work-day"
	templateMeeting   = "meeting"
	templateVisits    = "visits"
	templateTask      = "task"
	templateRung      = "task-rung"
)

var (
	morning    = civil.MustClock("08:00") // when reminders of a later day are due
	earlyToday = civil.MustClock("07:30") // when those of the same day are
	closing    = civil.MustClock("18:00") // end of a task's due day
)

// rungUseful is how long the notice of a rung is worth sending. [office practice]
const rungUseful = 14 * 24 * time.Hour

// RungNotice 提级提醒 is the one notice of one rung of the ladder: to whom the task is taken, from which owner. Whoever
// raises Task.Rung enqueues it in the same transaction; the key holds task and rung, so a rung is told once.
// Rung counts from 1; code is the household's code or empty; now becomes the due instant.
func RungNotice(t planner.Task, rung int, to planner.CadreID, ownerName, code string, today civil.Date, now time.Time) notifier.Notice {
	return notifier.Notice{
		Recipient: string(to), Subject: taskSubject(t), Rule: ruleTaskRung + strconv.Itoa(rung),
		DueAt: now, ExpiresAt: now.Add(rungUseful), Template: templateRung,
		Args: map[string]string{"zh": t.Say.ZH, "en": t.Say.EN, "owner": ownerName, "code": code, "due": t.DueOn.String(),
			"days": strconv.Itoa(max(0, today.Sub(t.DueOn)))},
	}
}

// taskSubject is what a task's notices are about. A task's revision counts every edit, so it is left out: a task that
// is merely taken up is not reminded of anew; one with a new due day is.
func taskSubject(t planner.Task) string { return "task/" + string(t.ID) + "/" + t.DueOn.String() }

// owing finds out what must be told to whom.
type owing struct {
	workdays *calendar.Workdays
	zone     *time.Location
	now      time.Time
	leaders  []planner.CadreID                 // active ones, sorted
	stops    map[planner.EventID][]string      // household codes in the order of the stops
	village  map[planner.AreaCode]string       // names
	brief    map[planner.CadreID]planner.Cadre // leaders with their portfolio
	code     map[planner.HouseholdID]string    // of the households that tasks and visits are about

	departments map[planner.EventID][]planner.CadreID // liaisons of the departments that come to an occasion
	homeVillage map[planner.HouseholdID]planner.AreaCode
	out         []notifier.Notice
}

// obligations returns the notices of events and open tasks, sorted by due instant and key. Cancelled events owe nothing.
func (o *owing) obligations(events []planner.Event, tasks []planner.Task) []notifier.Notice {
	for _, e := range events {
		if e.Status == planner.StatusCancelled {
			continue
		}
		switch {
		case e.Kind == planner.EventReception && e.Cadre != "":
			o.reception(e)
		case e.Kind == planner.EventMassWorkDay && e.Cadre != "":
			o.workDay(e)
		case (e.Kind == planner.EventVisit || e.Kind == planner.EventFestivalVisit) && e.Cadre != "":
			o.visitDay(e)
		case e.Kind == planner.EventLeadersMeeting:
			o.meeting(e)
		case e.Kind.Occasion():
			o.occasion(e)
		case e.Kind == planner.EventBeside:
			o.beside(e)
		}
	}
	for _, t := range tasks {
		if !t.State.Terminal() && t.Owner != "" {
			switch t.Kind {
			case planner.TaskMatter:
				o.deadline(t)
			case planner.TaskHandover:
				o.unconfirmed(t)
			}
			o.task(t)
		}
	}
	o.months(events)
	slices.SortFunc(o.out, func(a, b notifier.Notice) int {
		return cmp.Or(a.DueAt.Compare(b.DueAt), strings.Compare(a.Recipient, b.Recipient), strings.Compare(a.Subject, b.Subject), strings.Compare(a.Rule, b.Rule))
	})
	return o.out
}

// add enters a notice unless it was useless from the beginning: before it was known that it would be needed.
func (o *owing) add(n notifier.Notice, known time.Time) {
	if n.ExpiresAt.After(n.DueAt) && n.ExpiresAt.After(known) {
		o.out = append(o.out, n)
	}
}

func (o *owing) before(d civil.Date, workdays int, c civil.Clock) time.Time {
	return o.workdays.Add(d, -workdays).At(c, o.zone)
}

func (o *owing) reception(e planner.Event) {
	start := e.On.At(e.From, o.zone)
	eve := o.before(e.On, 1, morning)
	args := eventArgs(e)
	args["portfolio"] = strings.Join(o.brief[e.Cadre].Portfolio, "、")
	args["brief"] = "/brief/" + e.On.String()
	n := notifier.Notice{Recipient: string(e.Cadre), Subject: e.Key, Revision: e.Sequence, Template: templateReception, Args: args}
	n.Rule, n.DueAt, n.ExpiresAt = RuleReceptionEarly, o.before(e.On, 5, morning), eve
	o.add(n, e.ChangedAt)
	n.Rule, n.DueAt, n.ExpiresAt = RuleReceptionEve, eve, start
	o.add(n, e.ChangedAt)
}

func (o *owing) workDay(e planner.Event) {
	today := e.On.At(earlyToday, o.zone)
	eve := o.before(e.On, 1, morning)
	args := eventArgs(e)
	args["village"] = o.village[e.Village]
	args["codes"] = strings.Join(o.stops[e.ID], "、")
	args["n"] = strconv.Itoa(len(o.stops[e.ID]))
	n := notifier.Notice{Recipient: string(e.Cadre), Subject: e.Key, Revision: e.Sequence, Template: templateWorkDay, Args: args}
	n.Rule, n.DueAt, n.ExpiresAt = RuleWorkDayEarly, o.before(e.On, 3, morning), eve
	o.add(n, e.ChangedAt)
	n.Rule, n.DueAt, n.ExpiresAt = RuleWorkDayEve, eve, today
	o.add(n, e.ChangedAt)
	n.Rule, n.DueAt, n.ExpiresAt = RuleWorkDay, today, e.On.At(max(e.Until, closing), o.zone)
	o.add(n, e.ChangedAt)
}

// visitDay is about visits on a day of their own.
func (o *owing) visitDay(e planner.Event) {
	today := e.On.At(earlyToday, o.zone)
	args := eventArgs(e)
	args["village"] = o.village[e.Village]
	args["codes"] = strings.Join(o.stops[e.ID], "、")
	args["n"] = strconv.Itoa(len(o.stops[e.ID]))
	if e.Kind == planner.EventFestivalVisit {
		args["name_zh"], args["name_en"] = eventWords[e.Kind].ZH, eventWords[e.Kind].EN
	}
	n := notifier.Notice{Recipient: string(e.Cadre), Subject: e.Key, Revision: e.Sequence, Template: templateVisits, Args: args}
	n.Rule, n.DueAt, n.ExpiresAt = RuleVisitEve, o.before(e.On, 1, morning), today
	o.add(n, e.ChangedAt)
	n.Rule, n.DueAt, n.ExpiresAt = RuleVisitDay, today, e.On.At(max(e.Until, closing), o.zone)
	o.add(n, e.ChangedAt)
}

func (o *owing) meeting(e planner.Event) {
	for _, leader := range o.leaders {
		o.add(notifier.Notice{Recipient: string(leader), Subject: e.Key, Revision: e.Sequence, Rule: RuleMeeting, Template: templateMeeting,
			Args: eventArgs(e), DueAt: o.before(e.On, 3, morning), ExpiresAt: e.On.At(e.From, o.zone)}, e.ChangedAt)
	}
}

func (o *owing) task(t planner.Task) {
	args := map[string]string{"zh": t.Say.ZH, "en": t.Say.EN, "due": t.DueOn.String(), "code": o.code[t.Household]}
	n := notifier.Notice{Recipient: string(t.Owner), Subject: taskSubject(t), Template: templateTask, Args: args}
	eve := o.before(t.DueOn, 1, morning)
	if begins := t.StartOn.At(morning, o.zone); eve.Before(begins) {
		eve = begins
	}
	// A task bears no instant of its making; what would be useless now is taken as never owed.
	if t.Kind != planner.TaskMatter { // its deadline has rules of its own
		n.Rule, n.DueAt, n.ExpiresAt = RuleTaskEve, eve, t.DueOn.At(closing, o.zone)
		o.add(n, o.now)
	}
	n.Rule, n.DueAt, n.ExpiresAt = RuleTaskOverdue, o.workdays.Add(t.DueOn, 1).At(morning, o.zone), t.EndOn.AddDays(1).At(0, o.zone)
	o.add(n, o.now)
}

// eventArgs are what every event's text needs.
func eventArgs(e planner.Event) map[string]string {
	args := map[string]string{"on": e.On.String(), "from": e.From.String(), "until": e.Until.String(), "place": e.Place}
	if e.Status == planner.StatusTentative {
		args["tentative"] = "1"
	}
	if name := e.Name(); !name.IsZero() {
		args["name_zh"], args["name_en"] = name.ZH, name.EN
	}
	if !e.Why.IsZero() {
		args["why_zh"], args["why_en"] = e.Why.ZH, e.Why.EN
	}
	return args
}
