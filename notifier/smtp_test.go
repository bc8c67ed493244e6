package notifier

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/jmoiron/sqlx"
)

// postOffice is a real SMTP server whose answers a test sets.
type postOffice struct {
	mu     sync.Mutex
	mails  []string
	rcpt   func(to string) error
	data   func(body string) error // after the whole message was read
	cut    bool                    // drop the connection after the message instead of answering
	conns  map[*smtp.Conn]bool
	client SMTP
}

func newPostOffice(t *testing.T) *postOffice {
	t.Helper()
	p := &postOffice{conns: map[*smtp.Conn]bool{}}
	server := smtp.NewServer(p)
	server.Domain, server.AllowInsecureAuth = "post.example", true
	server.ErrorLog = silent{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); server.Serve(listener) }()
	t.Cleanup(func() { listener.Close(); server.Close(); <-done }) // Serve may not have begun when Close comes
	p.client = SMTP{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, From: "义马市信访局 <office@lianxin.example>", Domain: "lianxin.example",
		Security: PlainText, Timeout: 5 * time.Second}
	return p
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

func (p *postOffice) NewSession(c *smtp.Conn) (smtp.Session, error) { return &session{p, c}, nil }

type session struct {
	*postOffice
	conn *smtp.Conn
}

func (s *session) Reset()                               {}
func (s *session) Logout() error                        { return nil }
func (s *session) Mail(string, *smtp.MailOptions) error { return nil }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.rcpt != nil {
		return s.rcpt(to)
	}
	return nil
}

func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cut {
		s.mails = append(s.mails, string(b)) // it has the message, and the sender will never know
		s.conn.Conn().Close()
		return errors.New("cut")
	}
	if s.data != nil {
		if err := s.data(string(b)); err != nil {
			return err
		}
	}
	s.mails = append(s.mails, string(b))
	return nil
}

var sample = Message{Key: "KEY1", To: "s1@example.org", Subject: "【连心】群众工作日：1月15日 周四", Text: "请走访5户，户编号：001。\n㛃𠮷𬭎龘喆\n", HTML: "<p>请走访5户</p>"}

func TestAMailArrivesWithItsKeyAndItsChinese(t *testing.T) {
	p := newPostOffice(t)
	r, err := p.client.Send(t.Context(), sample)
	if err != nil {
		t.Fatal(err)
	}
	if r.Delivered || !strings.Contains(r.ID, "OK") {
		t.Errorf("receipt: got %+v, want the server's words and not yet delivered", r)
	}
	m, err := mail.ReadMessage(strings.NewReader(p.mails[0]))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"Message-Id": "<KEY1@lianxin.example>", "Auto-Submitted": "auto-generated", "To": "<s1@example.org>", "X-Lianxin-Key": "KEY1"} {
		if got := m.Header.Get(name); got != value {
			t.Errorf("%s: got %q, want %q", name, got, value)
		}
	}
	var words = new(mailWords)
	if got := words.decode(t, m.Header.Get("Subject")); got != sample.Subject {
		t.Errorf("subject: got %q, want %q", got, sample.Subject)
	}
	if !strings.HasPrefix(m.Header.Get("Content-Type"), "multipart/alternative") {
		t.Errorf("content type: got %q, want multipart/alternative", m.Header.Get("Content-Type"))
	}
}

func TestWhatAServersAnswerMeans(t *testing.T) {
	code := func(code int, text string) error { return &smtp.SMTPError{Code: code, Message: text} }
	for _, c := range []struct {
		name string
		set  func(p *postOffice)
		want any
	}{
		{"an unknown mailbox is permanent", func(p *postOffice) { p.rcpt = func(string) error { return code(550, "no such user") } }, new(*Permanent)},
		{"greylisting is temporary", func(p *postOffice) { p.rcpt = func(string) error { return code(451, "greylisted") } }, new(*Temporary)},
		{"a message refused after DATA is permanent", func(p *postOffice) { p.data = func(string) error { return code(554, "spam") } }, new(*Permanent)},
		{"a full disk after DATA is temporary", func(p *postOffice) { p.data = func(string) error { return code(452, "full") } }, new(*Temporary)},
		{"a connection dropped after DATA is uncertain", func(p *postOffice) { p.cut = true }, new(*Uncertain)},
		{"no server is down", func(p *postOffice) { p.client.Port = 1 }, new(*Down)},
		{"a server without STARTTLS where it is wanted is down", func(p *postOffice) { p.client.Security = StartTLS }, new(*Down)},
		{"an address that is none is permanent", func(p *postOffice) {}, new(*Permanent)},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPostOffice(t)
			c.set(p)
			m := sample
			if strings.HasPrefix(c.name, "an address") {
				m.To = "nobody"
			}
			_, err := p.client.Send(t.Context(), m)
			if !errors.As(err, c.want) {
				t.Errorf("got %v, want %T", err, c.want)
			}
		})
	}
}

func TestASlowServerIsLeftWhenTheContextEnds(t *testing.T) {
	p := newPostOffice(t)
	release := make(chan struct{})
	p.data = func(string) error { <-release; return nil }
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := p.client.Send(ctx, sample)
	close(release)
	if _, ok := errors.AsType[*Uncertain](err); !ok {
		t.Errorf("got %v, want Uncertain: the server may have it", err)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("took %v, want little more than the context's 200 ms", took)
	}
}

func TestAConversationWithAMoodyServer(t *testing.T) {
	onBothEngines(t, func(t *testing.T, db *sqlx.DB) {
		p := newPostOffice(t)
		slip := &fake{name: "slip", keyed: true}
		o := newOffice(t, db)
		o.worker.Channels = []Channel{p.client, slip}
		for _, who := range []string{"甲", "乙", "丙", "丁"} {
			to := map[string]string{"甲": "ok@example.org", "乙": "gone@example.org", "丙": "grey@example.org", "丁": "cut@example.org"}[who]
			o.people[who] = Person{Addresses: []Address{{"mail", to}, {"slip", who}}}
		}
		seen := map[string]int{}
		p.rcpt = func(to string) error {
			p.mu.Lock()
			defer p.mu.Unlock()
			seen[to]++
			switch {
			case strings.HasPrefix(to, "gone"):
				return &smtp.SMTPError{Code: 550, Message: "no such user"}
			case strings.HasPrefix(to, "grey") && seen[to] == 1:
				return &smtp.SMTPError{Code: 451, Message: "come back later"}
			}
			p.cut = strings.HasPrefix(to, "cut")
			return nil
		}
		o.worker.Parallel = 1
		for _, who := range []string{"甲", "乙", "丙", "丁"} {
			o.enqueue(notice(who, "s", who, "2026-01-05 08:00", ""))
		}
		out := o.run()
		want(t, "handed, failed, retried, uncertain", fmt.Sprint(out.Handed, out.Failed, out.Retried, out.Uncertain), "2 1 1 1")
		want(t, "slips", slip.texts(), []string{"乙: s/乙"})
		o.runAt("2026-01-05 08:02")
		want(t, "states", o.states(), []string{"s/丁 due unknown-outcome", "s/丙 done", "s/乙 done", "s/甲 done"})
		o.runAt("2026-01-06 08:02")
		want(t, "tries of the mail cut off", seen["cut@example.org"], 1)
	})
}
