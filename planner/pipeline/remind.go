package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

const (
	// ReminderHorizonDays is how far ahead the service keeps the ledger filled: more than any outage that should leave
	// its expired reminders on record.
	ReminderHorizonDays = 40

	// leadDays is more than the civil days that five working days can take, the longest holidays among them.
	leadDays = 21

	// lookBackDays is how long after an event its missed reminders are still entered, to expire with a note.
	lookBackDays = 7

	shownDays = 60 // how far back the list of reminders goes

	ledgerMax = 1 << 30 // no limit when the ledger is listed
)

// EnsureReminders brings the ledger in line with events and tasks: every reminder that falls due before the end of the
// horizon has its notice, and notices of moved, cancelled or closed things are cancelled. It returns how many were new.
// It may run as often as one likes and after any outage.
func (a *App) EnsureReminders(ctx context.Context, horizonDays int) (added int, err error) {
	now := a.Now()
	who := planner.System("keep the ledger of reminders")
	s, err := a.remindSnapshot(ctx, who, a.Today().AddDays(horizonDays))
	if err != nil {
		return 0, fmt.Errorf("ensure reminders: %w", err)
	}
	fresh := s.fresh()
	stale := s.stale()
	if len(fresh) == 0 && len(stale) == 0 {
		return 0, nil
	}
	err = a.DB.Write(ctx, who, store.Op{Name: "remind", Now: now}, func(tx *store.Tx) (err error) {
		if err := notifier.CancelNotices(ctx, tx.SQL(), now, stale); err != nil {
			return err
		}
		added, err = notifier.Enqueue(ctx, tx.SQL(), now, a.NewID, fresh...)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("ensure reminders: %w", err)
	}
	return added, nil
}

// remindSnapshot is what a sweep or a dry run looks at.
type remindSnapshot struct {
	from, until time.Time // due instants from it on and before it
	now         time.Time
	events      map[string]planner.Event
	open        map[string]bool // subjects of open tasks
	owed        []notifier.Notice
	held        []notifier.Key // due in the window, in every state
}

// remindSnapshot reads events, tasks and the ledger's keys up to the end of the day last. It reads no household but the codes of
// those who are visited or promised something, and of the cadres the leaders: a sweep runs every five minutes.
func (a *App) remindSnapshot(ctx context.Context, p planner.Principal, last civil.Date) (s remindSnapshot, err error) {
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		s, err = a.readReminders(ctx, tx, last)
		return err
	})
	return s, err
}

func (a *App) readReminders(ctx context.Context, tx *store.Tx, last civil.Date) (s remindSnapshot, err error) {
	now, today := a.Now(), a.Today()
	s = remindSnapshot{from: today.AddDays(-shownDays).At(0, a.Zone), until: last.AddDays(1).At(0, a.Zone), now: now, events: map[string]planner.Event{}, open: map[string]bool{}}
	span := civil.Span{From: today.AddDays(-lookBackDays), Until: last.AddDays(leadDays)}
	events, err := tx.Events(store.EventFilter{Span: span, WithCancelled: true})
	if err != nil {
		return s, err
	}
	for _, e := range events {
		s.events[e.Key] = e
	}
	tasks, err := tx.Tasks(store.TaskFilter{Open: true})
	if err != nil {
		return s, err
	}
	for _, t := range tasks {
		s.open[taskSubject(t)] = true
	}
	o, err := a.owing(tx, now, span, tasks)
	if err != nil {
		return s, err
	}
	if err := o.owingOccasions(tx, events); err != nil {
		return s, err
	}
	s.owed = slices.DeleteFunc(o.obligations(events, tasks), func(n notifier.Notice) bool { return !n.DueAt.Before(s.until) })
	if len(s.owed) > 0 && s.owed[0].DueAt.Before(s.from) {
		s.from = s.owed[0].DueAt // it may be in the ledger
	}
	s.held, err = notifier.Keys(ctx, tx.SQL(), s.from, s.until)
	return s, err
}

