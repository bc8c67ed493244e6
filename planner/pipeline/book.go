package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
	"lianxin/planner/sheet"
	"lianxin/planner/store"
)

// Settings of appointments and what they are while nobody set them.
const (
	settingSeats    = "book.seats"     // seats of a slot that can be booked; the others are for those who just come
	settingKeepDays = "book.keep-days" // how long names and contacts stay after the day

	defaultSeats    = 6
	mostSeats       = 60
	defaultKeepDays = 30
	mostKeepDays    = 365
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

// GeneralSubject is open with heads of Party and government, and with leaders whose portfolio is general.
const GeneralSubject = "综合"

// OpenSlot is a reception that takes appointments.
type OpenSlot struct {
	On        civil.Date  `json:"on"`
	From      civil.Clock `json:"from"`
	Until     civil.Clock `json:"until"`
	Leader    string      `json:"leader"`
	Title     string      `json:"title"`
	Portfolio []string    `json:"portfolio"`
	Head      bool        `json:"head"`
	Place     string      `json:"place"`
	BookUntil time.Time   `json:"book_until"`
	Free      int         `json:"free"`
	Seats     int         `json:"seats"`
}

// Takes reports whether a subject lies within the leader's scope 接待范围: their portfolio, or anything with a head.
func (s OpenSlot) Takes(subject string) bool {
	return s.Head || slices.Contains(s.Portfolio, subject) || slices.ContainsFunc(s.Portfolio, general)
}

// general reports whether a portfolio covers everything.
func general(p string) bool {
	return strings.Contains(p, "全面") || strings.Contains(p, GeneralSubject)
}

// BookSlots are the slots of the coming 60 days with what is free, and the subjects that one may come with.
type BookSlots struct {
	Subjects []string   `json:"subjects"`
	Slots    []OpenSlot `json:"slots"`
}

// bookTerms are the office's settings of appointments.
type bookTerms struct{ seats, keepDays int }

func bookTermsOf(tx *store.Tx) (t bookTerms, err error) {
	for key, of := range map[string]struct {
		into      *int
		otherwise int
	}{settingSeats: {&t.seats, defaultSeats}, settingKeepDays: {&t.keepDays, defaultKeepDays}} {
		v, err := tx.Setting(key)
		if err != nil {
			return t, err
		}
		if *of.into, err = strconv.Atoi(v); err != nil {
			*of.into = of.otherwise
		}
	}
	return t, nil
}

// BookTerms are the office's settings of appointments.
type BookTerms struct {
	Seats    int `json:"seats"`     // of a slot, to be booked
	KeepDays int `json:"keep_days"` // names and contacts stay so long after the day
}

// BookTerms returns the settings in force.
func (a *App) BookTerms(ctx context.Context, p planner.Principal) (out BookTerms, err error) {
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		t, err := bookTermsOf(tx)
		out = BookTerms{t.seats, t.keepDays}
		return err
	})
	return out, err
}

