package pipeline

import (
	"context"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// CounterAppointment is an appointment as the counter sees it: masked, in the order of the seats.
type CounterAppointment struct {
	ID       planner.AppointmentID    `json:"id"`
	Ref      string                   `json:"ref"` // by which calendars name it
	Seat     int                      `json:"seat"`
	About    civil.Clock              `json:"about"`
	State    planner.AppointmentState `json:"state"`
	Subject  string                   `json:"subject"`
	Persons  int                      `json:"persons"`
	Name     string                   `json:"name"` // masked; empty: anonymous, or purged
	Contact  string                   `json:"contact,omitempty"`
	Words    string                   `json:"words,omitempty"`
	Matter   planner.MatterID         `json:"matter,omitempty"`
	Number   string                   `json:"number,omitempty"` // of the matter
	Purged   bool                     `json:"purged,omitempty"`
	Revision int                      `json:"-"`
}

// Counter 窗口 is one day's reception: booked first, then whoever came, by their number.
type Counter struct {
	On       civil.Date           `json:"on"`
	Prev     civil.Date           `json:"-"`
	Next     civil.Date           `json:"-"`
	Slot     *OpenSlot            `json:"slot,omitempty"` // nil: nobody receives
	Booked   []CounterAppointment `json:"booked"`
	WalkIns  []planner.WalkIn     `json:"walk_ins"`
	Subjects []string             `json:"subjects"`
	Batches  int                  `json:"batches"` // received so far: 批
	Persons  int                  `json:"persons"` // 人
}

func mustCounter(p planner.Principal) error {
	if !p.Signed() {
		return mustSignIn()
	}
	if !p.Is(planner.RoleClerk, planner.RolePlanner, planner.RoleAdmin) {
		return planner.Fail(planner.Forbidden, "接访登记由接待窗口办理。", "this is the counter's to do")
	}
	return nil
}

// Counter shows a day's reception to the counter; zero is today.
func (a *App) Counter(ctx context.Context, p planner.Principal, on civil.Date) (out Counter, err error) {
	if err := mustCounter(p); err != nil {
		return out, err
	}
	if on.IsZero() {
		on = a.Today()
	}
	span := civil.Span{From: on, Until: on.AddDays(1)}
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		out = Counter{On: on, Prev: on.AddDays(-1), Next: on.AddDays(1), Booked: []CounterAppointment{}, WalkIns: []planner.WalkIn{}}
		slots, err := a.openSlotsAll(ctx, span)
		if err != nil {
			return err
		}
		var s OpenSlot
		if len(slots) > 0 {
			s = slots[0]
			out.Slot, out.Subjects = &s, slices.Clone(s.Portfolio)
		}
		aps, err := tx.Appointments(span)
		if err != nil {
			return err
		}
		for _, ap := range aps {
			c := CounterAppointment{ID: ap.ID, Ref: planner.AppointmentRef(ap.ID), Seat: ap.Seat.Seat, About: a.bookingOf(ap, s).About, State: ap.State, Subject: ap.Subject, Persons: ap.Persons, Name: ap.Name,
				Contact: ap.Contact, Words: ap.Words, Matter: ap.Matter, Purged: !ap.PurgedOn.IsZero(), Revision: ap.Revision}
			if ap.Matter != "" {
				if m, err := tx.Matter(ap.Matter); err == nil {
					c.Number = m.Number
				} else if planner.KindOf(err) != planner.NotFound {
					return err
				}
			}
			if ap.State == planner.AppointmentReceived {
				out.Batches, out.Persons = out.Batches+1, out.Persons+ap.Persons
			}
			out.Booked = append(out.Booked, c)
		}
		ws, err := tx.WalkIns(span)
		if err != nil {
			return err
		}
		for _, w := range ws {
			if w.State == planner.WalkInReceived {
				out.Batches, out.Persons = out.Batches+1, out.Persons+w.Persons
			}
		}
		out.WalkIns = append(out.WalkIns, ws...)
		return nil
	})
	return out, err
}

// openSlotsAll reads slots in the office's name: leaders' names stand in the public notice whatever the reader's scope.
func (a *App) openSlotsAll(ctx context.Context, span civil.Span) (out []OpenSlot, err error) {
	err = a.DB.Read(ctx, planner.System("slots: officials only"), func(tx *store.Tx) (err error) {
		out, err = a.openSlots(tx, span)
		return err
	})
	return out, err
}

