package pipeline_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// bookTown is a county whose leaders have portfolios and whose year is laid. Today is 2026-03-02, a Monday.
func bookTown(t *testing.T, url string) *calendarTown {
	w := newCalendarTown(t, url, 1)
	var leaders []planner.Cadre
	for i := range 35 {
		c := w.cadres[planner.CadreID(fmt.Sprintf("id-L%02d", i+1))]
		c.Portfolio = [][]string{{"全面工作"}, {"教育", "卫生"}, {"农业农村"}}[map[bool]int{true: 0, false: 1 + i%2}[i < 2]]
		leaders = append(leaders, c)
	}
	w.write(func(tx *store.Tx) error { return tx.PutCadres(leaders) })
	w.lay(2026)
	w.today("2026-03-02")
	return w
}

// dayFor is the n-th coming slot that takes a subject.
func (w *calendarTown) dayFor(subject string, n int) pipeline.OpenSlot {
	w.t.Helper()
	open, err := w.BookSlots(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, s := range open.Slots {
		if s.Takes(subject) && !s.Head {
			if n--; n < 0 {
				return s
			}
		}
	}
	w.t.Fatalf("got no slot %d for %s", n, subject)
	return pipeline.OpenSlot{}
}

func wish(on civil.Date, subject string) pipeline.BookWish {
	return pipeline.BookWish{On: on, Subject: subject, Stands: pipeline.StandsNew}
}

// A thousand people want one seat at once. One of them has it, whatever the engine; the others are offered the three nearest.
func TestAThousandWantOneSeatAndOneHasIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := bookTown(t, url)
		ids := planner.RandomIDs() // safe for use by many
		w.NewID = ids
		if err := w.SetBookTerms(t.Context(), asPlanner, pipeline.BookTerms{Seats: 1}); err != nil {
			t.Fatal(err)
		}
		on := w.dayFor("教育", 3).On
		people := int64(1000)
		if smallTest() {
			people = 100
		}
		var won, full, offered atomic.Int64
		var wait sync.WaitGroup
		start := make(chan struct{})
		for range people {
			wait.Go(func() {
				<-start
				_, err := w.Book(t.Context(), wish(on, "教育"))
				var f *pipeline.Full
				switch {
				case err == nil:
					won.Add(1)
				case errors.As(err, &f):
					full.Add(1)
					if len(f.Offers) == 3 {
						offered.Add(1)
					}
				default:
					t.Errorf("got %v, want the seat or a word that it is taken", err)
				}
			})
		}
		close(start)
		wait.Wait()
		if won.Load() != 1 || full.Load() != people-1 || offered.Load() != people-1 {
			t.Errorf("got %d winners, %d told it is taken, %d with three offers; want 1, %d, %[4]d", won.Load(), full.Load(), offered.Load(), people-1)
		}
		c, err := w.Counter(t.Context(), asClerk, on)
		if err != nil || len(c.Booked) != 1 || c.Booked[0].Seat != 1 {
			t.Errorf("got %+v, %v, want one appointment on seat 1", c.Booked, err)
		}
	})
}

// Forty people want six seats at once: six have one each.
func TestNoSeatStaysFreeWhilePeopleLoseOthers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := bookTown(t, url)
		w.NewID = planner.RandomIDs()
		on := w.dayFor("教育", 3).On
		var won atomic.Int64
		var wait sync.WaitGroup
		for range 40 {
			wait.Go(func() {
				if _, err := w.Book(t.Context(), wish(on, "教育")); err == nil {
					won.Add(1)
				}
			})
		}
		wait.Wait()
		if won.Load() != 6 {
			t.Errorf("got %d seats taken, want 6", won.Load())
		}
	})
}

