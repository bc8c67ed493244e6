package pipeline

import (
	"context"
	"slices"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/feed"
	"lianxin/planner/store"
)

// settleAppointments brings the calendars' entries of appointments from today on in line with the appointments and with who receives:
// one appointment by its ID, or all. Tentative while it is asked for, confirmed once it is accepted, cancelled when it is withdrawn,
// refused or goes to another leader, whose calendar then gets an entry of its own. An entry keeps its UID for ever and counts up when
// its look changes; where nothing changed nothing is written. It belongs into the transaction of whatever it follows.
func (a *App) settleAppointments(ctx context.Context, tx *store.Tx, only planner.AppointmentID) error {
	span := civil.Span{From: a.Today()}
	old, err := tx.AppointmentEvents(only, span.From)
	if err != nil {
		return err
	}
	held, err := tx.SeatsHeld(span)
	if err != nil {
		return err
	}
	if only != "" {
		held = slices.DeleteFunc(held, func(x planner.Appointment) bool { return x.ID != only })
	}
	if len(old)+len(held) == 0 {
		return nil
	}
	if len(held) > 0 {
		span.From, span.Until = held[0].On, held[len(held)-1].On.AddDays(1)
	}
	terms, err := bookTermsOf(tx)
	if err != nil {
		return err
	}
	slots, err := tx.Events(store.EventFilter{Span: span, Kinds: []planner.EventKind{planner.EventReception}})
	if err != nil {
		return err
	}
	var ids []planner.CadreID
	for _, e := range slices.Concat(slots, old) {
		if !slices.Contains(ids, e.Cadre) {
			ids = append(ids, e.Cadre)
		}
	}
	leaders, err := tx.Officials(ids)
	if err != nil {
		return err
	}
	return a.putEvents(ctx, tx, a.Now(), a.appointmentEvents(old, held, slots, leaders, terms.seats))
}

// appointmentEvents are the entries that differ from the old ones.
func (a *App) appointmentEvents(old []planner.Event, held []planner.Appointment, slots []planner.Event, leaders map[planner.CadreID]planner.Cadre, seats int) (put []planner.Event) {
	now := a.Now().UTC()
	byKey := make(map[string]planner.Event, len(old))
	for _, e := range old {
		byKey[e.Key] = e
	}
	src := a.feedSource()
	for _, c := range leaders {
		src.Cadres = append(src.Cadres, c)
	}
	x := feed.NewIndex(src)
	stamp := func(e planner.Event) {
		was, had := byKey[e.Key]
		d, err := x.Digest(e)
		if err != nil || had && d == was.Digest {
			return // an entry that cannot be drawn would be refused by every calendar; the hall's page has it
		}
		if e.Digest = d; had {
			e.Sequence, e.ChangedAt = was.Sequence+1, now
		}
		put = append(put, e)
	}
	stands := map[string]bool{}
	for _, ap := range held {
		at := slices.IndexFunc(slots, func(s planner.Event) bool { return s.On == ap.On })
		if at < 0 {
			continue // nobody receives any more
		}
		s := slots[at]
		key := "apt/" + string(ap.ID) + "/" + string(s.Cadre)
		stands[key] = true
		e, had := byKey[key]
		if !had {
			e = planner.Event{ID: planner.EventID(a.NewID()), Key: key, UID: a.NewID() + "@" + a.Host, Kind: planner.EventAppointment, Cadre: s.Cadre, CreatedAt: now, ChangedAt: now}
		}
		e.On, e.NominalOn, e.Place, e.About, e.Status = s.On, s.On, s.Place, planner.Both(ap.Subject), planner.StatusConfirmed
		e.From, e.Until = turnOf(s.From, s.Until, ap.Seat.Seat, seats)
		if ap.State == planner.AppointmentBooked {
			e.Status = planner.StatusTentative
		}
		stamp(e)
	}
	for _, e := range old {
		if !stands[e.Key] && e.Status != planner.StatusCancelled {
			e.Status = planner.StatusCancelled
			stamp(e)
		}
	}
	return put
}

// turnOf is about when it is a seat's turn, in steps of five minutes, and when the next one's is.
func turnOf(from, until civil.Clock, seat, seats int) (civil.Clock, civil.Clock) {
	turn := func(n int) civil.Clock { return from + civil.Clock(n*int(until-from)/max(seats, seat)/5*5) }
	begins, ends := turn(seat-1), min(until, turn(seat))
	if ends <= begins {
		ends = until
	}
	return begins, ends
}