// SetBookTerms sets them; 0 leaves one as it is. Planners and administrators. Seats held already stay held when there are fewer.
func (a *App) SetBookTerms(ctx context.Context, p planner.Principal, t BookTerms) error {
	if t.Seats < 0 || t.Seats > mostSeats || t.KeepDays < 0 || t.KeepDays > mostKeepDays {
		return planner.Fail(planner.Invalid, "每场预约席位请在1到60之间，保留天数在1到365之间。", "seats of a slot are 1 to 60, days to keep 1 to 365")
	}
	return a.DB.Write(ctx, p, store.Op{Name: "book-terms", Now: a.Now()}, func(tx *store.Tx) error {
		for key, n := range map[string]int{settingSeats: t.Seats, settingKeepDays: t.KeepDays} {
			if n > 0 {
				if err := tx.PutSetting(key, strconv.Itoa(n)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// openSlots reads the slots of a span, closed ones included, with what is free.
func (a *App) openSlots(tx *store.Tx, span civil.Span) ([]OpenSlot, error) {
	office, err := officeDaysOf(tx)
	if err != nil {
		return nil, err
	}
	terms, err := bookTermsOf(tx)
	if err != nil {
		return nil, err
	}
	events, leaders, err := receptionsIn(tx, span, false)
	if err != nil {
		return nil, err
	}
	taken, err := tx.SeatsTaken(span)
	if err != nil {
		return nil, err
	}
	var out []OpenSlot
	for _, e := range events {
		c := leaders[e.Cadre]
		out = append(out, OpenSlot{On: e.On, From: e.From, Until: e.Until, Leader: c.Name, Title: c.Title, Portfolio: c.Portfolio, Head: c.Head, Place: e.Place,
			BookUntil: bookUntil(office.work, e.On, a.Zone), Seats: terms.seats, Free: max(0, terms.seats-taken[planner.SlotKey(e.On)])})
	}
	return out, nil
}

// bookUntil is 17:00 of the working day before.
func bookUntil(w *calendar.Workdays, on civil.Date, zone *time.Location) time.Time {
	return w.Add(on, -1).At(bookingCloses, zone)
}

// BookSlots lists the slots that take appointments now. It is open to everybody and names officials only.
func (a *App) BookSlots(ctx context.Context) (BookSlots, error) {
	return a.bookSlots(ctx, civil.Span{From: a.Today(), Until: a.Today().AddDays(bookAheadDays)})
}

func (a *App) bookSlots(ctx context.Context, span civil.Span) (out BookSlots, err error) {
	err = a.DB.Read(ctx, planner.System("slots to be booked: officials only"), func(tx *store.Tx) error {
		out = BookSlots{}
		all, err := a.openSlots(tx, span)
		if err != nil {
			return err
		}
		for _, s := range all {
			if !a.Now().Before(s.BookUntil) {
				continue
			}
			out.Slots = append(out.Slots, s)
			for _, p := range s.Portfolio {
				if !general(p) && !slices.Contains(out.Subjects, p) {
					out.Subjects = append(out.Subjects, p)
				}
			}
		}
		slices.Sort(out.Subjects)
		out.Subjects = append(out.Subjects, GeneralSubject)
		return nil
	})
	return out, err
}

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
		return planner.Fail(planner.Invalid, on.String()+"的预约已在"+s.BookUntil.In(a.Zone).Format("1月2日15:04")+"截止；您可以当天直接来，预约的先接待。",
			"bookings for "+on.String()+" closed at "+s.BookUntil.In(a.Zone).Format("15:04 on 2 January")+"; you may simply come, after those who booked")
	}
	if !s.Takes(subject) {
		return planner.Fail(planner.Invalid, "“"+subject+"”不在"+s.Leader+"的分管（接待）范围内，请选分管这方面工作的领导。",
			subject+" is outside the portfolio of "+s.Leader+"; choose a day of the leader in charge")
	}
	return nil
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
				return tx.PutAppointment(ap)
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
	f := &Full{Offers: offers, Err: &planner.Error{Kind: planner.Conflict, Say: planner.Text{ZH: on.String() + "的预约席位已满。", EN: "the seats of " + on.String() + " are taken."}}}
	var zh, en []string
	for _, s := range offers {
		zh = append(zh, fmt.Sprintf("%s（%s，余%d席）", s.On, s.Leader, s.Free))
		en = append(en, fmt.Sprintf("%s (%s, %d free)", s.On, s.Leader, s.Free))
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

// bookingOf is an appointment with its slot as the holder sees it.
func (a *App) bookingOf(ap planner.Appointment, s OpenSlot) Booking {
	b := Booking{On: ap.On, Seat: ap.Seat.Seat, State: ap.State, Subject: ap.Subject, Persons: ap.Persons, Slot: s, Closed: !a.Now().Before(s.BookUntil)}
	if s.Seats > 0 && b.Seat > 0 {
		b.About = s.From + civil.Clock((b.Seat-1)*int(s.Until-s.From)/max(s.Seats, b.Seat)/5*5)
	}
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
		return tx.PutAppointment(ap)
	})
}

func (a *App) stillBooked(ap planner.Appointment) error {
	if ap.State != planner.AppointmentBooked || ap.On.Before(a.Today()) {
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
	ap, s, err := a.takeSeat(ctx, ap, on)
	if err != nil {
		return Booking{}, err
	}
	return a.bookingOf(ap, s), nil
}
