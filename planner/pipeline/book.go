package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/lang"
	"lianxin/planner/sheet"
	"lianxin/planner/store"
)

const (
	bookAheadDays = 60 // how far ahead slots are offered
	inProcessDays = 60 // 两个月: a matter that came in since is in process [domain.md §2.2, 乐清 2016]
	nearest       = 3  // slots offered to whoever lost a seat
	seatTries     = 12 // how often another free seat is tried after losing one
	wordsMost     = 200
)

// How the matter stands, by the person's own word.
const (
	StandsNew     = "new"
	StandsProcess = "process" // 正在办理
	StandsFinal   = "final"   // 已有复核意见
)

// Stands are the answers that the form offers.
var Stands = []string{StandsNew, StandsProcess, StandsFinal}

// BookWish is what somebody writes to book a seat. Name and contact may be empty.
type BookWish struct {
	On      civil.Date `json:"on"`
	Subject string     `json:"subject"`
	Persons int        `json:"persons"`
	Stands  string     `json:"stands"`      // new, process, final
	Matter  string     `json:"matter_code"` // slip code of the matter, if it has one; it is looked up and not kept
	Name    string     `json:"name"`
	Contact string     `json:"contact"`
	Words   string     `json:"words"`
}

// Booking is an appointment as its holder sees it. Code exists in the answer to booking alone.
type Booking struct {
	On      civil.Date               `json:"on"`
	Seat    int                      `json:"seat,omitempty"`
	About   civil.Clock              `json:"about,omitempty"` // about when it is this seat's turn
	State   planner.AppointmentState `json:"state"`
	Refusal planner.Text             `json:"refusal,omitzero"` // why the counter refused it, as a sentence
	Subject string                   `json:"subject"`
	Persons int                      `json:"persons"`
	Slot    OpenSlot                 `json:"slot"`
	Outside bool                     `json:"outside,omitempty"` // the leader changed, and the subject is not in the new one's portfolio
	Closed  bool                     `json:"closed"`            // it can be neither moved nor cancelled here any more
	Code    string                   `json:"code,omitempty"`
}

// Full says that the seats of a slot are taken, and what is near.
type Full struct {
	Offers []OpenSlot
	Err    *planner.Error
}

func (f *Full) Error() string { return f.Err.Error() }

// Unwrap gives the words and the kind, which is Conflict.
func (f *Full) Unwrap() error { return f.Err }

// Book takes a seat for whoever asks and gives it a code, which is stored nowhere.
//
// Errors: Invalid for what is missing or refused by rule, with the reason as a sentence; NotFound if nobody receives that day;
// [Full], which is a Conflict, if somebody else has the last seat.
func (a *App) Book(ctx context.Context, w BookWish) (Booking, error) {
	w.Persons = max(w.Persons, 1)
	if err := w.check(); err != nil {
		return Booking{}, err
	}
	if err := a.mayBook(ctx, w); err != nil {
		return Booking{}, err
	}
	code := newSlipCode()
	name, _ := sheet.MaskHead(w.Name)
	ap := planner.Appointment{ID: planner.AppointmentID(a.NewID()), State: planner.AppointmentBooked, Subject: w.Subject, Persons: w.Persons, Name: name,
		Contact: strings.TrimSpace(w.Contact), Words: strings.TrimSpace(w.Words), CodeHash: bookHash(code), BookedOn: a.Today()}
	ap, s, err := a.takeSeat(ctx, ap, w.On)
	if err != nil {
		return Booking{}, err
	}
	b := a.bookingOf(ap, s)
	b.Code = code
	return b, nil
}

// bookHash is of the code as people type it. The prefix keeps it from being the code of a matter.
func bookHash(code string) string { return slipHash("BOOK" + code) }

