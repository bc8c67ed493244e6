package pipeline_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/feed"
	"lianxin/planner/pipeline"
)

// entries are the calendar entries of appointments as a feed shows them, without what clients do not show.
func (w *calendarTown) entries(p planner.Principal, kind, ref string) (out []feed.Event) {
	w.t.Helper()
	f, err := w.FeedOf(w.t.Context(), p, kind, ref)
	if err != nil {
		w.t.Fatal(err)
	}
	cal, err := feed.Parse(strings.NewReader(string(f.Plain())))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range cal.Events {
		if slices.Contains(e.Categories, "约访") {
			out = append(out, e)
		}
	}
	return out
}

// receives is who receives on a day.
func (w *calendarTown) receives(on civil.Date) planner.CadreID {
	w.t.Helper()
	events, _ := w.all()
	for _, e := range events {
		if e.Kind == planner.EventReception && e.On == on && e.Status != planner.StatusCancelled {
			return e.Cadre
		}
	}
	w.t.Fatalf("nobody receives on %s", on)
	return ""
}

func TestAnAppointmentStandsInTheLeadersAndTheHallsCalendarWithoutAWordOfThePerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := bookTown(t, url)
		ctx := t.Context()
		w.NewID = planner.RandomIDs()
		slot := w.dayFor("教育", 3)
		leader := w.receives(slot.On)
		wished := wish(slot.On, "教育")
		wished.Name, wished.Contact, wished.Words = "欧阳静", "0398-7654321", "孩子转学名额的事"
		b, err := w.Book(ctx, wished)
		if err != nil {
			t.Fatal(err)
		}
		is := func(step string, p planner.Principal, kind, ref, want string) {
			t.Helper()
			var got []string
			for _, e := range w.entries(p, kind, ref) {
				got = append(got, fmt.Sprintf("%s %d %s %s", e.Status, e.Sequence, e.On, e.From))
			}
			if strings.Join(got, "; ") != want {
				t.Errorf("%s: the %s calendar has %q, want %q", step, kind, strings.Join(got, "; "), want)
			}
		}
		both := func(step, want string) {
			t.Helper()
			is(step, asPlanner, "cadre", string(leader), want)
			is(step, asClerk, "hall", "", want)
			is(step, planner.Principal{}, "hall", "", "")
			is(step, planner.Principal{}, "public", "", "")
			is(step, asPlanner, "county", "", "")
		}
		day := slot.On.String()
		both("asked for", "tentative 0 "+day+" "+slot.From.String())
		if _, err := w.LayYear(ctx, asPlanner, 2026, nil); err != nil {
			t.Fatal(err)
		}
		if err := w.SettleAppointments(ctx); err != nil {
			t.Fatal(err)
		}
		both("laid and swept again", "tentative 0 "+day+" "+slot.From.String())

		c, err := w.Counter(ctx, asClerk, slot.On)
		if err != nil || len(c.Booked) != 1 {
			t.Fatalf("got %+v, %v", c.Booked, err)
		}
		id := c.Booked[0].ID
		for _, e := range append(w.entries(asPlanner, "cadre", string(leader)), w.entries(asClerk, "hall", "")...) {
			text := e.Summary + e.Description + e.Location + e.Contact + e.URL + e.UID
			for _, secret := range []string{"欧阳", "7654321", "转学", b.Code, "欧某"} {
				if strings.Contains(text, secret) {
					t.Errorf("the calendar says %q: %q", secret, text)
				}
			}
			if !strings.Contains(e.Summary, "教育") || !strings.Contains(e.Summary, c.Booked[0].Ref) || e.Class != feed.Private {
				t.Errorf("got %q of class %d, want the field and the reference %s, private", e.Summary, e.Class, c.Booked[0].Ref)
			}
		}

		if err := w.Answer(ctx, asCadre("id-S0001"), slot.On, id, ""); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("a cadre answers: %v, want Forbidden", err)
		}
		if err := w.Answer(ctx, asClerk, slot.On, id, ""); err != nil {
			t.Fatal(err)
		}
		both("accepted", "confirmed 1 "+day+" "+slot.From.String())
		if err := w.Answer(ctx, asClerk, slot.On, id, ""); planner.KindOf(err) != planner.Conflict {
			t.Errorf("accepted twice: %v, want Conflict", err)
		}

		// another leader takes the day: the entry goes to that one's calendar, and the old one says that it is off
		next := w.dayFor("教育", 5)
		taker := w.receives(next.On)
		x, err := w.AskSwap(ctx, asPlanner, pipeline.SwapWish{On: slot.On, Taker: taker})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []string{"accept", "approve"} {
			if _, err := w.AnswerSwap(ctx, asPlanner, x.ID, step); err != nil {
				t.Fatal(step, err)
			}
		}
		is("swapped away", asPlanner, "cadre", string(leader), "cancelled 2 "+day+" "+slot.From.String())
		is("swapped to", asPlanner, "cadre", string(taker), "confirmed 0 "+day+" "+slot.From.String())

		// moved to another day by its holder, it is asked for anew; withdrawn, it says so
		for n := 0; next.On == slot.On || w.receives(next.On) != taker; n++ { // the swap moved others
			next = w.dayFor("教育", n)
		}
		if _, err := w.MoveBooking(ctx, b.Code, next.On); err != nil {
			t.Fatal(err)
		}
		is("moved", asPlanner, "cadre", string(taker), "tentative 1 "+next.On.String()+" "+next.From.String())
		if err := w.CancelBooking(ctx, b.Code); err != nil {
			t.Fatal(err)
		}
		is("withdrawn", asPlanner, "cadre", string(taker), "cancelled 2 "+next.On.String()+" "+next.From.String())
	})
}