func TestABookingIsRefusedInASentence(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := bookTown(t, url)
		near, far := w.dayFor("教育", 0), w.dayFor("教育", 2)
		reg, err := w.RegisterMatter(t.Context(), asClerk, pipeline.MatterWish{Kind: planner.MatterLetter, Title: "门前排水沟堵塞", Unit: "unit"})
		if err != nil {
			t.Fatal(err)
		}
		six, process, final, code, digits := wish(far.On, "教育"), wish(far.On, "教育"), wish(far.On, "教育"), wish(far.On, "教育"), wish(far.On, "教育")
		six.Persons, process.Stands, final.Stands, code.Matter, digits.Words = 6, pipeline.StandsProcess, pipeline.StandsFinal, reg.Code, "请打19900000001"
		for name, c := range map[string]struct {
			wish pipeline.BookWish
			kind planner.Kind
			say  string
		}{
			"six come": {six, planner.Invalid, "不超过5人"}, "in process by statement": {process, planner.Invalid, "不满两个月"}, "concluded by statement": {final, planner.Invalid, "程序已经终结"},
			"in process by code": {code, planner.Invalid, "不满两个月"}, "another portfolio": {wish(far.On, "农业农村"), planner.Invalid, "接待）范围"},
			"nobody receives": {wish(civil.MustDate("2026-03-08"), "教育"), planner.NotFound, "没有安排"}, "a phone in the words": {digits, planner.Invalid, "联系方式"},
			"no subject": {wish(far.On, ""), planner.Invalid, "哪方面"}, "no statement": {pipeline.BookWish{On: far.On, Subject: "教育"}, planner.Invalid, "办到哪一步"},
		} {
			if _, err := w.Book(t.Context(), c.wish); err == nil || planner.KindOf(err) != c.kind || !strings.Contains(sentence(err), c.say) {
				t.Errorf("%s: got %v, want kind %d with %q", name, err, c.kind, c.say)
			}
		}
		w.now = near.BookUntil.Add(-1)
		if _, err := w.Book(t.Context(), wish(near.On, "教育")); err != nil {
			t.Errorf("a moment before 17:00: got %v", err)
		}
		w.now = near.BookUntil
		if _, err := w.Book(t.Context(), wish(near.On, "教育")); planner.KindOf(err) != planner.Invalid || !strings.Contains(sentence(err), "截止") {
			t.Errorf("at 17:00: got %v, want it closed", err)
		}
		w.today("2026-05-10") // the matter is older than two months
		code.On = w.dayFor("教育", 1).On
		if _, err := w.Book(t.Context(), code); err != nil {
			t.Errorf("two months later: got %v", err)
		}
	})
}

func TestACodeShowsMovesAndCancels(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := bookTown(t, url)
		first, second := w.dayFor("教育", 1), w.dayFor("教育", 2)
		x := wish(first.On, "教育")
		x.Name, x.Contact, x.Words, x.Persons = "欧阳晓明", "19900000001", "孩子就近入学", 2
		b, err := w.Book(t.Context(), x)
		if err != nil {
			t.Fatal(err)
		}
		if b.Seat != 1 || b.About != first.From || b.Code == "" {
			t.Errorf("got %+v, want seat 1 at the beginning, with a code", b)
		}
		got, err := w.BookingByCode(t.Context(), strings.ToLower(b.Code))
		if err != nil || got.On != first.On || got.Code != "" {
			t.Errorf("got %+v, %v, want the appointment without its code", got, err)
		}
		if _, err := w.BookingByCode(t.Context(), "AAAA-BBBB-CCCC-DDDD"); planner.KindOf(err) != planner.NotFound {
			t.Errorf("a wrong code: got %v, want NotFound", err)
		}
		if _, err := w.MoveBooking(t.Context(), b.Code, w.dayFor("农业农村", 2).On); planner.KindOf(err) != planner.Invalid {
			t.Errorf("to another portfolio: got %v, want Invalid", err)
		}
		if b, err = w.MoveBooking(t.Context(), b.Code, second.On); err != nil || b.On != second.On {
			t.Fatalf("got %+v, %v, want it moved", b, err)
		}
		c, err := w.Counter(t.Context(), asClerk, second.On)
		if err != nil || len(c.Booked) != 1 || c.Booked[0].Name != "欧阳某某" || c.Booked[0].Contact != "19900000001" {
			t.Errorf("got %+v, %v, want it masked with its contact", c.Booked, err)
		}
		if c, _ := w.Counter(t.Context(), asClerk, first.On); len(c.Booked) != 0 {
			t.Errorf("got %+v, want the former seat free", c.Booked)
		}
		if _, err := w.Counter(t.Context(), asCadre("id-S0001"), second.On); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("a cadre at the counter: got %v, want Forbidden", err)
		}
		var all bytes.Buffer
		if err := w.DB.Canonical(t.Context(), &all); err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{"欧阳", "19900000001", "就近入学"} {
			if strings.Contains(all.String(), s) {
				t.Errorf("the export holds %q", s)
			}
		}
	})
}

