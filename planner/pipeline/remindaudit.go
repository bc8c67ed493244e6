package pipeline

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/store"
)

// What an auditor's sweep finds wrong with a reminder.
const (
	AuditMissing   = "missing"   // owed, and not in the ledger
	AuditSurplus   = "surplus"   // in the ledger, and nothing owes it
	AuditLate      = "late"      // taken by a provider when it was useless, or still not on its way long after its time
	AuditUncertain = "uncertain" // nobody knows whether the person has it
	AuditExpired   = "expired"   // by policy: of no more use before it could be sent, with what kept it
	AuditTwice     = "twice"     // taken by providers twice: by hand, by the rule's policy, or wrongly
)

// AuditKinds are the findings, those that must not be first.
var AuditKinds = []string{AuditMissing, AuditSurplus, AuditLate, AuditUncertain, AuditExpired, AuditTwice}

const (
	auditSlack   = 15 * time.Minute         // that sweeps and workers may take
	expiryLag    = 2*time.Hour + auditSlack // after which the ledger writes off what is useless
	auditMargin  = 10                       // days around the window in which the other half of a pair is looked for
	auditMost    = 500                      // findings of a kind that are listed; all are counted
	AuditMaxDays = 366
)

// AuditFinding is one reminder that is not as it should be.
type AuditFinding struct {
	Kind  string       `json:"kind"`
	DueAt time.Time    `json:"due_at"`
	Who   string       `json:"who"`
	Title planner.Text `json:"title"`
	Rule  string       `json:"rule"`
	Why   planner.Text `json:"why"` // the rule in words
	Note  planner.Text `json:"note,omitzero"`
	ID    string       `json:"id,omitempty"` // of the notice, if there is one
}

// ReminderAudit compares what should have been sent with what was.
type ReminderAudit struct {
	From     civil.Date     `json:"from"`
	Until    civil.Date     `json:"until"` // the last day
	At       time.Time      `json:"at"`
	Owed     int            `json:"owed"`    // obligations recomputed from events and tasks
	Held     int            `json:"held"`    // reminders in the ledger
	Sent     int            `json:"sent"`    // of these, taken by a provider
	Counts   map[string]int `json:"counts"`  // findings by kind
	Trusted  int            `json:"trusted"` // reminders whose cause has changed since, so that only their presence was checked
	Findings []AuditFinding `json:"findings"`
}

// Bad reports whether something must be looked into: anything but what expired by policy or was sent twice on purpose.
func (r ReminderAudit) Bad() bool {
	return r.Counts[AuditMissing]+r.Counts[AuditSurplus]+r.Counts[AuditLate]+r.Counts[AuditUncertain] > 0
}

// AuditReminders recomputes from events, tasks and people what was owed from a day to a last day, both included and not later than now,
// and compares it with the ledger. It trusts neither the sweep that fills the ledger nor the worker that empties it: they share no
// state with it but the rules of who is owed what. It writes nothing. For planners, administrators and auditors.
//
// What it cannot see again is counted as trusted: lists of households of days that are over, and reminders of earlier revisions of an
// event or of closed tasks.
func (a *App) AuditReminders(ctx context.Context, p planner.Principal, from, until civil.Date) (rep ReminderAudit, err error) {
	if !p.SeesAll() {
		return rep, mustPlan(p)
	}
	if until.Before(from) || until.Sub(from) > AuditMaxDays {
		return rep, planner.Fail(planner.Invalid, "核对的日期从前到后，最多一年。", "the days of an audit run forward, over a year at most")
	}
	err = a.DB.Read(ctx, planner.System("audit of reminders for "+p.Name), func(tx *store.Tx) error {
		rep, err = a.auditReminders(ctx, tx, from, until)
		return err
	})
	if err != nil {
		return rep, fmt.Errorf("audit reminders: %w", err)
	}
	return rep, nil
}

// reminderAuditor holds both sides of the comparison.
type reminderAuditor struct {
	tx               *store.Tx
	now, from, until time.Time
	today            civil.Date
	events           map[string]planner.Event
	tasks            map[string]planner.Task // by subject, with the due day of now
	taskID           map[string]planner.Task // by "task/ID/"
	owed             map[noticeKey]notifier.Notice
	office           *followup.Office // who answers for the rungs
	rep              *ReminderAudit
	found            []auditFound
}

type auditFound struct {
	kind string
	n    notifier.Notice
	note planner.Text
}