// SettleAppointments accepts the appointments that the counter left unanswered until bookings closed, and brings all entries of
// calendars in line. It may run at any time and as often as one likes.
func (a *App) SettleAppointments(ctx context.Context) error {
	who := planner.System("settle appointments")
	var silent []planner.Appointment
	span := civil.Span{From: a.Today(), Until: a.Today().AddDays(bookAheadDays)}
	err := a.DB.Read(ctx, who, func(tx *store.Tx) error {
		held, err := tx.SeatsHeld(span)
		if err != nil || len(held) == 0 {
			return err
		}
		office, err := officeDaysOf(tx)
		for _, ap := range held {
			if err == nil && ap.State == planner.AppointmentBooked && !a.Now().Before(bookUntil(office.work, ap.On, a.Zone)) {
				silent = append(silent, ap)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return a.DB.Write(ctx, who, store.Op{Name: "settle-appointments", Now: a.Now()}, func(tx *store.Tx) error {
		for _, ap := range silent {
			ap.State = planner.AppointmentConfirmed
			if err := tx.PutAppointment(ap); planner.KindOf(err) == planner.Conflict {
				continue // somebody answered this very moment
			} else if err != nil {
				return err
			}
		}
		return a.settleAppointments(ctx, tx, "")
	})
}

// Answer accepts an appointment that is asked for, or refuses it for one of the rules' reasons; its seat is free then. The person reads
// the answer by the code. The counter.
//
// Errors: NotFound if the day has no such appointment, Conflict if it is answered, Invalid if the day is over or no reason is named.
func (a *App) Answer(ctx context.Context, p planner.Principal, on civil.Date, id planner.AppointmentID, refusal planner.Refusal) error {
	if err := mustCounter(p); err != nil {
		return err
	}
	if refusal != "" && !slices.Contains(planner.Refusals, refusal) {
		return planner.Fail(planner.Invalid, "不予安排的原因请选：scope 不在分管范围、process 正在办理不满两个月、final 程序已终结、law 应走法定途径。",
			"choose why it is refused: scope (outside the portfolio), process (in process for less than two months), final (concluded) or law (a court or the like decides it)")
	}
	if on.Before(a.Today()) {
		return planner.Fail(planner.Invalid, "这一天已经过去。", "the day is over")
	}
	return a.DB.Write(ctx, p, store.Op{Name: "book-answer", Now: a.Now()}, func(tx *store.Tx) error {
		ap, err := appointmentOn(tx, on, id)
		if err != nil {
			return err
		}
		if ap.State != planner.AppointmentBooked && (refusal == "" || ap.State != planner.AppointmentConfirmed) {
			return planner.Fail(planner.Conflict, "这份预约已经答复过。", "the appointment is answered already")
		}
		ap.State = planner.AppointmentConfirmed
		if refusal != "" {
			ap.State, ap.Refusal, ap.Seat.Seat = planner.AppointmentRefused, refusal, 0
		}
		if err := tx.PutAppointment(ap); err != nil {
			return err
		}
		return a.settleAppointments(ctx, tx, id)
	})
}

// RefusalWords are the sentences in which a person reads why an appointment is refused.
var RefusalWords = map[planner.Refusal]planner.Text{
	planner.RefusalScope: {ZH: "这方面的事不在当天接访领导的分管范围内，请改约分管这方面工作的领导，或当天到窗口由工作人员接待。",
		EN: "It is outside the portfolio of the day's leader; book a day of the leader in charge, or come to the counter."},
	planner.RefusalProcess: {ZH: "同一件事正在办理、还不满两个月，这段时间不再安排领导约访；可以凭受理单上的查询码看进度，也可以到接待大厅当面询问。",
		EN: "The same matter has been in process for less than two months, and no appointment is made meanwhile; look up its progress by the code of your slip, or ask at the hall."},
	planner.RefusalFinal: {ZH: "同一件事已有复核意见、程序已经终结，不再安排领导约访；生活上有困难，可以到接待大厅申请帮扶。",
		EN: "The same matter has been rechecked and is concluded, and no appointment is made about it; if you are in need, ask at the hall for help."},
	planner.RefusalLaw: {ZH: "这件事应当通过诉讼、仲裁、行政复议等法定途径解决，不安排领导约访；怎样办理，接待大厅的法律服务室可以免费说明。",
		EN: "It is for a court, an arbitration or an administrative review to decide, and no appointment is made about it; the legal desk of the hall explains how, free of charge."},
}