func TestAnAppointmentBecomesAMatterWithOnePressAndIsPurged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := bookTown(t, url)
		slot := w.dayFor("教育", 1)
		x := wish(slot.On, "教育")
		x.Name, x.Contact, x.Words, x.Persons = "王小明", "19900000001", "孩子就近入学", 3
		b, err := w.Book(t.Context(), x)
		if err != nil {
			t.Fatal(err)
		}
		w.today(slot.On.String())
		clerk := asClerk
		clerk.Cadre = "id-S0001"
		if n, err := w.WalkIn(t.Context(), clerk, 2, "教育"); err != nil || n.Number != 1 {
			t.Errorf("got %+v, %v, want number 1", n, err)
		}
		if n, err := w.WalkIn(t.Context(), clerk, 1, ""); err != nil || n.Number != 2 {
			t.Errorf("got %+v, %v, want number 2", n, err)
		}
		c, err := w.Counter(t.Context(), clerk, civil.Date{})
		if err != nil || len(c.Booked) != 1 || len(c.WalkIns) != 2 {
			t.Fatalf("got %+v, %v, want one booked before two who came", c, err)
		}
		if err := w.SettleWalkIn(t.Context(), clerk, slot.On, c.WalkIns[0].ID, planner.WalkInReceived); err != nil {
			t.Fatal(err)
		}
		reg, err := w.MakeMatter(t.Context(), clerk, slot.On, c.Booked[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.MakeMatter(t.Context(), clerk, slot.On, c.Booked[0].ID); planner.KindOf(err) != planner.Conflict {
			t.Errorf("pressed twice: got %v, want Conflict", err)
		}
		m, err := w.Matter(t.Context(), asPlanner, reg.Matter)
		if err != nil || m.Title != "孩子就近入学" || m.Name != "王某某" || m.Persons != 3 || m.Received != slot.On {
			t.Errorf("got %+v, %v, want what was booked", m, err)
		}
		if c, err = w.Counter(t.Context(), clerk, slot.On); err != nil || c.Booked[0].Number != reg.Number || c.Batches != 2 || c.Persons != 5 {
			t.Errorf("got %+v, %v, want two batches of five persons and the matter's number", c, err)
		}
		if err := w.CancelBooking(t.Context(), b.Code); planner.KindOf(err) != planner.Conflict {
			t.Errorf("cancelled afterwards: got %v, want Conflict", err)
		}
		w.now = slot.On.AddDays(30).At(8*60, w.Zone)
		if got, err := w.PurgeAppointments(t.Context(), asPlanner); err != nil || got.Purged != 0 {
			t.Errorf("after thirty days: got %+v, %v, want nothing purged yet", got, err)
		}
		w.now = slot.On.AddDays(31).At(8*60, w.Zone)
		got, err := w.PurgeAppointments(t.Context(), asPlanner)
		if err != nil || got.Purged != 1 || got.Held != 0 || got.Keys != 0 {
			t.Errorf("after a day more: got %+v, %v, want one purged and nothing left", got, err)
		}
		if got, err := w.PurgeAppointments(t.Context(), asPlanner); err != nil || got.Purged != 0 {
			t.Errorf("run again: got %+v, %v, want nothing to do", got, err)
		}
		if c, err = w.Counter(t.Context(), clerk, slot.On); err != nil || c.Booked[0].Name != "" || c.Booked[0].Contact != "" || c.Booked[0].Words != "" || !c.Booked[0].Purged {
			t.Errorf("got %+v, %v, want no name, contact or words", c.Booked, err)
		}
	})
}