// Attend records at the counter what became of an appointment: received or absent. Errors: NotFound, Conflict if it is recorded.
func (a *App) Attend(ctx context.Context, p planner.Principal, on civil.Date, id planner.AppointmentID, state planner.AppointmentState) error {
	if err := mustCounter(p); err != nil {
		return err
	}
	if state != planner.AppointmentReceived && state != planner.AppointmentAbsent {
		return planner.Fail(planner.Invalid, "请选“已接待”或“未到”。", "choose received or absent")
	}
	if on.After(a.Today()) {
		return planner.Fail(planner.Invalid, "还没到这一天。", "the day has not come")
	}
	return a.DB.Write(ctx, p, store.Op{Name: "book-attend", Now: a.Now()}, func(tx *store.Tx) error {
		ap, err := appointmentOn(tx, on, id)
		if err != nil {
			return err
		}
		ap.State = state
		if err := tx.PutAppointment(ap); err != nil {
			return err
		}
		return a.settleAppointments(ctx, tx, id)
	})
}

// appointmentOn finds one among a day's.
func appointmentOn(tx *store.Tx, on civil.Date, id planner.AppointmentID) (planner.Appointment, error) {
	aps, err := tx.Appointments(civil.Span{From: on, Until: on.AddDays(1)})
	if err != nil {
		return planner.Appointment{}, err
	}
	i := slices.IndexFunc(aps, func(x planner.Appointment) bool { return x.ID == id })
	if i < 0 {
		return planner.Appointment{}, planner.Fail(planner.NotFound, "这一天没有这份预约，可能已经取消。", "there is no such appointment on this day; it may be cancelled")
	}
	return aps[i], nil
}

// CancelAtCounter gives a seat back for somebody who called or lost the code.
func (a *App) CancelAtCounter(ctx context.Context, p planner.Principal, on civil.Date, id planner.AppointmentID) error {
	if err := mustCounter(p); err != nil {
		return err
	}
	return a.DB.Write(ctx, p, store.Op{Name: "book-cancel", Now: a.Now()}, func(tx *store.Tx) error {
		ap, err := appointmentOn(tx, on, id)
		if err != nil {
			return err
		}
		if err := a.stillBooked(ap); err != nil {
			return err
		}
		ap.State, ap.Seat.Seat = planner.AppointmentCancelled, 0
		if err := tx.PutAppointment(ap); err != nil {
			return err
		}
		return a.settleAppointments(ctx, tx, ap.ID)
	})
}

// MadeMatter is the new matter with its title, for the slip.
type MadeMatter struct {
	Registered
	Title string `json:"title"`
}

// MakeMatter registers a matter from an appointment: nothing is typed twice. Conflict if it has one.
func (a *App) MakeMatter(ctx context.Context, p planner.Principal, on civil.Date, id planner.AppointmentID) (MadeMatter, error) {
	if err := mustCounter(p); err != nil {
		return MadeMatter{}, err
	}
	var ap planner.Appointment
	err := a.DB.Read(ctx, p, func(tx *store.Tx) (err error) {
		ap, err = appointmentOn(tx, on, id)
		return err
	})
	if err != nil {
		return MadeMatter{}, err
	}
	if ap.Matter != "" {
		return MadeMatter{}, planner.Fail(planner.Conflict, "这份预约已经登记为信访事项。", "a matter was made of it already")
	}
	title := strings.TrimSpace(ap.Words)
	if rs := []rune(title); len(rs) > 60 {
		title = string(rs[:59]) + "…"
	}
	if title == "" {
		title = "约访：" + ap.Subject
	}
	w := MatterWish{Kind: planner.MatterReception, Title: title, Story: ap.Words, Name: ap.Name, Contact: ap.Contact, Persons: ap.Persons, ReceivedOn: min2(on, a.Today())}
	if ap.Persons > 1 {
		w.Representatives = ap.Persons
	}
	if at := slices.IndexFunc(planner.Needs, func(n planner.Need) bool { return planner.NeedText[n].ZH == ap.Subject }); at >= 0 {
		w.Topic = planner.Needs[at]
	}
	w.Unit, err = a.counterUnit(ctx, p, on)
	if err != nil {
		return MadeMatter{}, err
	}
	out, err := a.registerMatter(ctx, p, w, func(tx *store.Tx, m planner.MatterID) error {
		now, err := appointmentOn(tx, on, id)
		if err != nil {
			return err
		}
		if now.Matter != "" {
			return planner.Fail(planner.Conflict, "这份预约已经登记为信访事项。", "a matter was made of it already")
		}
		now.Matter, now.State = m, planner.AppointmentReceived
		if err := tx.PutAppointment(now); err != nil {
			return err
		}
		return a.settleAppointments(ctx, tx, id)
	})
	return MadeMatter{out, title}, err
}

func min2(a, b civil.Date) civil.Date {
	if a.Before(b) {
		return a
	}
	return b
}

// counterUnit is whose matter it is at first: the clerk's own unit, else that of the leader who receives.
func (a *App) counterUnit(ctx context.Context, p planner.Principal, on civil.Date) (u planner.UnitID, err error) {
	if p.Cadre != "" {
		return "", nil // the receiver's
	}
	err = a.DB.Read(ctx, planner.System("unit of the leader who receives"), func(tx *store.Tx) error {
		events, leaders, err := receptionsIn(tx, civil.Span{From: on, Until: on.AddDays(1)}, false)
		if err == nil && len(events) > 0 {
			u = leaders[events[0].Cadre].Unit
		}
		return err
	})
	return u, err
}