// check says what a wish lacks, and what the rules refuse by the person's own statement.
func (w BookWish) check() error {
	bad := func(zh, en string) error { return planner.Fail(planner.Invalid, zh, en) }
	switch {
	case w.Subject == "":
		return bad("请选一下是哪方面的事，好请分管领导接待。", "choose what it is about, so that the leader in charge receives you")
	case !w.On.Valid():
		return bad("请选一个接待日。", "choose a day")
	case w.Persons > planner.MostRepresentatives:
		return bad("多人反映同一事项，请推选代表，代表不超过5人（《信访工作条例》第二十条）。", "if many bring one matter, choose spokespersons, at most 5 (Regulations on Petition Work, Art. 20)")
	case !slices.Contains(Stands, w.Stands):
		return bad("请选一下这件事现在办到哪一步。", "say how far the matter has come")
	case w.Stands == StandsProcess:
		return refuseInProcess()
	case w.Stands == StandsFinal:
		return refuseFinal()
	case len([]rune(w.Words)) > wordsMost || len([]rune(w.Name)) > 30 || len([]rune(w.Contact)) > 60:
		return bad("文字太长：事由200字以内，称呼30字以内，联系方式60字以内。", "too long: 200 characters for the words, 30 for the name, 60 for the contact")
	}
	for _, s := range []string{w.Words, w.Name} {
		if what, found := sheet.NumberIn(s); found {
			return bad("事由和称呼里不要写"+what.ZH+"；联系方式填在“联系方式”一栏。", "leave out "+what.EN+"; a contact goes into its own field")
		}
	}
	return nil
}

func refuseInProcess() error {
	return planner.Fail(planner.Invalid, "同一件事正在办理、还不满两个月，这段时间不再安排领导约访；可以凭受理单上的查询码看进度，也可以到接待大厅当面询问。",
		"the same matter has been in process for less than two months, and no appointment is made meanwhile; look up its progress by the code of your slip, or ask at the hall")
}

func refuseFinal() error {
	return planner.Fail(planner.Invalid, "同一件事已有复核意见、程序已经终结，不再安排领导约访；生活上有困难，可以到接待大厅申请帮扶。",
		"the same matter has been rechecked and is concluded, and no appointment is made about it; if you are in need, ask at the hall for help")
}

// mayBook holds the wish against the slot and, if the person gave its code, against the matter. Nothing is searched by person.
func (a *App) mayBook(ctx context.Context, w BookWish) error {
	return a.DB.Read(ctx, planner.System("appointment by whoever asks"), func(tx *store.Tx) error {
		if strings.TrimSpace(w.Matter) != "" {
			m, err := tx.MatterByCode(slipHash(w.Matter))
			if err != nil {
				return err
			}
			if !m.FinalOn.IsZero() {
				return refuseFinal()
			}
			if m.Open() && a.Today().Sub(m.ReceivedOn) < inProcessDays {
				return refuseInProcess()
			}
		}
		return a.fits(tx, w.On, w.Subject)
	})
}

// fits checks that a slot stands, takes the subject, and has not closed.
func (a *App) fits(tx *store.Tx, on civil.Date, subject string) error {
	all, err := a.openSlots(tx, civil.Span{From: on, Until: on.AddDays(1)})
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return planner.Fail(planner.NotFound, on.String()+"没有安排领导接访，请另选一天。", "nobody receives on "+on.String()+"; choose another day")
	}
	s := all[0]
	if !a.Now().Before(s.BookUntil) {
		return planner.Fail(planner.Invalid, lang.DayMonth(lang.ZH, on)+"的预约已在"+s.BookUntil.In(a.Zone).Format("1月2日15:04")+"截止；您可以当天直接来，预约的先接待。",
			"bookings for "+on.String()+" closed at "+s.BookUntil.In(a.Zone).Format("15:04 on 2 January")+"; you may simply come, after those who booked")
	}
	if known, err := knownSubject(tx, subject); err != nil || !known {
		if err == nil {
			err = planner.Fail(planner.Invalid, "请在列表里选是哪方面的事；拿不准的选“"+GeneralSubject+"”。", "choose what it is about from the list; if unsure, "+GeneralSubject)
		}
		return err
	}
	if !s.Takes(subject) {
		return planner.Fail(planner.Invalid, "“"+subject+"”不在"+s.Leader+"的分管（接待）范围内，请选分管这方面工作的领导。",
			subject+" is outside the portfolio of "+s.Leader+"; choose a day of the leader in charge")
	}
	return nil
}

// knownSubject reports whether a subject is one of the leaders' portfolios, or the general one. It is shown in calendars, so no free
// words come through it: they could name somebody.
func knownSubject(tx *store.Tx, subject string) (bool, error) {
	if subject == GeneralSubject {
		return true, nil
	}
	leaders, err := tx.Leaders()
	return slices.ContainsFunc(leaders, func(c planner.Cadre) bool { return slices.Contains(c.Portfolio, subject) }), err
}

