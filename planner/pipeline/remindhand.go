package pipeline

import (
	"context"
	"errors"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// ByHand is what a person does to one reminder of the ledger.
type ByHand string

const (
	HandCancel  ByHand = "cancel"  // it is not sent any more
	HandAgain   ByHand = "again"   // it goes with the person's next message
	HandArrived ByHand = "arrived" // an uncertain message arrived, the person says
	HandResend  ByHand = "resend"  // an uncertain message did not arrive and goes again
)

// ReminderByHand does what a planner or administrator decides about one notice (cancel, again) or one uncertain message (arrived,
// resend). Who did it stands in the audit.
//
// Errors: Forbidden for others; Conflict if it is settled meanwhile; Invalid for another word.
func (a *App) ReminderByHand(ctx context.Context, p planner.Principal, id string, do ByHand) error {
	if !p.Is(planner.RolePlanner, planner.RoleAdmin) {
		return planner.Fail(planner.Forbidden, "由组织部门经办人办理。", "this is done by the planner.")
	}
	now := a.Now()
	err := a.DB.Write(ctx, p, store.Op{Name: "reminder-" + string(do), Now: now}, func(tx *store.Tx) error {
		if err := tx.NoteReminder(id, string(do)); err != nil {
			return err
		}
		switch do {
		case HandCancel:
			return notifier.Cancel(ctx, tx.SQL(), now, id)
		case HandAgain:
			return notifier.Again(ctx, tx.SQL(), now, id)
		case HandArrived, HandResend:
			return nil // below: the ledger writes it in a transaction of its own
		}
		return planner.Fail(planner.Invalid, "只能取消、再发、已收到或重发。", "it can be cancelled, sent again, or settled as arrived or to be resent.")
	})
	if err == nil && (do == HandArrived || do == HandResend) {
		err = a.Notifier().Resolve(ctx, id, do == HandArrived)
	}
	if errors.Is(err, notifier.ErrSettled) {
		return planner.Fail(planner.Conflict, "这条刚刚已有结果，请刷新。", "it was settled meanwhile; reload.")
	}
	return err
}

// ReminderFilter chooses reminders: empty fields choose all, a zero day the last and next thirty.
type ReminderFilter struct {
	State string // of the notice, or uncertain or failed of its message
	Rule  string
	Day   civil.Date // due on it
}

// ReminderRow is one reminder of the ledger with the message that carries it.
type ReminderRow struct {
	NoticeView
	ID       string       `json:"id"`
	Rule     string       `json:"rule"`
	Delivery string       `json:"delivery,omitempty"` // ID of the message
	By       string       `json:"by,omitempty"`       // channel of the message
	Message  string       `json:"message,omitempty"`  // state of the message
	Receipt  string       `json:"receipt,omitempty"`  // of the provider
	Note     planner.Text `json:"note,omitzero"`
}

// ReminderLedger lists what stands in the ledger of reminders: who is told what, why, when, by which channel, with which receipt. For planners,
// administrators and auditors. At most 2,000 rows, the latest due first.
func (a *App) ReminderLedger(ctx context.Context, p planner.Principal, f ReminderFilter) (out []ReminderRow, err error) {
	if !p.SeesAll() {
		return nil, mustPlan(p)
	}
	from, until := a.Today().AddDays(-30), a.Today().AddDays(31)
	if !f.Day.IsZero() {
		from, until = f.Day, f.Day.AddDays(1)
	}
	err = a.DB.Read(ctx, planner.System("show the ledger of reminders to "+p.Name), func(tx *store.Tx) error {
		rows, err := notifier.Carried(ctx, tx.SQL(), notifier.CarriedFilter{From: from.At(0, a.Zone), Until: until.At(0, a.Zone), State: f.State, Rule: f.Rule, Limit: 2000})
		if err != nil {
			return err
		}
		ns := make([]notifier.Notice, len(rows))
		for i, r := range rows {
			ns[i] = r.Notice
		}
		cs, err := cadresBy(tx, recipientsOf(ns))
		if err != nil {
			return err
		}
		d, err := a.directoryOf(tx, cs)
		if err != nil {
			return err
		}
		for _, r := range rows {
			to := planner.CadreID(r.Notice.Recipient)
			v := ReminderRow{ID: r.Notice.ID, Rule: r.Notice.Rule, Delivery: r.Delivery, By: r.Channel, Message: string(r.State), Receipt: r.Receipt,
				NoticeView: NoticeView{DueAt: r.Notice.DueAt, Who: d.who(to), Channel: d.channel(to), Title: a.titleOf(r.Notice), Why: reasonOf(r.Notice.Rule), State: string(r.Notice.State)}}
			if why := r.Notice.Why; why != "" {
				v.Note.ZH, v.Note.EN = notifier.Words(why)
			} else if r.Why != "" {
				v.Note.ZH, v.Note.EN = notifier.Words(r.Why)
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}
