package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/store"
)

// decisionEndDays is how long after its due day a decision stays open before it counts as not done. [office practice]
const decisionEndDays = 60

// MeetingView is a leaders' meeting with what it takes up and what became of earlier decisions.
type MeetingView struct {
	Month    string          `json:"month"`
	Event    EventView       `json:"event"`
	Items    []ItemView      `json:"items"`
	Earlier  []ItemView      `json:"earlier,omitempty"` // decided by meetings before, with where they stand
	CutoffAt time.Time       `json:"cutoff_at,omitzero"`
	Figures  *MeetingFigures `json:"figures,omitempty"` // as they stood at the cut-off
	MayEdit  bool            `json:"-"`
	Day      planner.Text    `json:"-"` // what the day is called on which the visits are made
}

// ItemView is one item with the state of its task.
type ItemView struct {
	planner.AgendaItem
	On    civil.Date        `json:"on"`
	Owner string            `json:"owner,omitempty"`
	DueOn civil.Date        `json:"due_on,omitzero"`
	State planner.TaskState `json:"state,omitempty"`
	Late  bool              `json:"late,omitempty"`
}

// MeetingFigures are the county's own numbers for the meeting; nothing in them counts per person.
type MeetingFigures struct {
	OpenTasks    int `json:"open_tasks"`
	OverdueTasks int `json:"overdue_tasks"`
	ClosedTasks  int `json:"closed_tasks"` // that fell due in the last month
	VisitsAsked  int `json:"visits_asked"` // of the month's mass-work-day
	VisitsDone   int `json:"visits_done"`
}

// meetingOf finds the meeting of a month such as 2026-01.
func meetingOf(tx *store.Tx, month string) (planner.Event, error) {
	first, err := civil.ParseDate(month + "-01")
	if err != nil || !first.Valid() {
		return planner.Event{}, planner.Fail(planner.Invalid, "月份“"+month+"”请写成2026-01的样子。", "write the month "+month+" like 2026-01.")
	}
	es, err := tx.Events(store.EventFilter{KeyPrefix: "mtg/" + strings.Replace(month, "-", "", 1), County: true})
	if err != nil {
		return planner.Event{}, err
	}
	if len(es) == 0 {
		return planner.Event{}, planner.Fail(planner.NotFound, month+"没有领导小组会议，请先排日历。", "there is no leaders' meeting in "+month+"; lay the calendar first.")
	}
	return es[0], nil
}

// mayMeet allows those who plan, and leaders.
func mayMeet(p planner.Principal) error {
	if p.SeesAll() || p.Is(planner.RoleLeader, planner.RoleSecretary) {
		return nil
	}
	return planner.Fail(planner.Forbidden, "会议议程由领导和经办人查看。", "the agenda is for leaders and those who plan.")
}

// Meeting draws the meeting of a month; empty: the next one. For leaders, who acts for them, and those who plan.
func (a *App) Meeting(ctx context.Context, p planner.Principal, month string) (v MeetingView, err error) {
	if err := mayMeet(p); err != nil {
		return v, err
	}
	today := a.Today()
	// As the system: tasks of an agenda are shown to all leaders by title, owner and state, whoever's they are.
	err = a.DB.Read(ctx, planner.System("agenda of the leaders' meeting for "+p.Name), func(tx *store.Tx) error {
		if month == "" {
			es, err := tx.Events(store.EventFilter{Span: civil.Span{From: today}, County: true, Kinds: []planner.EventKind{planner.EventLeadersMeeting}})
			if err != nil {
				return err
			}
			month = today.String()[:7]
			if len(es) > 0 {
				month = es[0].NominalOn.String()[:7]
			}
		}
		e, err := meetingOf(tx, month)
		if err != nil {
			return err
		}
		v = MeetingView{Month: month, Event: eventView(e, ""), MayEdit: p.Is(planner.RolePlanner)}
		rules, _, err := calendarRules(tx)
		if err != nil {
			return err
		}
		v.Day = rules.DayName()
		cut, err := tx.Cutoff(e.ID)
		if err != nil {
			return err
		}
		if !cut.At.IsZero() {
			v.CutoffAt, v.Figures = cut.At, &MeetingFigures{}
			if err := json.Unmarshal([]byte(cut.Figures), v.Figures); err != nil {
				return fmt.Errorf("figures of the meeting of %s: %w", month, err)
			}
		}
		items, err := tx.AgendaItems(civil.Span{From: e.On.AddDays(-366), Until: e.On.AddDays(1)}, "")
		if err != nil {
			return err
		}
		events, err := tx.Events(store.EventFilter{Span: civil.Span{From: e.On.AddDays(-366), Until: e.On.AddDays(1)}, Kinds: []planner.EventKind{planner.EventLeadersMeeting}})
		if err != nil {
			return err
		}
		held := map[planner.EventID]civil.Date{}
		for _, m := range events {
			held[m.ID] = m.On
		}
		ts, err := tx.Tasks(store.TaskFilter{})
		if err != nil {
			return err
		}
		tasks := map[planner.TaskID]planner.Task{}
		for _, t := range ts {
			tasks[t.ID] = t
		}
		r, err := tx.Roster()
		if err != nil {
			return err
		}
		names := wordsOf(r)
		for _, i := range items {
			on, meeting := held[i.Event]
			if !meeting {
				continue // of a public session
			}
			x := ItemView{AgendaItem: i, On: on}
			if t, ok := tasks[i.Task]; ok {
				x.Owner, x.DueOn, x.State, x.Late = names.who(t.Owner), t.DueOn, followup.StateOn(t, today), followup.Overdue(t, today)
			}
			switch {
			case i.Event == e.ID:
				v.Items = append(v.Items, x)
			case i.Task != "" && (!x.State.Terminal() || e.On.Sub(x.DueOn) <= decisionEndDays):
				v.Earlier = append(v.Earlier, x)
			}
		}
		return nil
	})
	return v, err
}