func (a *App) auditReminders(ctx context.Context, tx *store.Tx, from, until civil.Date) (rep ReminderAudit, err error) {
	now := a.Now()
	rep = ReminderAudit{From: from, Until: until, At: now, Counts: map[string]int{}, Findings: []AuditFinding{}}
	x := &reminderAuditor{tx: tx, now: now, from: from.At(0, a.Zone), until: until.AddDays(1).At(0, a.Zone), today: a.Today(), events: map[string]planner.Event{},
		tasks: map[string]planner.Task{}, taskID: map[string]planner.Task{}, owed: map[noticeKey]notifier.Notice{}, rep: &rep}
	if cut := now.Add(-auditSlack); cut.Before(x.until) {
		x.until = cut
	}
	span := civil.Span{From: from.AddDays(-auditMargin), Until: until.AddDays(leadDays + auditMargin)}
	events, err := tx.Events(store.EventFilter{Span: span, WithCancelled: true})
	if err != nil {
		return rep, err
	}
	for _, e := range events {
		x.events[e.Key] = e
	}
	tasks, err := tx.Tasks(store.TaskFilter{})
	if err != nil {
		return rep, err
	}
	var open []planner.Task
	for _, t := range tasks {
		x.tasks[taskSubject(t)] = t
		x.taskID["task/"+string(t.ID)+"/"] = t
		if !t.State.Terminal() {
			open = append(open, t)
		}
	}
	o, err := a.owing(tx, x.from, span, open) // as one would have reckoned at the beginning of the window
	if err != nil {
		return rep, err
	}
	for _, n := range o.obligations(events, open) {
		x.owed[keyOf(n)] = n
	}
	roster, err := tx.Roster()
	if err != nil {
		return rep, err
	}
	acting, err := tx.ActingHolders()
	if err != nil {
		return rep, err
	}
	x.office = followup.NewOffice(roster).Acting(acting)
	held, err := notifier.Audited(ctx, tx.SQL(), x.from.AddDate(0, 0, -auditMargin), x.until.AddDate(0, 0, auditMargin))
	if err != nil {
		return rep, err
	}
	if err := x.compare(held, open); err != nil {
		return rep, err
	}
	return rep, a.wordAudit(tx, x)
}

// compare finds what is missing, surplus, late and uncertain.
func (x *reminderAuditor) compare(held []notifier.AuditedNotice, open []planner.Task) error {
	var absent []notifier.Notice
	there, about := make(map[noticeKey]bool, len(held)), make(map[[2]string]bool, len(held))
	rungs := map[string]bool{}
	for _, h := range held {
		n := h.Notice
		there[keyOf(n)] = true
		about[[2]string{n.Subject, n.Rule}] = true
		if strings.HasPrefix(n.Rule, ruleTaskRung) {
			rungs[n.Subject] = true
		}
		if !n.DueAt.Before(x.from) && n.DueAt.Before(x.until) {
			x.held(h)
		}
	}
	for k, n := range x.owed {
		if n.DueAt.Before(x.from) || !n.DueAt.Before(x.until) {
			continue
		}
		x.rep.Owed++
		switch {
		case there[k]:
		case strings.HasPrefix(k.subject, "task/") && about[[2]string{k.subject, k.rule}]: // told to who owned it then
		case strings.HasPrefix(k.subject, visitSubject) && !x.visitAhead(n): // the list of a day that is over
		case k.rule == RuleMonth && !x.monthKnown(n):
		default:
			absent = append(absent, n)
		}
	}
	made, err := x.made(absent)
	if err != nil {
		return err
	}
	for _, n := range absent {
		if t, ok := x.taskID[taskOfSubject(n.Subject)]; ok && !made[t.ID].Add(auditSlack).Before(n.ExpiresAt) {
			continue // the task was made when this was of no more use
		}
		x.find(AuditMissing, n, planner.Text{ZH: "应当提醒，台账里没有", EN: "owed, and not in the ledger"})
	}
	for _, t := range open {
		// A rung that was passed leaves a word to somebody, unless nobody holds any of them.
		if s := taskSubject(t); t.Rung > 0 && !rungs[s] && x.somebody(t) && t.DueOn.AddDays(1).At(0, x.from.Location()).After(x.from) && t.DueOn.Before(x.today) {
			x.find(AuditMissing, notifier.Notice{Subject: s, Rule: fmt.Sprint(ruleTaskRung, t.Rung), Template: templateRung, DueAt: t.DueOn.At(0, x.from.Location()), Recipient: string(t.Owner), Args: map[string]string{"zh": t.Say.ZH, "en": t.Say.EN, "due": t.DueOn.String()}},
				planner.Text{ZH: "已提级，台账里没有告知任何一级", EN: "the ladder was climbed, and the ledger tells nobody"})
		}
	}
	return nil
}

