package pipeline

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/sheet"
	"lianxin/planner/store"
)

// MaxEdits is how many edits one call of [App.RecordVisits] takes; a device sends more in several.
const MaxEdits = 1000

// Receipt 回执 says what became of one edit. An edit without a receipt has not arrived.
type Receipt struct {
	ID      planner.EditID `json:"id"`
	Taken   bool           `json:"taken"`
	Refused planner.Text   `json:"refused,omitzero"` // why not taken
}

// Synced is the answer to a device: a receipt for each edit it sent, in that order, and all edits of the visits they were
// about, whoever made them, so that the device comes to the same record.
type Synced struct {
	Receipts []Receipt      `json:"receipts"`
	Edits    []planner.Edit `json:"edits"`
}

// RecordVisits writes edits of visits' records in one transaction: sets the visits' states, makes and changes the tasks of what was
// promised, and plans the new day of a visit that was moved. An edit that arrived before gets the same receipt again and
// changes nothing. One that cannot be taken is kept with the reason, but for numbers of ID cards, bank cards and telephones: those are
// not stored anywhere.
//
// Errors: Invalid for more than [MaxEdits] edits; Forbidden for a visitor. All else is said by the receipts.
func (a *App) RecordVisits(ctx context.Context, p planner.Principal, edits []planner.Edit) (out Synced, err error) {
	if !p.Signed() {
		return out, mustSignIn()
	}
	if len(edits) > MaxEdits {
		return out, planner.Fail(planner.Invalid, "一次最多上传 1000 条记录，请分几次。", "at most 1000 edits at a time; send them in several parts")
	}
	now := a.Now()
	err = a.DB.Write(ctx, p, store.Op{Name: "record-visits", Now: now}, func(tx *store.Tx) error {
		rec := recording{ctx: ctx, app: a, tx: tx, who: p, now: now, today: civil.DateIn(now, a.Zone), receipts: map[planner.EditID]Receipt{}}
		var ids []planner.VisitID
		for _, e := range edits {
			ids = append(ids, e.Visit)
		}
		slices.Sort(ids)
		visits, err := tx.VisitsByID(slices.Compact(ids))
		if err != nil {
			return err
		}
		out = Synced{}
		for _, v := range visits {
			all, err := rec.visit(v, edits)
			if err != nil {
				return err
			}
			out.Edits = append(out.Edits, all...)
		}
		for _, e := range edits {
			r, ok := rec.receipts[e.ID]
			if !ok {
				r = Receipt{ID: e.ID, Refused: planner.Text{ZH: "没有这次走访，或者不在您的范围内。记录还在您的设备上。",
					EN: "there is no such visit, or not within your scope; the note is still on your device"}}
			}
			out.Receipts = append(out.Receipts, r)
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	// On its own, in the office's name: it touches calendars that p may not write. If it is cut off here, the next sweep does it.
	return out, a.SettleVisits(ctx)
}

// recording is one transaction of [App.RecordVisits].
type recording struct {
	ctx      context.Context
	app      *App
	tx       *store.Tx
	who      planner.Principal
	now      time.Time
	today    civil.Date
	receipts map[planner.EditID]Receipt
}

// visit takes the edits of one visit, in the order in which they were made, and returns all edits that were taken.
func (r *recording) visit(v planner.Visit, sent []planner.Edit) ([]planner.Edit, error) {
	stored, err := r.tx.EditsOf([]planner.VisitID{v.ID})
	if err != nil {
		return nil, err
	}
	var taken []planner.Edit
	for _, s := range stored {
		if s.Refused.IsZero() {
			taken = append(taken, s.Edit)
		}
	}
	had := func(id planner.EditID) int {
		return slices.IndexFunc(stored, func(s store.StoredEdit) bool { return s.ID == id })
	}
	var mine []planner.Edit
	for _, e := range sent {
		if e.Visit == v.ID {
			mine = append(mine, e)
		}
	}
	slices.SortStableFunc(mine, func(x, y planner.Edit) int { return cmp.Or(cmp.Compare(x.Clock, y.Clock), cmp.Compare(x.ID, y.ID)) })
	before := followup.Merge(v.ID, taken)
	var fresh []store.StoredEdit
	for _, e := range mine {
		if i := had(e.ID); i >= 0 {
			r.receipts[e.ID] = Receipt{ID: e.ID, Taken: stored[i].Refused.IsZero(), Refused: stored[i].Refused}
			fresh = append(fresh, store.StoredEdit{Edit: e, Refused: stored[i].Refused}) // the store sees whether it says the same
			continue
		}
		if _, twice := r.receipts[e.ID]; twice {
			continue
		}
		refused, secret := r.check(v, e, taken)
		r.receipts[e.ID] = Receipt{ID: e.ID, Taken: refused.IsZero(), Refused: refused}
		switch {
		case secret:
			e.Value = ""
		case refused.IsZero():
			taken = append(taken, e)
		case v.On.After(r.today):
			continue // the visit may still be laid on another day, and then there is nothing that it could hang on
		}
		fresh = append(fresh, store.StoredEdit{Edit: e, Refused: refused})
	}
	if err := r.tx.AddEdits(v, fresh); err != nil {
		return nil, err
	}
	return taken, r.effects(v, before, followup.Merge(v.ID, taken))
}

// check says why an edit cannot be taken; zero if it can. secret: it holds a number that must not be kept.
func (r *recording) check(v planner.Visit, e planner.Edit, taken []planner.Edit) (refused planner.Text, secret bool) {
	say := func(err error) planner.Text { return err.(*planner.Error).Say }
	if number, found := sheet.SecretIn(e.Value); found {
		return number, true
	}
	if err := followup.CheckEdit(followup.VisitChecklist(), v, e, r.today); err != nil {
		return say(err), false
	}
	rec := followup.Merge(v.ID, append(slices.Clone(taken), e))
	if e.Field != planner.FieldOutcome || rec.MovedTo().IsZero() {
		return planner.Text{}, false
	}
	if _, err := r.fit(v, rec.MovedTo()); planner.KindOf(err) == planner.Conflict {
		return say(err), false
	}
	return planner.Text{}, false
}

// effects brings the visit's state, its new day and its promises in line with the record.
func (r *recording) effects(v planner.Visit, before, after planner.Record) error {
	if state := cmp.Or(after.Outcome(), planner.VisitPlanned); state != v.State {
		v.State = state
		if err := r.tx.PutRecordedVisits(v, []planner.Visit{v}); err != nil {
			return err
		}
	}
	if was, to := before.MovedTo(), after.MovedTo(); was != to {
		if err := r.move(v, was, to); err != nil {
			return err
		}
	}
	return r.promises(v, before, after)
}

// promises makes a task of each new promise, changes those whose words or day changed, and drops those taken back.
func (r *recording) promises(v planner.Visit, before, after planner.Record) error {
	if len(before.Promises) == 0 && len(after.Promises) == 0 || slices.Equal(before.Promises, after.Promises) {
		return nil
	}
	var keys []string
	for _, p := range append(slices.Clone(before.Promises), after.Promises...) {
		keys = append(keys, followup.PromiseKey(v.ID, p.Number))
	}
	slices.Sort(keys)
	old, err := r.tx.RecordedTasks(v, slices.Compact(keys))
	if err != nil {
		return err
	}
	task := func(n int) (planner.Task, bool) {
		i := slices.IndexFunc(old, func(t planner.Task) bool { return t.Key == followup.PromiseKey(v.ID, n) })
		if i < 0 {
			return planner.Task{}, false
		}
		return old[i], true
	}
	var put []planner.Task
	var quiet []string
	for _, p := range after.Promises {
		want := followup.PromiseTask(v, p, r.app.NewID, r.today)
		t, ok := task(p.Number)
		switch {
		case !ok:
			put = append(put, want)
		case t.State.Terminal() || t.Say == want.Say && t.DueOn == want.DueOn && t.Kind == want.Kind:
		default:
			t.Say, t.Kind, t.DueOn, t.EndOn = want.Say, want.Kind, want.DueOn, want.EndOn
			put = append(put, t)
			quiet = append(quiet, taskSubject(t)) // what waits names the old day
		}
	}
	for _, p := range before.Promises {
		gone := !slices.ContainsFunc(after.Promises, func(q planner.Promise) bool { return q.Number == p.Number })
		if t, ok := task(p.Number); ok && gone && !t.State.Terminal() {
			t.State, t.Reason = planner.TaskCancelled, followup.Dismissed
			put = append(put, t)
			quiet = append(quiet, taskSubject(t))
		}
	}
	for _, s := range quiet {
		if _, err := notifier.CancelSubject(r.ctx, r.tx.SQL(), r.now, s, math.MaxInt32); err != nil {
			return err
		}
	}
	return r.tx.PutRecordedTasks(v, put)
}