// AddItem puts something on the agenda of a meeting, or a question to a public session. A task is named by its ID; what it is
// called is then its own sentence unless a title is given. Planners only.
func (a *App) AddItem(ctx context.Context, p planner.Principal, event planner.EventID, about planner.Subject, title string) (i planner.AgendaItem, err error) {
	if err := mustPlan(p); err != nil {
		return i, err
	}
	i = planner.AgendaItem{ID: planner.AgendaID(a.NewID()), Event: event, About: about, Title: strings.TrimSpace(title)}
	err = a.DB.Write(ctx, p, store.Op{Name: "agenda", Now: a.Now()}, func(tx *store.Tx) error {
		if _, err := occasionOf(tx, event); err != nil {
			return err
		}
		if i.About.Kind == "task" {
			t, err := tx.Task(planner.TaskID(i.About.Ref))
			if err != nil {
				return err
			}
			if i.Title == "" {
				i.Title = t.Say.ZH
			}
		}
		if i.Title == "" {
			return planner.Fail(planner.Invalid, "请写明议题。", "give the item a title.")
		}
		items, err := tx.AgendaItems(civil.Span{}, event)
		if err != nil {
			return err
		}
		i.Place = len(items) + 1
		return tx.PutAgendaItem(i)
	})
	return i, err
}

// Decision is what became of an item.
type Decision struct {
	Outcome planner.ItemOutcome
	Words   string          // what was decided or answered
	Owner   planner.CadreID // of a task
	DueOn   civil.Date      // of a task
}

// Decide writes down what became of an item. With the outcome task it becomes a task 交办 of its owner with a due day, in the
// same transaction. Planners only; Conflict if the item has its outcome.
func (a *App) Decide(ctx context.Context, p planner.Principal, id planner.AgendaID, d Decision) (i planner.AgendaItem, err error) {
	if err := mustPlan(p); err != nil {
		return i, err
	}
	today := a.Today()
	if d.Outcome != planner.OutcomeOnTheSpot && d.Outcome != planner.OutcomeTask && d.Outcome != planner.OutcomeNoted {
		return i, planner.Fail(planner.Invalid, "结果请用：on-the-spot 当场答复、task 交办、noted 已研究。", "the outcome is on-the-spot, task or noted.")
	}
	if d.Outcome == planner.OutcomeTask && (d.Owner == "" || !d.DueOn.Valid() || d.DueOn.Before(today)) {
		return i, planner.Fail(planner.Invalid, "交办要写明承办人和办结期限，期限不早于今天。", "a task needs its owner and a due day, today or later.")
	}
	err = a.DB.Write(ctx, p, store.Op{Name: "decide", Now: a.Now()}, func(tx *store.Tx) error {
		items, err := tx.AgendaItems(civil.Span{}, "")
		if err != nil {
			return err
		}
		at := slices.IndexFunc(items, func(x planner.AgendaItem) bool { return x.ID == id })
		if at < 0 {
			return planner.Fail(planner.NotFound, "没有这个议题。", "there is no such item.")
		}
		i = items[at]
		if i.Outcome != "" {
			return planner.Fail(planner.Conflict, "这个议题已有结果；如有新情况，请列入下次会议。", "the item has its outcome; put what is new on the next agenda.")
		}
		i.Outcome, i.Decision = d.Outcome, strings.TrimSpace(d.Words)
		if d.Outcome == planner.OutcomeTask {
			say := i.Title
			if i.Decision != "" {
				say += "：" + i.Decision
			}
			t := planner.Task{ID: planner.TaskID(a.NewID()), Key: "decision/" + string(i.ID), Kind: planner.TaskDecision, Owner: d.Owner, Say: planner.Both(say),
				StartOn: today, DueOn: d.DueOn, EndOn: d.DueOn.AddDays(decisionEndDays), State: planner.TaskReady}
			if err := tx.PutTasks([]planner.Task{t}); err != nil {
				return err
			}
			i.Task = t.ID
		}
		return tx.PutAgendaItem(i)
	})
	return i, err
}