// WalkIn registers somebody who came: a number of the day, how many and about what.
func (a *App) WalkIn(ctx context.Context, p planner.Principal, persons int, subject string) (w planner.WalkIn, err error) {
	if err := mustCounter(p); err != nil {
		return w, err
	}
	if persons < 1 || persons > 1000 {
		return w, planner.Fail(planner.Invalid, "来访人数请填1以上。", "write how many came")
	}
	today := a.Today()
	for range seatTries { // two counters may give the same number; one of them goes again
		w = planner.WalkIn{ID: planner.WalkInID(a.NewID()), On: today, State: planner.WalkInWaiting, Subject: strings.TrimSpace(subject), Persons: persons}
		err = a.DB.Write(ctx, p, store.Op{Name: "walk-in", Now: a.Now()}, func(tx *store.Tx) (err error) {
			w, err = tx.AddWalkIn(w)
			return err
		})
		if planner.KindOf(err) != planner.Conflict {
			return w, err
		}
	}
	return w, err
}

// SettleWalkIn records that a walk-in was received or left.
func (a *App) SettleWalkIn(ctx context.Context, p planner.Principal, on civil.Date, id planner.WalkInID, state planner.WalkInState) error {
	if err := mustCounter(p); err != nil {
		return err
	}
	if state != planner.WalkInReceived && state != planner.WalkInLeft {
		return planner.Fail(planner.Invalid, "请选“已接待”或“已离开”。", "choose received or left")
	}
	return a.DB.Write(ctx, p, store.Op{Name: "walk-in", Now: a.Now()}, func(tx *store.Tx) error {
		ws, err := tx.WalkIns(civil.Span{From: on, Until: on.AddDays(1)})
		if err != nil {
			return err
		}
		i := slices.IndexFunc(ws, func(w planner.WalkIn) bool { return w.ID == id })
		if i < 0 {
			return planner.Fail(planner.NotFound, "这一天没有这个号。", "there is no such number on this day")
		}
		ws[i].State = state
		return tx.PutWalkIn(ws[i])
	})
}

// BriefAppointment is a booked appointment on the leader's page: masked, without contact.
type BriefAppointment struct {
	Ref     string      `json:"ref"` // by which the calendar names it
	Seat    int         `json:"seat"`
	About   civil.Clock `json:"about"`
	Subject string      `json:"subject"`
	Persons int         `json:"persons"`
	Name    string      `json:"name"` // 张某某; empty: anonymous
	Words   string      `json:"words,omitempty"`
}

// briefAppointments are the appointments of a day for its leader's page.
func (a *App) briefAppointments(tx *store.Tx, on civil.Date) (out []BriefAppointment, err error) {
	span := civil.Span{From: on, Until: on.AddDays(1)}
	slots, err := a.openSlots(tx, span)
	if err != nil || len(slots) == 0 {
		return nil, err
	}
	aps, err := tx.Appointments(span)
	for _, ap := range aps {
		out = append(out, BriefAppointment{Ref: planner.AppointmentRef(ap.ID), Seat: ap.Seat.Seat, About: a.bookingOf(ap, slots[0]).About, Subject: ap.Subject, Persons: ap.Persons, Name: ap.Name, Words: ap.Words})
	}
	return out, err
}

// Purged is what a purge of appointments did, and the proof of it.
type Purged struct {
	Before   civil.Date `json:"before"` // days before this one
	KeepDays int        `json:"keep_days"`
	Purged   int        `json:"purged"`
	Held     int        `json:"held"`      // that still hold a name, contact or words: 0
	Keys     int        `json:"keys_left"` // of purged ones that would still open the audit: 0
}

// PurgeAppointments takes names, contacts and words out of appointments that are over for longer than the office keeps them, and out
// of cancelled ones. It may run at any time and any number of times.
func (a *App) PurgeAppointments(ctx context.Context, p planner.Principal) (out Purged, err error) {
	if !p.Is(planner.RolePlanner, planner.RoleAdmin) {
		return out, planner.Fail(planner.Forbidden, "清理由经办人或管理员办理。", "the planner or the administrator does this")
	}
	err = a.DB.Write(ctx, p, store.Op{Name: "book-purge", Now: a.Now()}, func(tx *store.Tx) error {
		t, err := bookTermsOf(tx)
		if err != nil {
			return err
		}
		out = Purged{Before: a.Today().AddDays(-t.keepDays), KeepDays: t.keepDays}
		if out.Purged, err = tx.PurgeAppointments(out.Before, a.Today()); err != nil {
			return err
		}
		out.Held, out.Keys, err = tx.PurgeProof(out.Before)
		return err
	})
	return out, err
}