// owing gathers what the texts need.
func (a *App) owing(tx *store.Tx, now time.Time, span civil.Span, tasks []planner.Task) (*owing, error) {
	office, err := officeDaysOf(tx)
	if err != nil {
		return nil, err
	}
	o := &owing{workdays: office.work, zone: a.Zone, now: now, stops: map[planner.EventID][]string{}, village: map[planner.AreaCode]string{},
		brief: map[planner.CadreID]planner.Cadre{}, code: map[planner.HouseholdID]string{}, homeVillage: map[planner.HouseholdID]planner.AreaCode{}}
	leaders, err := tx.Leaders()
	if err != nil {
		return nil, err
	}
	for _, c := range leaders {
		o.leaders = append(o.leaders, c.ID)
		o.brief[c.ID] = c
	}
	areas, err := tx.Areas()
	if err != nil {
		return nil, err
	}
	for _, v := range areas {
		if v.Level == planner.LevelVillage {
			o.village[v.Code] = v.Name
		}
	}
	visits, err := tx.Visits(store.VisitFilter{Span: span}) // by day, cadre and stop
	if err != nil {
		return nil, err
	}
	seen := map[planner.HouseholdID]bool{}
	for _, v := range visits {
		seen[v.Household] = seen[v.Household] || v.State == planner.VisitPlanned
	}
	for _, t := range tasks {
		seen[t.Household] = seen[t.Household] || t.Household != ""
	}
	ids := slices.Collect(maps.Keys(seen))
	places, err := tx.HouseholdPlaces(ids)
	if err != nil {
		return nil, err
	}
	for _, h := range places {
		o.code[h.ID], o.homeVillage[h.ID] = h.Code, h.Village
	}
	for _, v := range visits {
		if v.State == planner.VisitPlanned {
			o.stops[v.Event] = append(o.stops[v.Event], o.code[v.Household])
		}
	}
	return o, a.owingHouseholds(tx, o, visits)
}

// noticeKey is what makes a notice one.
type noticeKey struct {
	recipient, subject, rule string
	revision                 int
}

func keyOf(n notifier.Notice) noticeKey { return noticeKey{n.Recipient, n.Subject, n.Rule, n.Revision} }

// fresh are the obligations that the ledger does not hold yet.
func (s remindSnapshot) fresh() []notifier.Notice {
	held := make(map[noticeKey]bool, len(s.held))
	for _, k := range s.held {
		held[noticeKey{k.Recipient, k.Subject, k.Rule, k.Revision}] = true
	}
	return slices.DeleteFunc(slices.Clone(s.owed), func(n notifier.Notice) bool { return held[keyOf(n)] })
}

// stale are the waiting notices that no longer hold.
func (s remindSnapshot) stale() (ids []string) {
	owed := make(map[noticeKey]bool, len(s.owed))
	for _, n := range s.owed {
		owed[keyOf(n)] = true
	}
	for _, k := range s.held {
		if k.State != notifier.NoticeScheduled && k.State != notifier.NoticeDue {
			continue
		}
		drop := false
		switch {
		case k.Rule == RuleMoved || k.Rule == RuleCalledOff:
			// They hold though the event has a later revision: nobody else tells it.
		case strings.HasPrefix(k.Subject, visitSubject):
			drop = !owed[noticeKey{k.Recipient, k.Subject, k.Rule, k.Revision}]
		case strings.HasPrefix(k.Subject, "task/"):
			// The notices of rungs speak of tasks that may have failed; who closes a task cancels them.
			drop = !s.open[k.Subject] && !strings.HasPrefix(k.Rule, ruleTaskRung)
		default:
			e, known := s.events[k.Subject] // else outside the window
			drop = known && (e.Status == planner.StatusCancelled || k.Revision < e.Sequence)
		}
		if drop {
			ids = append(ids, k.ID)
		}
	}
	return ids
}

// Reminders lists what stands in the ledger and what [App.EnsureReminders] would add, due by the end of until: the dry
// run of `lianxin remind`. Sorted by due instant, recipient and title. Planners see all, others their own and those of
// the leaders they act for. Forbidden to visitors.
func (a *App) Reminders(ctx context.Context, p planner.Principal, until civil.Date) ([]NoticeView, error) {
	if !p.Signed() {
		return nil, mustSignIn()
	}
	// Read as the system, since a person's scope would hide the county's events from the rules; cut to p below.
	l, err := a.listed(ctx, "list reminders for "+p.Name, until)
	if err != nil {
		return nil, fmt.Errorf("list reminders: %w", err)
	}
	views := []NoticeView{}
	for i, n := range l.notices {
		to := planner.CadreID(n.Recipient)
		if !p.SeesAll() && !p.Speaks(to) {
			continue
		}
		v := NoticeView{DueAt: n.DueAt, Who: l.people.who(to), Channel: l.people.channel(to), Title: a.titleOf(n), Why: reasonOf(n.Rule), State: string(n.State)}
		if i >= l.stored {
			v.State = "planned"
		}
		if l.stale[n.ID] {
			v.State = string(notifier.NoticeCancelled)
		}
		if n.Why != "" {
			zh, en := notifier.Words(n.Why)
			v.Why = planner.Text{ZH: v.Why.ZH + "；" + zh, EN: v.Why.EN + "; " + en}
		}
		views = append(views, v)
	}
	slices.SortStableFunc(views, func(a, b NoticeView) int {
		return cmp.Or(a.DueAt.Compare(b.DueAt), strings.Compare(a.Who, b.Who), strings.Compare(a.Title.ZH, b.Title.ZH))
	})
	return views, nil
}

// listed is what stands in the ledger and what a sweep would add to it, with who the people are.
type listed struct {
	notices []notifier.Notice // first those stored
	stored  int
	stale   map[string]bool // IDs of stored ones that a sweep would cancel
	people  directory
}