// taskOfSubject is the subject of a task's notices without the due day.
func taskOfSubject(subject string) string {
	return subject[:strings.LastIndex(subject, "/")+1]
}

// made tells when the tasks of notices were entered.
func (x *reminderAuditor) made(ns []notifier.Notice) (map[planner.TaskID]time.Time, error) {
	var ids []planner.TaskID
	for _, n := range ns {
		if t, ok := x.taskID[taskOfSubject(n.Subject)]; ok {
			ids = append(ids, t.ID)
		}
	}
	return x.tx.TasksMadeAt(slices.Compact(slices.Sorted(slices.Values(ids))))
}

// somebody reports whether a rung that a task has passed is held by anybody but its owner.
func (x *reminderAuditor) somebody(t planner.Task) bool {
	path := x.office.Path(t.Owner)
	for _, u := range path[:min(t.Rung, len(path))] {
		for _, on := range []civil.Date{t.DueOn.AddDays(1), x.today} {
			if _, ok := x.office.Holder(u.ID, t.Owner, on); ok {
				return true
			}
		}
	}
	return false
}

// held judges one reminder of the ledger.
func (x *reminderAuditor) held(h notifier.AuditedNotice) {
	n := h.Notice
	x.rep.Held++
	if h.Taken > 0 {
		x.rep.Sent++
	}
	if h.Taken > 1 {
		x.find(AuditTwice, n, planner.Text{ZH: fmt.Sprintf("服务商收了%d次", h.Taken), EN: fmt.Sprintf("taken %d times", h.Taken)})
	}
	if n.State != notifier.NoticeCancelled {
		switch owed, trusted := x.explained(n); {
		case !owed:
			x.find(AuditSurplus, n, planner.Text{ZH: "没有安排、事项或规则需要这条提醒", EN: "no event, task or rule asks for it"})
			return
		case trusted:
			x.rep.Trusted++
		}
	}
	switch {
	case h.State == notifier.DeliveryUncertain:
		x.find(AuditUncertain, n, planner.Text{ZH: "传送结果不明", EN: "nobody knows whether it was taken"})
	case n.State == notifier.NoticeDone && h.Taken == 0:
		x.find(AuditUncertain, n, planner.Text{ZH: "台账记作已送，却没有一次传送可以证明", EN: "marked as sent, and no message proves it"})
	case n.State == notifier.NoticeExpired:
		zh, en := notifier.Words(n.Why)
		x.find(AuditExpired, n, planner.Text{ZH: zh, EN: en})
	case h.Taken > 0 && !n.ExpiresAt.IsZero() && h.HandedAt.After(n.ExpiresAt):
		x.find(AuditLate, n, planner.Text{ZH: "过了有用的时间才发出", EN: "sent when it was of no more use"})
	case !n.ExpiresAt.IsZero() && !x.now.Before(n.ExpiresAt) && x.now.Sub(n.ExpiresAt) < expiryLag:
		// Useless by now, and written off when no clock can be blamed.
	case n.State == notifier.NoticeScheduled && x.now.Sub(n.NextAt) > auditSlack:
		x.find(AuditLate, n, planner.Text{ZH: "早该发出，还没有开始", EN: "due long ago and not begun"})
	case n.State == notifier.NoticeDue && h.State == notifier.DeliveryReady && x.now.Sub(h.TryAt) > auditSlack, n.State == notifier.NoticeDue && h.Delivery == "":
		x.find(AuditLate, n, planner.Text{ZH: "消息已备好，一直没有发出", EN: "its message waits and does not go"})
	}
}

// explained reports whether something owes a reminder of the ledger; trusted if that has changed since and only its cause was found.
func (x *reminderAuditor) explained(n notifier.Notice) (owed, trusted bool) {
	if _, ok := x.owed[keyOf(n)]; ok {
		return true, false
	}
	waits := n.State == notifier.NoticeScheduled || n.State == notifier.NoticeDue
	switch {
	case strings.HasPrefix(n.Subject, visitSubject):
		return !waits || n.Rule == RuleRoomVisits || n.Rule == RuleHomeVisit, true
	case strings.HasPrefix(n.Subject, "month/"):
		return n.Rule == RuleMonth && !waits, true
	case strings.HasPrefix(n.Subject, "task/"):
		t, known := x.taskID[taskOfSubject(n.Subject)]
		_, named := ruleWords[n.Rule]
		if rung, is := strings.CutPrefix(n.Rule, ruleTaskRung); is {
			at, err := strconv.Atoi(rung)
			return known && err == nil && at <= t.Rung, true
		}
		return known && named && (!waits || string(t.Owner) == n.Recipient && n.Subject == taskSubject(t)), true
	}
	e, known := x.events[n.Subject]
	if !known || n.Revision > e.Sequence {
		return false, false
	}
	if n.Rule == RuleMoved || n.Rule == RuleCalledOff {
		return true, true
	}
	// An earlier revision, or one of an event that was called off since, may be done; what still waits must be owed.
	return !waits && (n.Revision < e.Sequence || e.Status == planner.StatusCancelled), true
}