// CloseData stores the figures of a month's meeting as they stand now. Only from the mass-work-day on until the meeting begins,
// and once. Planners only.
func (a *App) CloseData(ctx context.Context, p planner.Principal, month string) (f MeetingFigures, err error) {
	if err := mustPlan(p); err != nil {
		return f, err
	}
	now, today := a.Now(), a.Today()
	err = a.DB.Write(ctx, p, store.Op{Name: "close-data", Now: now}, func(tx *store.Tx) error {
		e, err := meetingOf(tx, month)
		if err != nil {
			return err
		}
		days, err := tx.Events(store.EventFilter{KeyPrefix: "mwd/" + strings.Replace(month, "-", "", 1), County: true})
		if err != nil {
			return err
		}
		if begins := e.On.At(e.From, a.Zone); !now.Before(begins) || len(days) > 0 && today.Before(days[0].On) {
			rules, _, err := calendarRules(tx)
			if err != nil {
				return err
			}
			day := rules.DayName()
			return planner.Fail(planner.Invalid, "数据截止要在"+day.ZH+"当天起、会议开始之前办理。", "the data are closed between the "+day.EN+" and the beginning of the meeting.")
		}
		f = MeetingFigures{}
		ts, err := tx.Tasks(store.TaskFilter{})
		if err != nil {
			return err
		}
		for _, t := range ts {
			switch {
			case !t.State.Terminal():
				f.OpenTasks++
				if followup.Overdue(t, today) {
					f.OverdueTasks++
				}
			case t.State == planner.TaskCompleted && today.Sub(t.DueOn) <= 31:
				f.ClosedTasks++
			}
		}
		if len(days) > 0 {
			vs, err := tx.Visits(store.VisitFilter{Span: civil.Span{From: days[0].On, Until: days[0].On.AddDays(1)}})
			if err != nil {
				return err
			}
			for _, v := range vs {
				if v.State != planner.VisitCancelled && v.State != planner.VisitMoved {
					f.VisitsAsked++
				}
				if v.State == planner.VisitDone {
					f.VisitsDone++
				}
			}
		}
		b, err := json.Marshal(f)
		if err != nil {
			return err
		}
		return tx.PutCutoff(planner.Cutoff{Event: e.ID, At: now, Figures: string(b)})
	})
	return f, err
}

// SlotBrief is a leader's page for one reception: A4, without a resident's name.
type SlotBrief struct {
	On        civil.Date         `json:"on"`
	From      civil.Clock        `json:"from"`
	Until     civil.Clock        `json:"until"`
	Place     string             `json:"place"`
	Leader    string             `json:"leader"`
	Title     string             `json:"title"`
	Portfolio []string           `json:"portfolio"`
	Theme     planner.Text       `json:"theme,omitzero"`
	Deputy    string             `json:"deputy,omitempty"`
	Booked    []BriefAppointment `json:"booked"`  // masked, in the order of the seats
	Tasks     []TaskView         `json:"tasks"`   // the leader's own that are open, or closed lately: earlier answers
	Decided   []ItemView         `json:"decided"` // decisions of the meetings that are still open
}

// SlotBrief draws the brief of the reception of a day. For its leader, who acts for them, and those who plan.
func (a *App) SlotBrief(ctx context.Context, p planner.Principal, on civil.Date) (b SlotBrief, err error) {
	if !p.Signed() {
		return b, mustSignIn()
	}
	var who planner.CadreID
	err = a.DB.Read(ctx, planner.System("brief of a reception for "+p.Name), func(tx *store.Tx) error {
		e, err := slotOn(tx, on)
		if err != nil {
			return err
		}
		if !p.Speaks(e.Cadre) && !p.SeesAll() {
			return planner.Fail(planner.Forbidden, "这份资料只给当天接访的领导、代办人和经办人。", "the brief is for the leader of the day, who acts for them and those who plan.")
		}
		who = e.Cadre
		c, err := tx.Cadre(e.Cadre)
		if err != nil {
			return err
		}
		b = SlotBrief{On: on, From: e.From, Until: e.Until, Place: e.Place, Leader: c.Name, Title: c.Title, Portfolio: c.Portfolio}
		if b.Booked, err = a.briefAppointments(tx, on); err != nil {
			return err
		}
		days, err := tx.ReceptionDays(civil.Span{From: on, Until: on.AddDays(1)})
		if err != nil || len(days) == 0 {
			return err
		}
		b.Theme = days[0].Theme
		if days[0].Deputy != "" {
			d, err := tx.Cadre(days[0].Deputy)
			b.Deputy = d.Name
			return err
		}
		return nil
	})
	if err != nil {
		return b, err
	}
	all, err := a.Tasks(ctx, planner.Principal{Account: "brief", Name: "brief", Roles: []planner.Role{planner.RoleLeader}, Cadre: who})
	if err != nil {
		return b, err
	}
	b.Tasks = all
	m, err := a.Meeting(ctx, planner.System("brief of a reception"), "")
	if planner.KindOf(err) == planner.NotFound {
		return b, nil
	}
	for _, i := range slices.Concat(m.Earlier, m.Items) {
		if i.Task != "" && !i.State.Terminal() {
			b.Decided = append(b.Decided, i)
		}
	}
	return b, err
}