// takeSeat gives an appointment the first free seat of a day. Losing one to somebody else, it tries the next; the database decides.
func (a *App) takeSeat(ctx context.Context, ap planner.Appointment, on civil.Date) (planner.Appointment, OpenSlot, error) {
	var slot OpenSlot
	sys := planner.System("appointment by whoever asks")
	for range seatTries {
		var full bool
		err := a.DB.Read(ctx, sys, func(tx *store.Tx) error { // most losers end here, without a write
			all, err := a.openSlots(tx, civil.Span{From: on, Until: on.AddDays(1)})
			if err == nil && len(all) > 0 {
				slot, full = all[0], all[0].Free == 0
			}
			return err
		})
		if err != nil {
			return ap, slot, err
		}
		if !full {
			err = a.DB.Write(ctx, sys, store.Op{Name: "book", Now: a.Now()}, func(tx *store.Tx) error {
				free, err := tx.FreeSeats(on, slot.Seats)
				if err != nil {
					return err
				}
				if full = len(free) == 0; full {
					return nil
				}
				ap.Seat = planner.Seat{Slot: planner.SlotKey(on), On: on, Seat: free[0]}
				if err := tx.PutAppointment(ap); err != nil {
					return err
				}
				return a.settleAppointments(ctx, tx, ap.ID)
			})
		}
		switch kind := planner.KindOf(err); {
		case full:
			return ap, slot, a.full(ctx, on, ap.Subject)
		case err == nil:
			ap.Revision++
			return ap, slot, nil
		case kind != planner.Conflict && kind != planner.Unavailable:
			return ap, slot, err
		}
	}
	return ap, slot, planner.Fail(planner.Conflict, "这一天的席位刚有变动，请再试一次。", "the seats of this day are just changing; try once more")
}

// full is the refusal of somebody who lost the last seat, with the nearest slots that take the subject.
func (a *App) full(ctx context.Context, on civil.Date, subject string) error {
	today := a.Today()
	last := today.AddDays(bookAheadDays)
	var offers []OpenSlot
	for reach := 10; len(offers) < nearest; reach *= 4 { // a thousand may ask at once: first look close by
		span := civil.Span{From: on.AddDays(-reach), Until: on.AddDays(reach + 1)}
		if span.From.Before(today) {
			span.From = today
		}
		if last.Before(span.Until) {
			span.Until = last
		}
		open, err := a.bookSlots(ctx, span)
		if err != nil {
			return err
		}
		offers = slices.DeleteFunc(open.Slots, func(s OpenSlot) bool { return s.Free == 0 || s.On == on || !s.Takes(subject) })
		if reach > bookAheadDays {
			break
		}
	}
	far := func(s OpenSlot) int { return max(s.On.Sub(on), on.Sub(s.On)) }
	slices.SortStableFunc(offers, func(x, y OpenSlot) int { return cmp.Compare(far(x), far(y)) })
	offers = offers[:min(nearest, len(offers))]
	slices.SortFunc(offers, func(x, y OpenSlot) int { return x.On.Compare(y.On) })
	f := &Full{Offers: offers, Err: &planner.Error{Kind: planner.Conflict, Say: planner.Text{ZH: lang.DayMonth(lang.ZH, on) + "的预约席位已满。", EN: "the seats of " + lang.DayMonth(lang.EN, on) + " are taken."}}}
	var zh, en []string
	for _, s := range offers {
		zh = append(zh, fmt.Sprintf("%s（%s，余%d席）", lang.DayMonth(lang.ZH, s.On), s.Leader, s.Free))
		en = append(en, fmt.Sprintf("%s (%s, %d free)", lang.DayMonth(lang.EN, s.On), s.Leader, s.Free))
	}
	if len(offers) > 0 {
		f.Err.Say.ZH += "离得最近的有：" + strings.Join(zh, "、") + "。"
		f.Err.Say.EN += " Nearest are " + strings.Join(en, ", ") + "."
	} else {
		f.Err.Say.ZH += "近期没有其他合适的场次，您可以当天直接来。"
		f.Err.Say.EN += " No other slot is near; you may simply come."
	}
	return f
}