func (a *App) listed(ctx context.Context, why string, until civil.Date) (l listed, err error) {
	err = a.DB.Read(ctx, planner.System(why), func(tx *store.Tx) error {
		s, err := a.readReminders(ctx, tx, until)
		if err != nil {
			return err
		}
		if l.notices, err = notifier.Notices(ctx, tx.SQL(), notifier.Filter{From: s.from, Until: s.until, Limit: ledgerMax}); err != nil {
			return err
		}
		l.stored, l.stale = len(l.notices), map[string]bool{}
		for _, id := range s.stale() {
			l.stale[id] = true
		}
		l.notices = append(l.notices, s.fresh()...)
		cs, err := cadresBy(tx, recipientsOf(l.notices))
		if err != nil {
			return err
		}
		l.people, err = a.directoryOf(tx, cs)
		return err
	})
	return l, err
}

// Notifier is the ledger of reminders with this office's people, words and working days.
func (a *App) Notifier() *notifier.Ledger {
	return &notifier.Ledger{DB: a.DB.Writer(), Zone: a.Zone, Now: a.Now, Find: a.findPeople, Reveal: a.reveal, Render: a.render,
		IsWorkday: a.works(), SendAgain: sendAgain, Log: a.Log}
}

// sendAgain is the policy for a reminder of which nobody can know whether it arrived: being reminded twice of one's day
// is better than not at all. An escalation names another person, so a person looks first.
func sendAgain(rule string) bool { return !strings.HasPrefix(rule, ruleTaskRung) }

// NotifierWorker is a worker over the ledger and the office's channels. Replicas need different names, which stay the
// same after a restart; empty is the machine's name.
func (a *App) NotifierWorker(name string) *notifier.Worker {
	return &notifier.Worker{Ledger: a.Notifier(), Channels: a.Channels, Name: name, Listen: a.DB.ListenURL()}
}

// onceName is the worker of commands that send and end.
const onceName = "lianxin remind"

// SendDue sends what is due now and returns. It may run beside the service's worker.
func (a *App) SendDue(ctx context.Context) (notifier.Outcome, error) {
	out, err := a.NotifierWorker(onceName).RunOnce(ctx)
	if err != nil {
		return out, fmt.Errorf("send what is due: %w", err)
	}
	return out, nil
}

// ReminderCounts counts the messages of the ledger by channel and state, and the notices that wait for theirs as
// "scheduled" under the channel that they will take first. Sorted by channel and state.
func (a *App) ReminderCounts(ctx context.Context) ([]ChannelCount, error) {
	waiting := map[string]int{}
	out := []ChannelCount{}
	err := a.DB.Read(ctx, planner.System("count reminders"), func(tx *store.Tx) error {
		waiting, out = map[string]int{}, []ChannelCount{}
		counts, err := notifier.Counts(ctx, tx.SQL())
		if err != nil {
			return err
		}
		for _, c := range counts {
			out = append(out, ChannelCount{Channel: c.Channel, State: string(c.State), Count: c.N})
		}
		ns, err := notifier.Notices(ctx, tx.SQL(), notifier.Filter{Notice: notifier.NoticeScheduled, Limit: ledgerMax})
		if err != nil {
			return err
		}
		cs, err := cadresBy(tx, recipientsOf(ns))
		if err != nil {
			return err
		}
		d, err := a.directoryOf(tx, cs)
		for _, n := range ns {
			waiting[d.channel(planner.CadreID(n.Recipient))]++
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count reminders: %w", err)
	}
	for channel, n := range waiting {
		out = append(out, ChannelCount{Channel: channel, State: string(notifier.NoticeScheduled), Count: n})
	}
	slices.SortFunc(out, func(a, b ChannelCount) int {
		return cmp.Or(strings.Compare(a.Channel, b.Channel), strings.Compare(a.State, b.State))
	})
	return out, nil
}

// ReminderPlan counts the reminders due by the end of until, sent or still to come, by the channel that each takes
// first. An empty name counts those whom no channel reaches.
func (a *App) ReminderPlan(ctx context.Context, until civil.Date) (map[string]int, error) {
	l, err := a.listed(ctx, "count reminders to come", until)
	if err != nil {
		return nil, fmt.Errorf("count reminders to come: %w", err)
	}
	byChannel := map[string]int{}
	for _, n := range l.notices {
		if n.State != notifier.NoticeCancelled && n.State != notifier.NoticeExpired {
			byChannel[l.people.channel(planner.CadreID(n.Recipient))]++
		}
	}
	return byChannel, nil
}

func recipientsOf(ns []notifier.Notice) []planner.CadreID {
	ids := make([]planner.CadreID, len(ns))
	for i, n := range ns {
		ids[i] = planner.CadreID(n.Recipient)
	}
	return ids
}
