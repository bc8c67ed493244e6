package pipeline

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
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
