package pipeline

import (
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"lianxin/migrations/dbtest"
	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// mailbox is a real SMTP server that keeps what it gets.
type mailbox struct {
	mu    sync.Mutex
	mails []string
	down  bool
}

func (m *mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &mailSession{m}, nil }

type mailSession struct{ *mailbox }

func (s *mailSession) Reset()                               {}
func (s *mailSession) Logout() error                        { return nil }
func (s *mailSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *mailSession) Rcpt(string, *smtp.RcptOptions) error {
	if s.down {
		return &smtp.SMTPError{Code: 451, Message: "later"}
	}
	return nil
}
func (s *mailSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, string(b))
	return err
}

// take returns the mails since the last time.
func (m *mailbox) take() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := m.mails
	m.mails = nil
	return list
}

func newMailbox(t *testing.T) (*mailbox, notifier.SMTP) {
	t.Helper()
	m := new(mailbox)
	srv := smtp.NewServer(m)
	srv.Domain, srv.AllowInsecureAuth = "post.example", true
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); srv.Serve(l) }()
	t.Cleanup(func() { l.Close(); srv.Close(); <-done })
	return m, notifier.SMTP{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, From: "义马市信访局 <rili@lianxin.example>", Domain: "lianxin.example", Security: notifier.PlainText, Timeout: 5 * time.Second}
}

// calendarOf reads the calendar of a mail, and checks that it is there twice and that the MIME method is its own.
func calendarOf(t *testing.T, message string) string {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(message))
	if err != nil {
		t.Fatal(err)
	}
	parts := 0
	b, err := calendarPart(m.Header.Get("Content-Type"), "", m.Body, 0, &parts)
	if err != nil {
		t.Fatalf("no calendar in\n%s", message)
	}
	text := strings.ReplaceAll(string(b), "\r\n ", "")
	if !strings.HasPrefix(m.Header.Get("Content-Type"), "multipart/mixed") || !strings.Contains(message, "multipart/alternative") || !strings.Contains(message, "application/ics") {
		t.Errorf("not the shape of RFC 6047: %s\n%.1500s", m.Header.Get("Content-Type"), message)
	}
	method := value(text, "METHOD")
	if !strings.Contains(message, "method="+method) {
		t.Errorf("the MIME method is not %s", method)
	}
	return text
}

func value(text, name string) string {
	for l := range strings.Lines(text) {
		if v, ok := strings.CutPrefix(l, name+":"); ok {
			return strings.TrimRight(v, "\r\n")
		}
	}
	return ""
}

// answerMail is what a calendar program sends back.
func answerMail(request, from, partstat, stamp string, organizer bool) []byte {
	o := ""
	if organizer {
		o = "ORGANIZER:mailto:rili@lianxin.example\r\n"
	}
	ics := "BEGIN:VCALENDAR\r\nPRODID:-//Microsoft Corporation//Outlook 16.0//EN\r\nVERSION:2.0\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nATTENDEE;PARTSTAT=" + partstat + ":mailto:" + from + "\r\nUID:" + value(request, "UID") +
		"\r\n" + o + "SEQUENCE:" + value(request, "SEQUENCE") + "\r\nDTSTAMP:" + stamp + "\r\nDTSTART:20260115T003000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	return []byte("From: =?utf-8?b?5p+Q?= <" + from + ">\r\nTo: rili@lianxin.example\r\nSubject: Accepted\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nyes\r\n--b\r\n" +
		"Content-Type: text/calendar; charset=utf-8; method=REPLY\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString([]byte(ics)) + "\r\n--b--\r\n")
}

