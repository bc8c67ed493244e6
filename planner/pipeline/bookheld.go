package pipeline

import (
	"context"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// bookingOf is an appointment with its slot as the holder sees it.
func (a *App) bookingOf(ap planner.Appointment, s OpenSlot) Booking {
	b := Booking{On: ap.On, Seat: ap.Seat.Seat, State: ap.State, Subject: ap.Subject, Persons: ap.Persons, Slot: s, Closed: !a.Now().Before(s.BookUntil)}
	if s.Seats > 0 && b.Seat > 0 {
		b.About, _ = turnOf(s.From, s.Until, b.Seat, s.Seats)
	}
	b.Refusal = RefusalWords[ap.Refusal]
	b.Outside = s.Leader != "" && !s.Takes(ap.Subject)
	return b
}

// BookingByCode shows an appointment to whoever holds its code. NotFound for any other code.
func (a *App) BookingByCode(ctx context.Context, code string) (b Booking, err error) {
	err = a.DB.Read(ctx, planner.System("appointment by its code"), func(tx *store.Tx) error {
		ap, err := tx.AppointmentByCode(bookHash(code))
		if err != nil {
			return err
		}
		all, err := a.openSlots(tx, civil.Span{From: ap.On, Until: ap.On.AddDays(1)})
		if err != nil {
			return err
		}
		var s OpenSlot
		if len(all) > 0 {
			s = all[0]
		}
		b = a.bookingOf(ap, s)
		return nil
	})
	return b, err
}

// CancelBooking gives a seat back by its code, until the day itself. Conflict if it is not booked any more.
func (a *App) CancelBooking(ctx context.Context, code string) error {
	return a.DB.Write(ctx, planner.System("appointment by its code"), store.Op{Name: "book-cancel", Now: a.Now()}, func(tx *store.Tx) error {
		ap, err := tx.AppointmentByCode(bookHash(code))
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

func (a *App) stillBooked(ap planner.Appointment) error {
	if ap.State == planner.AppointmentRefused {
		return planner.Fail(planner.Conflict, "这份预约窗口已答复不安排："+RefusalWords[ap.Refusal].ZH, "the counter refused the appointment. "+RefusalWords[ap.Refusal].EN)
	}
	if !ap.State.Stands() || ap.On.Before(a.Today()) {
		return planner.Fail(planner.Conflict, "这份预约已经取消或已经用过。", "the appointment is cancelled or over")
	}
	return nil
}

// MoveBooking moves an appointment to another day by its code; its seat is free for others at once. Errors as with [App.Book]; the
// seat stays where it was then.
func (a *App) MoveBooking(ctx context.Context, code string, on civil.Date) (Booking, error) {
	var ap planner.Appointment
	err := a.DB.Read(ctx, planner.System("appointment by its code"), func(tx *store.Tx) (err error) {
		if ap, err = tx.AppointmentByCode(bookHash(code)); err != nil {
			return err
		}
		if err := a.stillBooked(ap); err != nil {
			return err
		}
		if ap.On == on {
			return planner.Fail(planner.Invalid, "本来就约在这一天。", "it is on this day already")
		}
		return a.fits(tx, on, ap.Subject)
	})
	if err != nil {
		return Booking{}, err
	}
	ap.State = planner.AppointmentBooked // asked anew: another day may be another leader's
	ap, s, err := a.takeSeat(ctx, ap, on)
	if err != nil {
		return Booking{}, err
	}
	return a.bookingOf(ap, s), nil
}
