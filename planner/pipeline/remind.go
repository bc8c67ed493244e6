package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
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
		for _, subject := range slices.Sorted(maps.Keys(stale)) {
			if _, err := notifier.CancelSubject(ctx, tx.SQL(), now, subject, stale[subject]); err != nil {
				return err
			}
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
	until  time.Time // due instants before it
	events map[string]planner.Event
	open   map[string]bool // subjects of open tasks
	owed   []notifier.Notice
	ledger []notifier.Notice // due before until, in every state
	people directory
}

// remindSnapshot reads events, tasks and ledger up to the end of the day last.
func (a *App) remindSnapshot(ctx context.Context, p planner.Principal, last civil.Date) (s remindSnapshot, err error) {
	now, today := a.Now(), a.Today()
	s = remindSnapshot{until: last.AddDays(1).At(0, a.Zone), events: map[string]planner.Event{}, open: map[string]bool{}}
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		span := civil.Span{From: today.AddDays(-lookBackDays), Until: last.AddDays(leadDays)}
		events, err := tx.Events(store.EventFilter{Span: span, WithCancelled: true})
		if err != nil {
			return err
		}
		for _, e := range events {
			s.events[e.Key] = e
		}
		tasks, err := tx.Tasks(store.TaskFilter{Open: true})
		if err != nil {
			return err
		}
		for _, t := range tasks {
			s.open[taskSubject(t)] = true
		}
		r, err := tx.Roster()
		if err != nil {
			return err
		}
		o, err := a.owing(tx, now, span, r)
		if err != nil {
			return err
		}
		s.owed = slices.DeleteFunc(o.obligations(events, tasks), func(n notifier.Notice) bool { return !n.DueAt.Before(s.until) })
		from := today.AddDays(-shownDays).At(0, a.Zone)
		if len(s.owed) > 0 && s.owed[0].DueAt.Before(from) {
			from = s.owed[0].DueAt // it may be in the ledger
		}
		if s.ledger, err = notifier.Notices(ctx, tx.SQL(), notifier.Filter{From: from, Until: s.until, Limit: ledgerMax}); err != nil {
			return err
		}
		s.people, err = a.directoryOf(tx, r.Cadres)
		return err
	})
	return s, err
}

// owing gathers what the texts need.
func (a *App) owing(tx *store.Tx, now time.Time, span civil.Span, r planner.Roster) (*owing, error) {
	office, err := officeDaysOf(tx)
	if err != nil {
		return nil, err
	}
	o := &owing{workdays: office.work, zone: a.Zone, now: now, stops: map[planner.EventID][]string{}, village: map[planner.AreaCode]string{},
		brief: map[planner.CadreID]planner.Cadre{}, code: map[planner.HouseholdID]string{}}
	for _, c := range r.Cadres {
		if c.Active && c.Rank == planner.RankLeader {
			o.leaders = append(o.leaders, c.ID)
			o.brief[c.ID] = c
		}
	}
	for _, v := range r.Areas {
		if v.Level == planner.LevelVillage {
			o.village[v.Code] = v.Name
		}
	}
	for _, h := range r.Households {
		o.code[h.ID] = h.Code
	}
	visits, err := tx.Visits(store.VisitFilter{Span: span}) // by day, cadre and stop
	if err != nil {
		return nil, err
	}
	for _, v := range visits {
		if v.State == planner.VisitPlanned {
			o.stops[v.Event] = append(o.stops[v.Event], o.code[v.Household])
		}
	}
	return o, nil
}

// noticeKey is what makes a notice one.
type noticeKey struct {
	recipient, subject, rule string
	revision                 int
}

func keyOf(n notifier.Notice) noticeKey { return noticeKey{n.Recipient, n.Subject, n.Rule, n.Revision} }

// fresh are the obligations that the ledger does not hold yet.
func (s remindSnapshot) fresh() []notifier.Notice {
	held := make(map[noticeKey]bool, len(s.ledger))
	for _, n := range s.ledger {
		held[keyOf(n)] = true
	}
	return slices.DeleteFunc(slices.Clone(s.owed), func(n notifier.Notice) bool { return held[keyOf(n)] })
}

// stale are the subjects whose waiting notices no longer hold, with the revision below which they are cancelled.
func (s remindSnapshot) stale() map[string]int {
	stale := map[string]int{}
	for _, n := range s.ledger {
		if n.State != notifier.NoticeScheduled && n.State != notifier.NoticeDue {
			continue
		}
		if strings.HasPrefix(n.Subject, "task/") {
			// The notices of rungs speak of tasks that may have failed; who closes a task cancels them.
			if !s.open[n.Subject] && !strings.HasPrefix(n.Rule, ruleTaskRung) {
				stale[n.Subject] = math.MaxInt32
			}
			continue
		}
		switch e, known := s.events[n.Subject]; {
		case !known: // outside the window
		case e.Status == planner.StatusCancelled:
			stale[n.Subject] = math.MaxInt32
		case n.Revision < e.Sequence:
			stale[n.Subject] = e.Sequence
		}
	}
	return stale
}

// Reminders lists what stands in the ledger and what [App.EnsureReminders] would add, due by the end of until: the dry
// run of `lianxin remind`. Sorted by due instant, recipient and title. Planners see all, others their own and those of
// the leaders they act for. Forbidden to visitors.
func (a *App) Reminders(ctx context.Context, p planner.Principal, until civil.Date) ([]NoticeView, error) {
	if !p.Signed() {
		return nil, mustSignIn()
	}
	// Read as the system, since a person's scope would hide the county's events from the rules; cut to p below.
	s, err := a.remindSnapshot(ctx, planner.System("list reminders for "+p.Name), until)
	if err != nil {
		return nil, fmt.Errorf("list reminders: %w", err)
	}
	fresh := s.fresh()
	stale := s.stale()
	views := []NoticeView{}
	for i, n := range slices.Concat(s.ledger, fresh) {
		to := planner.CadreID(n.Recipient)
		if !p.SeesAll() && !p.Speaks(to) {
			continue
		}
		v := NoticeView{DueAt: n.DueAt, Who: s.people.who(to), Channel: s.people.channel(to), Title: titleOf(n), Why: reasonOf(n.Rule), State: string(n.State)}
		if i >= len(s.ledger) {
			v.State = "planned"
		}
		if before, cancels := stale[n.Subject]; cancels && n.Revision < before && (n.State == notifier.NoticeScheduled || n.State == notifier.NoticeDue) {
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

// Notifier is the ledger of reminders with this office's people, words and working days. Deliveries get random IDs of
// their own: several workers make them side by side, and they are in no export that must be the same twice.
func (a *App) Notifier() *notifier.Ledger {
	return &notifier.Ledger{DB: a.DB.Writer(), Zone: a.Zone, Now: a.Now, Find: a.findPeople, Reveal: a.reveal, Render: a.render,
		IsWorkday: a.works(), SendAgain: sendAgain, NewID: planner.RandomIDs(), Log: a.Log}
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
	s, err := a.remindSnapshot(ctx, planner.System("count reminders to come"), until)
	if err != nil {
		return nil, fmt.Errorf("count reminders to come: %w", err)
	}
	byChannel := map[string]int{}
	for _, n := range slices.Concat(s.ledger, s.fresh()) {
		if n.State != notifier.NoticeCancelled && n.State != notifier.NoticeExpired {
			byChannel[s.people.channel(planner.CadreID(n.Recipient))]++
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
