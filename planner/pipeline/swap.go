package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// RuleReceptionChange tells both leaders, at once, that a reception changed hands.
const RuleReceptionChange = "reception-change"

// Templates of swaps.
const (
	templateSwapGave = "reception-gave"
	templateSwapTook = "reception-took"
)

func init() {
	ruleWords[RuleReceptionChange] = planner.Text{ZH: "接访换人时立即告知两位领导", EN: "both leaders hear at once that a reception changed hands"}
	titleWords[templateSwapGave] = planner.Text{ZH: "接访调整：{when}由{owner}接访", EN: "Reception changed: {owner} receives on {when}"}
	titleWords[templateSwapTook] = planner.Text{ZH: "接访调整：{when}由您接访", EN: "Reception changed: you receive on {when}"}
	bodyWords[templateSwapGave] = planner.Text{ZH: "因工作调整，您{when}的接访改由{owner}承担，日历已更新。", EN: "For a change of duties {owner} receives in your place on {when}. The calendars are updated."}
	bodyWords[templateSwapTook] = planner.Text{ZH: "因工作调整，{when}原由{owner}承担的接访改由您承担，地点：{place}，日历已更新。",
		EN: "For a change of duties you receive in place of {owner} on {when}, {place}. The calendars are updated."}
}

// SwapWish asks for a swap: the slot of On goes from its leader to Taker, who gives OtherOn in return if it is set.
type SwapWish struct {
	On      civil.Date
	Taker   planner.CadreID // of an absence empty: the deputy of the day
	OtherOn civil.Date
	Reason  string // the planner's alone
	Absence bool   // the leader cannot come, rather than would like another day
}

// AskSwap enters a wish. An absence told too late for anybody to be asked (rules.TellDays) has the deputy step in at once.
//
// Errors: NotFound if nobody receives that day, Forbidden unless p is its leader, acts for them or plans, Invalid if the taker
// cannot, Conflict if the day has an open wish.
func (a *App) AskSwap(ctx context.Context, p planner.Principal, w SwapWish) (planner.Swap, error) {
	if !p.Signed() {
		return planner.Swap{}, mustSignIn()
	}
	work, err := a.Workdays(ctx)
	if err != nil {
		return planner.Swap{}, err
	}
	today, late := a.Today(), false
	s := planner.Swap{ID: planner.SwapID(a.NewID()), Kind: planner.SwapWish, On: w.On, Taker: w.Taker, OtherOn: w.OtherOn, State: planner.SwapAsked, Reason: w.Reason, AskedOn: today}
	err = a.DB.Read(ctx, planner.System("who receives on "+w.On.String()), func(tx *store.Tx) error {
		e, err := slotOn(tx, w.On)
		if err != nil {
			return err
		}
		s.Giver = e.Cadre
		if !p.Speaks(s.Giver) && !p.Is(planner.RolePlanner) {
			return planner.Fail(planner.Forbidden, "这一天不由您接访，只有当天的领导、代办人和经办人可以提出。", "the day is another leader's; only they, who acts for them and the planner may ask.")
		}
		if err := a.notBegun(e); err != nil {
			return err
		}
		if w.Absence {
			rules, err := rotaRules(tx)
			if err != nil {
				return err
			}
			s.Kind, s.OtherOn = planner.SwapAbsence, civil.Date{}
			late = work.Add(w.On, -rules.TellDays).Before(today)
			if s.Taker == "" || late {
				named := s.Taker
				days, err := tx.ReceptionDays(civil.Span{From: w.On, Until: w.On.AddDays(1)})
				if err != nil {
					return err
				}
				if len(days) == 0 || days[0].Deputy == "" {
					return planner.Fail(planner.Invalid, "当天没有补位领导，请指定由谁接替。", "the day has no deputy; name who takes over.")
				}
				s.Taker = days[0].Deputy
				if err := canTake(tx, s); err != nil && named != "" && p.Is(planner.RolePlanner) {
					s.Taker = named // the deputy cannot either, and the planner names who can
				} else if e := (*planner.Error)(nil); errors.As(err, &e) {
					return planner.Fail(e.Kind, "补位领导"+e.Say.ZH+"请由经办人指定别的领导接替。", "The deputy: "+e.Say.EN+" The planner can name another leader.")
				} else if err != nil {
					return err
				}
			}
		}
		return a.canSwap(tx, s)
	})
	if err != nil {
		return planner.Swap{}, err
	}
	if late {
		s.Kind = planner.SwapDeputy
		if err := a.settle(ctx, planner.System("deputy steps in for a leader who told late, entered by "+p.Name), s); err != nil {
			return s, err
		}
		s.State, s.Settled = planner.SwapApproved, today
		return s, nil
	}
	now := a.Now()
	tell, err := a.askedNotices(ctx, now, s)
	if err != nil {
		return planner.Swap{}, err
	}
	err = a.DB.Write(ctx, p, store.Op{Name: "swap-ask", Now: now}, func(tx *store.Tx) error { return a.putAsked(ctx, tx, now, s, tell) })
	s.Revision = 1
	return s, err
}