func TestARefusedAppointmentFreesItsSeatAndSaysWhyByCode(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := bookTown(t, url)
		ctx := t.Context()
		w.NewID = planner.RandomIDs()
		slot := w.dayFor("教育", 3)
		leader := w.receives(slot.On)
		b, err := w.Book(ctx, wish(slot.On, "教育"))
		if err != nil {
			t.Fatal(err)
		}
		c, err := w.Counter(ctx, asClerk, slot.On)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Answer(ctx, asClerk, slot.On, c.Booked[0].ID, "他总来"); planner.KindOf(err) != planner.Invalid {
			t.Errorf("refused in a clerk's own words: %v, want Invalid", err)
		}
		if err := w.Answer(ctx, asClerk, slot.On, c.Booked[0].ID, planner.RefusalLaw); err != nil {
			t.Fatal(err)
		}
		got, err := w.BookingByCode(ctx, b.Code)
		if err != nil || got.State != planner.AppointmentRefused || !strings.Contains(got.Refusal.ZH, "诉讼") {
			t.Errorf("got %+v, %v, want refused with its reason", got, err)
		}
		if _, err := w.MoveBooking(ctx, b.Code, w.dayFor("教育", 5).On); planner.KindOf(err) != planner.Conflict {
			t.Errorf("moved after a refusal: %v, want Conflict", err)
		}
		es := w.entries(asPlanner, "cadre", string(leader))
		if len(es) != 1 || es[0].Status != planner.StatusCancelled || es[0].Sequence != 1 || len(es[0].Alarms) != 0 {
			t.Errorf("got %+v, want one cancelled entry of sequence 1", es)
		}
		again, err := w.Book(ctx, wish(slot.On, "教育"))
		if err != nil || again.Seat != 1 {
			t.Errorf("got seat %d, %v, want the freed seat 1", again.Seat, err)
		}
		if _, err := w.Book(ctx, wish(slot.On, "欧阳静家的事")); planner.KindOf(err) != planner.Invalid {
			t.Errorf("a subject in free words: %v, want Invalid", err)
		}
	})
}

func TestWhatTheCounterLeavesUnansweredIsAcceptedWhenBookingsClose(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := bookTown(t, url)
		ctx := t.Context()
		w.NewID = planner.RandomIDs()
		slot := w.dayFor("教育", 3)
		if _, err := w.Book(ctx, wish(slot.On, "教育")); err != nil {
			t.Fatal(err)
		}
		state := func() planner.AppointmentState {
			c, err := w.Counter(ctx, asClerk, slot.On)
			if err != nil || len(c.Booked) != 1 {
				t.Fatalf("got %+v, %v", c.Booked, err)
			}
			return c.Booked[0].State
		}
		w.now = slot.BookUntil.Add(-1)
		if _, err := w.SweepTasks(ctx); err != nil || state() != planner.AppointmentBooked {
			t.Errorf("before bookings close: %s, %v, want booked", state(), err)
		}
		w.now = slot.BookUntil
		for range 2 {
			if _, err := w.SweepTasks(ctx); err != nil || state() != planner.AppointmentConfirmed {
				t.Errorf("when bookings close: %s, %v, want confirmed", state(), err)
			}
		}
		es := w.entries(asClerk, "hall", "")
		if len(es) != 1 || es[0].Status != planner.StatusConfirmed || es[0].Sequence != 1 {
			t.Errorf("got %+v, want confirmed with sequence 1, once", es)
		}
	})
}

func TestTheHallsCalendarIsInTheClerksCalDAVHome(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		w := bookTown(t, url)
		ctx := t.Context()
		w.NewID = planner.RandomIDs()
		slot := w.dayFor("教育", 3)
		leader := w.receives(slot.On)
		if _, err := w.Book(ctx, wish(slot.On, "教育")); err != nil {
			t.Fatal(err)
		}
		count := func(p planner.Principal, name string) (n int) {
			t.Helper()
			c, err := w.DavCollection(ctx, p, name)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range c.Objects {
				if strings.Contains(string(o.Data), "CATEGORIES:约访") && strings.Contains(string(o.Data), "STATUS:TENTATIVE") {
					n++
				}
			}
			return n
		}
		if n := count(asClerk, "hall"); n != 1 {
			t.Errorf("the hall's collection has %d appointments, want 1", n)
		}
		own := planner.Principal{Account: "leader", Name: "leader", Roles: []planner.Role{planner.RoleLeader}, Cadre: leader}
		if n := count(own, "cadre-"+string(leader)); n != 1 {
			t.Errorf("the leader's collection has %d appointments, want 1", n)
		}
		if _, err := w.DavCollection(ctx, own, "hall"); planner.KindOf(err) != planner.NotFound {
			t.Errorf("a leader opens the hall's collection: %v, want NotFound", err)
		}
	})
}