// visitAhead reports whether the visits of a notice are still to come: then its list is the one of now.
func (x *reminderAuditor) visitAhead(n notifier.Notice) bool {
	on, err := civil.ParseDate(n.Args["on"])
	return err == nil && on.After(x.today)
}

// monthKnown reports whether a leader's dates of a month were laid before the month's notice was useless.
func (x *reminderAuditor) monthKnown(n notifier.Notice) bool {
	for _, e := range x.events {
		if e.On.String()[:7] == n.Args["month"] && (string(e.Cadre) == n.Recipient || e.Cadre == "") && e.CreatedAt.Add(auditSlack).Before(n.ExpiresAt) {
			return true
		}
	}
	return false
}

func (x *reminderAuditor) find(kind string, n notifier.Notice, note planner.Text) {
	x.rep.Counts[kind]++
	if x.rep.Counts[kind] <= auditMost {
		x.found = append(x.found, auditFound{kind, n, note})
	}
}

// wordAudit puts the findings into words, the gravest kind first, then by due instant.
func (a *App) wordAudit(tx *store.Tx, x *reminderAuditor) error {
	ns := make([]notifier.Notice, len(x.found))
	for i, f := range x.found {
		ns[i] = f.n
	}
	cs, err := cadresBy(tx, recipientsOf(ns))
	if err != nil {
		return err
	}
	d, err := a.directoryOf(tx, cs)
	if err != nil {
		return err
	}
	for _, f := range x.found {
		x.rep.Findings = append(x.rep.Findings, AuditFinding{Kind: f.kind, DueAt: f.n.DueAt, Who: d.who(planner.CadreID(f.n.Recipient)), Title: a.titleOf(f.n), Rule: f.n.Rule, Why: reasonOf(f.n.Rule), Note: f.note, ID: f.n.ID})
	}
	slices.SortStableFunc(x.rep.Findings, func(p, q AuditFinding) int {
		return cmp.Or(slices.Index(AuditKinds, p.Kind)-slices.Index(AuditKinds, q.Kind), p.DueAt.Compare(q.DueAt), strings.Compare(p.Who, q.Who), strings.Compare(p.Rule, q.Rule))
	})
	return nil
}

// auditSetting keeps the summary of the last nightly sweep.
const auditSetting = "reminder-audit"

// nightlyAuditDays is how far back the nightly sweep looks: a weekend and a night that was missed.
const nightlyAuditDays = 4

// NightlyAudit compares the last days and keeps the counts, which the page shows; what must be looked into goes to the log.
func (a *App) NightlyAudit(ctx context.Context) error {
	who := planner.System("nightly audit of reminders")
	rep, err := a.AuditReminders(ctx, who, a.Today().AddDays(-nightlyAuditDays), a.Today())
	if err != nil {
		return err
	}
	if rep.Bad() && a.Log != nil {
		a.Log.ErrorContext(ctx, "the audit of reminders found something", "missing", rep.Counts[AuditMissing], "surplus", rep.Counts[AuditSurplus], "late", rep.Counts[AuditLate], "uncertain", rep.Counts[AuditUncertain])
	}
	rep.Findings = nil
	b, err := json.Marshal(rep)
	if err != nil {
		return err
	}
	return a.DB.Write(ctx, who, store.Op{Name: "reminder-audit", Now: a.Now()}, func(tx *store.Tx) error { return tx.PutSetting(auditSetting, string(b)) })
}

// LastAudit is the summary of the last nightly sweep, without findings; ok is false before the first. For those who see all.
func (a *App) LastAudit(ctx context.Context, p planner.Principal) (rep ReminderAudit, ok bool, err error) {
	if !p.SeesAll() {
		return rep, false, mustPlan(p)
	}
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		text, err := tx.Setting(auditSetting)
		if err != nil || text == "" {
			return err
		}
		ok = true
		return json.Unmarshal([]byte(text), &rep)
	})
	return rep, ok, err
}