// slotOn is the reception that stands on a day.
func slotOn(tx *store.Tx, d civil.Date) (planner.Event, error) {
	es, err := tx.Events(store.EventFilter{Span: civil.Span{From: d, Until: d.AddDays(1)}, Kinds: []planner.EventKind{planner.EventReception}})
	if err != nil {
		return planner.Event{}, err
	}
	if len(es) == 0 {
		return planner.Event{}, planner.Fail(planner.NotFound, d.String()+"没有安排接访。", "nobody receives on "+d.String()+".")
	}
	return es[0], nil
}

// canSwap checks what [canTake] does, and that neither day has begun.
func (a *App) canSwap(tx *store.Tx, s planner.Swap) error {
	for _, d := range []civil.Date{s.On, s.OtherOn} {
		if d.IsZero() {
			continue
		}
		e, err := slotOn(tx, d)
		if err != nil {
			return err
		}
		if err := a.notBegun(e); err != nil {
			return err
		}
	}
	return canTake(tx, s)
}

// notBegun refuses a reception that is over or going on: its public has come, and who received is a fact.
func (a *App) notBegun(e planner.Event) error {
	if e.On.Before(a.Today()) {
		return planner.Fail(planner.Invalid, e.On.String()+"的接访已经过去，不能再改。", "the reception of "+e.On.String()+" is over and cannot be changed.")
	}
	if !a.Now().Before(e.On.At(e.From, a.Zone)) {
		return planner.Fail(planner.Invalid, e.On.String()+"的接访"+e.From.String()+"已经开始，不能再改；请补位领导直接到场，事后在接访台账里写明。",
			"the reception of "+e.On.String()+" began at "+e.From.String()+" and cannot be changed; let the deputy go, and note it in the ledger.")
	}
	return nil
}