func TestAnInvitationIsAskedAnsweredMovedAndCalledOff(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		ctx := t.Context()
		a := feedCounty(t, url, 2, 0)
		box, channel := newMailbox(t)
		now := a.Now()
		a.Now = func() time.Time { return now }
		a.Channels = []notifier.Channel{channel}
		c := a.testCadre(t, "G0001")
		sys := planner.System("test")
		c.Mail = "mou@example.org"
		if err := a.DB.Write(ctx, sys, store.Op{Name: "test", Now: now}, func(tx *store.Tx) error { return tx.PutCadres([]planner.Cadre{c}) }); err != nil {
			t.Fatal(err)
		}
		self := planner.Principal{Account: "A1", Cadre: c.ID}
		send := func(requests, cancels int) []string {
			t.Helper()
			rep, err := a.SendInvitations(ctx)
			if err != nil || rep.Requests != requests || rep.Cancels != cancels || rep.Failed != 0 {
				t.Fatalf("got %+v, %v; want %d requests and %d cancels", rep, err, requests, cancels)
			}
			return box.take()
		}
		events := func() int {
			t.Helper()
			f, err := a.FeedOf(ctx, self, "cadre", string(c.ID))
			if err != nil {
				t.Fatal(err)
			}
			return strings.Count(string(f.Body), "BEGIN:VEVENT")
		}
		partstat := func() string {
			t.Helper()
			list, err := a.Invitations(ctx, self, c.ID)
			if err != nil || len(list) == 0 {
				t.Fatalf("got %v, %v", list, err)
			}
			return list[0].PartStat
		}
		send(0, 0) // nobody chose mail
		before := events()
		if err := a.SetCalendarWish(ctx, self, c.ID, WishView{"zh", store.WayMail}); err != nil {
			t.Fatal(err)
		}
		if n := events(); before < 12 || n != 0 {
			t.Errorf("invited by mail, and %d of %d events are in the feed too", n, before)
		}
		box.down = true
		if rep, err := a.SendInvitations(ctx); err != nil || rep.Failed != 2 {
			t.Errorf("a server that is down: got %+v, %v", rep, err)
		}
		box.down = false
		mails := send(2, 0) // 15 January and February lie within 45 days
		send(0, 0)
		first := calendarOf(t, mails[0])
		for _, want := range []string{"METHOD:REQUEST\r\n", "ORGANIZER;CN=义马市信访局:mailto:rili@lianxin.example\r\n", "DTSTART;TZID=Asia/Shanghai:20260115T083000\r\n", "SEQUENCE:0\r\n",
			"ATTENDEE;CN=某某1;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:mou@example.org\r\n", "BEGIN:VTIMEZONE\r\n"} {
			if !strings.Contains(first, want) {
				t.Errorf("the request has no %q:\n%s", want, first)
			}
		}
		for i, c := range []struct {
			partstat  string
			organizer bool
		}{{"ACCEPTED", true}, {"DECLINED", false}, {"TENTATIVE", true}, {"ACCEPTED", false}, {"TENTATIVE", false}, {"DECLINED", true}} {
			stamp := fmt.Sprintf("20260105T01%02d00Z", i)
			rep, err := a.ReceiveReply(ctx, answerMail(first, "Mou@Example.org", c.partstat, stamp, c.organizer))
			if err != nil || rep.Stale || partstat() != strings.ToLower(c.partstat) {
				t.Errorf("%s (organizer %v): got %+v, %v, shown as %s", c.partstat, c.organizer, rep, err, partstat())
			}
		}
		if rep, err := a.ReceiveReply(ctx, answerMail(first, "mou@example.org", "ACCEPTED", "20260105T010000Z", true)); err != nil || !rep.Stale || partstat() != "declined" {
			t.Errorf("an older answer that came late: got %+v, %v", rep, err)
		}
		forged := strings.Replace(string(answerMail(first, "mou@example.org", "ACCEPTED", "20260106T010000Z", true)), "<mou@example.org>", "<evil@example.org>", 1)
		if rep, err := a.ReceiveReply(ctx, []byte(forged)); err != nil || rep.Held != store.HeldSender || partstat() != "declined" {
			t.Errorf("somebody else's answer: got %+v, %v, shown as %s; want it to wait", rep, err, partstat())
		}
		if _, err := a.ReceiveReply(ctx, answerMail(first, "other@example.org", "ACCEPTED", "20260106T010000Z", true)); planner.KindOf(err) != planner.NotFound {
			t.Errorf("an answer of somebody who was not invited: got %v, want NotFound", err)
		}
		if _, err := a.ReceiveReply(ctx, answerMail("UID:nothing@example.org", "mou@example.org", "ACCEPTED", "20260106T010000Z", true)); planner.KindOf(err) != planner.NotFound {
			t.Errorf("an answer to nothing: got %v, want NotFound", err)
		}
		for name, m := range map[string]string{"no mail": "x", "an out-of-office note": "From: a@b.c\r\nContent-Type: text/plain\r\n\r\naway", "no sender": "Subject: x\r\n\r\n",
			"a request": strings.Replace(string(mails[0]), "From: ", "From: ", 1), "parts without end": "From: a@b.c\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\nContent-Type: text/plain\r\n\r\nx\r\n", 1000)} {
			if _, err := a.ReceiveReply(ctx, []byte(m)); planner.KindOf(err) != planner.Invalid {
				t.Errorf("%s: got %v, want Invalid", name, err)
			}
		}

		now = now.Add(time.Hour)
		moved := moveEvent(t, a.DB, c.ID, civil.Of(2026, 1, 20), now)
		second := calendarOf(t, send(1, 0)[0])
		if value(second, "UID") != value(first, "UID") || value(second, "SEQUENCE") != "1" || !strings.Contains(second, "DTSTART;TZID=Asia/Shanghai:20260120T083000") || partstat() != "needs-action" {
			t.Errorf("after the move: shown as %s\n%s", partstat(), second)
		}
		if rep, err := a.ReceiveReply(ctx, answerMail(first, "mou@example.org", "ACCEPTED", "20260109T010000Z", true)); err != nil || !rep.Stale {
			t.Errorf("an answer to the former day: got %+v, %v", rep, err)
		}
		if rep, err := a.ReceiveReply(ctx, answerMail(second, "mou@example.org", "ACCEPTED", "20260109T010000Z", false)); err != nil || rep.Stale || partstat() != "accepted" {
			t.Errorf("an answer to the new day: got %+v, %v", rep, err)
		}

		now = now.Add(time.Hour)
		moved.Status, moved.Sequence, moved.ChangedAt = planner.StatusCancelled, moved.Sequence+1, now
		if err := a.DB.Write(ctx, sys, store.Op{Name: "test", Now: now}, func(tx *store.Tx) error { return tx.PutEvents([]planner.Event{moved}) }); err != nil {
			t.Fatal(err)
		}
		off := calendarOf(t, send(0, 1)[0])
		if value(off, "METHOD") != "CANCEL" || value(off, "UID") != value(first, "UID") || value(off, "SEQUENCE") != "2" || value(off, "STATUS") != "CANCELLED" {
			t.Errorf("the cancellation reads\n%s", off)
		}
		send(0, 0)

		// Back to the subscription: what was asked by mail is taken back by mail, and the feed has it all again.
		if err := a.SetCalendarWish(ctx, self, c.ID, WishView{"zh", store.WayFeed}); err != nil {
			t.Fatal(err)
		}
		back := calendarOf(t, send(0, 1)[0])
		if value(back, "METHOD") != "CANCEL" || value(back, "SEQUENCE") != "1" || events() != before {
			t.Errorf("%d events in the feed, want %d; the mail reads\n%s", events(), before, back)
		}
		send(0, 0)
		// And to mail once more: the REQUEST counts on, so that no program takes it for an old one.
		if err := a.SetCalendarWish(ctx, self, c.ID, WishView{"en", store.WayMail}); err != nil {
			t.Fatal(err)
		}
		again := calendarOf(t, send(1, 0)[0])
		if value(again, "SEQUENCE") != "2" || !strings.Contains(again, "SUMMARY:Mass-work-day") {
			t.Errorf("the second request reads\n%s", again)
		}
	})
}