// canTake checks that the taker is a leader who is there and free, and for an exchange the giver too.
func canTake(tx *store.Tx, s planner.Swap) error {
	check := func(who planner.CadreID, on civil.Date) error {
		c, err := tx.Cadre(who)
		if err != nil {
			return err
		}
		if c.Rank != planner.RankLeader || !c.Active {
			return planner.Fail(planner.Invalid, c.Name+"不是在任的接访领导。", c.Name+" is no leader in office.")
		}
		if c.OnLeave(on) {
			return planner.Fail(planner.Invalid, c.Name+"在"+on.String()+"另有安排，不能接访。", c.Name+" is not there on "+on.String()+".")
		}
		own, err := tx.Events(store.EventFilter{Span: civil.Span{From: on, Until: on.AddDays(1)}, Cadre: who})
		if err != nil {
			return err
		}
		for _, e := range own {
			if e.Kind == planner.EventReception || e.Kind.Occasion() {
				return planner.Fail(planner.Invalid, c.Name+"在"+on.String()+"已有"+eventTitle(e).ZH+"。", c.Name+" has a duty on "+on.String()+" already.")
			}
		}
		return nil
	}
	if s.Taker == s.Giver {
		return planner.Fail(planner.Invalid, "不能和自己调换。", "a swap needs two people.")
	}
	if err := check(s.Taker, s.On); err != nil {
		return err
	}
	if s.OtherOn.IsZero() {
		return nil
	}
	e, err := slotOn(tx, s.OtherOn)
	if err != nil {
		return err
	}
	if e.Cadre != s.Taker {
		has, err := tx.Cadre(e.Cadre)
		if err != nil {
			return err
		}
		return planner.Fail(planner.Invalid, s.OtherOn.String()+"由"+has.Name+"接访，不是对方的，不能用来交换。", has.Name+" receives on "+s.OtherOn.String()+": the day is not the taker's to give.")
	}
	return check(s.Giver, s.OtherOn)
}

// AnswerSwap takes one step: accept, decline, approve, refuse or withdraw. Approved, the slots change hands in the same
// transaction: the old assignments are cancelled, new ones made, both leaders told. Errors: NotFound, Forbidden, Conflict if it
// is settled, Invalid if the taker cannot any more.
func (a *App) AnswerSwap(ctx context.Context, p planner.Principal, id planner.SwapID, step string) (planner.Swap, error) {
	ss, err := a.Swaps(ctx, p)
	if err != nil {
		return planner.Swap{}, err
	}
	at := slices.IndexFunc(ss, func(s SwapView) bool { return s.ID == id })
	if at < 0 {
		return planner.Swap{}, planner.Fail(planner.NotFound, "没有这项调换，或者它与您无关。", "there is no such swap, or none of yours.")
	}
	s := ss[at].Swap
	if !slices.Contains(ss[at].May, step) {
		if !s.State.Open() {
			return s, planner.Fail(planner.Conflict, "这项调换已经办结。", "the swap is settled.")
		}
		return s, planner.Fail(planner.Forbidden, "这一步要由另一方或经办人来办，或者还没有轮到。", "this step is another's to take, or its turn has not come.")
	}
	switch step {
	case "approve":
		err := a.settle(ctx, p, s)
		if err == nil {
			s.State, s.Settled = planner.SwapApproved, a.Today()
		}
		return s, err
	case "accept":
		s.State = planner.SwapAccepted
	default:
		s.State = map[string]planner.SwapState{"decline": planner.SwapDeclined, "refuse": planner.SwapRefused, "withdraw": planner.SwapWithdrawn}[step]
		s.Settled = a.Today()
	}
	now := a.Now()
	tell, err := a.askedNotices(ctx, now, s)
	if err != nil {
		return s, err
	}
	err = a.DB.Write(ctx, planner.System(fmt.Sprintf("swap: %s by %s", step, p.Name)), store.Op{Name: "swap-" + step, Now: now}, func(tx *store.Tx) error {
		all, err := tx.Swaps(civil.Span{From: s.On, Until: s.On.AddDays(1)}) // with its reason, which a taker must not see
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(all, func(x planner.Swap) bool { return x.ID == s.ID }); i >= 0 {
			s.Reason = all[i].Reason
		}
		return a.putAsked(ctx, tx, now, s, tell)
	})
	return s, err
}

// settle hands the slots over, and then lays the year again for what follows from it: who receives on a mass-work-day goes out
// on another.
func (a *App) settle(ctx context.Context, p planner.Principal, s planner.Swap) error {
	now := a.Now()
	s.State, s.Settled = planner.SwapApproved, a.Today()
	err := a.DB.Write(ctx, p, store.Op{Name: "swap-approve", Now: now}, func(tx *store.Tx) error {
		if err := a.canSwap(tx, s); err != nil {
			return err
		}
		if err := tx.PutSwap(s); err != nil {
			return err
		}
		r, err := tx.Roster()
		if err != nil {
			return err
		}
		if err := a.handOver(ctx, tx, r, now, s, s.On, s.Giver, s.Taker); err != nil {
			return err
		}
		if !s.OtherOn.IsZero() {
			if err := a.handOver(ctx, tx, r, now, s, s.OtherOn, s.Taker, s.Giver); err != nil {
				return err
			}
		}
		return a.settleAppointments(ctx, tx, "") // who booked a seat stays booked; it goes to the other leader's calendar
	})
	if err != nil {
		return fmt.Errorf("swap of %s: %w", s.On, err)
	}
	if _, err := a.LayYear(ctx, planner.System("after a swap of receptions"), s.On.Year, nil); err != nil {
		a.Log.WarnContext(ctx, "the year is not laid anew after a swap; the next laying does it", "cause", err)
	}
	return nil
}

// handOver cancels one leader's assignment to a slot and makes, or revives, the other's. The UID belongs to leader and slot.
func (a *App) handOver(ctx context.Context, tx *store.Tx, r planner.Roster, now time.Time, s planner.Swap, on civil.Date, from, to planner.CadreID) error {
	es, err := tx.Events(store.EventFilter{Span: civil.Span{From: on, Until: on.AddDays(1)}, Kinds: []planner.EventKind{planner.EventReception}, WithCancelled: true})
	if err != nil {
		return err
	}
	at := slices.IndexFunc(es, func(e planner.Event) bool { return e.Cadre == from && e.Status != planner.StatusCancelled })
	if at < 0 {
		return planner.Fail(planner.Conflict, on.String()+"的接访领导刚有变动，请重新提出。", "the reception of "+on.String()+" changed hands meanwhile; ask anew.")
	}
	old := es[at]
	key := "rcp/" + on.String() + "/" + string(to)
	taken := old
	taken.Cadre, taken.Key, taken.Sequence = to, key, 0
	taken.ID, taken.UID, taken.CreatedAt = planner.EventID(a.NewID()), a.NewID()+"@"+a.Host, now.UTC()
	for _, e := range es {
		if e.Key == key {
			taken.ID, taken.UID, taken.CreatedAt, taken.Sequence = e.ID, e.UID, e.CreatedAt, e.Sequence+1
		}
	}
	old.Status = planner.StatusCancelled
	old.Sequence++
	old.ChangedAt, taken.ChangedAt = now.UTC(), now.UTC()
	office, err := officeDaysOf(tx)
	if err != nil {
		return err
	}
	digest := a.digester(r, []planner.Event{old, taken}, nil, office)
	for _, e := range []*planner.Event{&old, &taken} {
		if e.Digest, err = digest(*e); err != nil {
			return err
		}
	}
	if err := a.putEvents(ctx, tx, now, []planner.Event{old, taken}); err != nil {
		return err
	}
	if _, err := notifier.CancelSubject(ctx, tx.SQL(), now, old.Key, math.MaxInt32); err != nil {
		return err
	}
	name := map[planner.CadreID]string{}
	for _, c := range r.Cadres {
		name[c.ID] = c.Name
	}
	args := func(owner planner.CadreID) map[string]string {
		m := eventArgs(taken)
		m["owner"] = name[owner]
		return m
	}
	n := notifier.Notice{Subject: "swap/" + string(s.ID) + "/" + on.String(), Rule: RuleReceptionChange, DueAt: now, ExpiresAt: on.At(taken.From, a.Zone)}
	gave, took := n, n
	gave.Recipient, gave.Template, gave.Args = string(from), templateSwapGave, args(to)
	took.Recipient, took.Template, took.Args = string(to), templateSwapTook, args(from)
	_, err = notifier.Enqueue(ctx, tx.SQL(), now, a.NewID, gave, took)
	return err
}
