package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// faults are the chances, in 10,000, of what a provider does to a message.
type faults struct {
	Down      int `json:"down,omitempty"`      // 503 before taking it
	Temporary int `json:"temporary,omitempty"` // 500, come back in a minute
	Limited   int `json:"limited,omitempty"`   // 429 with a pause of 100 ms
	CutBefore int `json:"cut_before,omitempty"`
	CutAfter  int `json:"cut_after,omitempty"` // the connection is cut after the message was taken
	Slow      int `json:"slow,omitempty"`      // 50 ms
}

// took is a message as its provider has it.
type took struct {
	Channel, Key string
	First, Last  time.Time
	Times        int // hand-overs under the key
}

// providers are mock vendors, real servers on loopback: HTTP under one path each, and one mail server. They count what they
// took by key and by reminder; what the ledger says does not enter.
type providers struct {
	web    *http.Server
	post   *smtp.Server
	base   string
	mail   int // port
	doors  []net.Listener
	closed sync.WaitGroup
	delay  map[string]time.Duration // of a channel, before it takes a message
	dead   map[string]bool          // channels that answer nothing
	chance faults
	keep   bool // note when each message came, for budgets and lateness

	mu     sync.Mutex
	random *rand.Rand
	keys   map[string]*took
	twice  []double
	byKey  []bool  // whether the reminder went over a vendor that honours keys
	times  []uint8 // of each reminder: messages taken that carry it, one key counted once where keys are honoured
	handed int     // reminders taken at least once
	came   map[string][]time.Time
	late   []time.Duration // of each message since the instant due
	due    time.Time       // of the first reminder
	every  time.Duration   // between the due instants of two reminders
	last   time.Time       // when the last reminder came for the first time
}

// double is a reminder that came again.
type double struct {
	Reminder     int
	Channel, Key string
	First, Again time.Time // of the key
}

// honours says whether a mock vendor delivers one key once.
func honours(channel string) bool { return strings.HasPrefix(channel, "keyed") }

func startProviders(reminders int, seed uint64, chance faults) (*providers, error) {
	p := &providers{chance: chance, random: rand.New(rand.NewPCG(seed, 7)), keys: map[string]*took{}, times: make([]uint8, reminders), byKey: make([]bool, reminders),
		came: map[string][]time.Time{}, delay: map[string]time.Duration{}, dead: map[string]bool{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p.base = "http://" + l.Addr().String()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{channel}/send", p.send)
	mux.HandleFunc("GET /{channel}/asked", p.asked)
	p.web = &http.Server{Handler: mux, ErrorLog: quiet()}
	p.doors = append(p.doors, l)
	p.closed.Go(func() { _ = p.web.Serve(l) })
	m, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		p.close()
		return nil, err
	}
	p.mail = m.Addr().(*net.TCPAddr).Port
	p.post = smtp.NewServer(p)
	p.post.Domain, p.post.ErrorLog = "mock.example", quiet()
	p.doors = append(p.doors, m)
	p.closed.Go(func() { _ = p.post.Serve(m) })
	return p, nil
}

func (p *providers) close() {
	for _, l := range p.doors { // a server that has not begun to serve does not know its listener yet
		l.Close()
	}
	_ = p.web.Close()
	if p.post != nil {
		_ = p.post.Close()
	}
	p.closed.Wait()
}

// fate draws what befalls the next message.
func (p *providers) fate() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.random.IntN(10000)
	for _, f := range []struct {
		name string
		n    int
	}{{"down", p.chance.Down}, {"temporary", p.chance.Temporary}, {"limited", p.chance.Limited}, {"cut-before", p.chance.CutBefore},
		{"cut-after", p.chance.CutAfter}, {"slow", p.chance.Slow}} {
		if n -= f.n; n < 0 {
			return f.name
		}
	}
	return ""
}

// take counts a message.
func (p *providers) take(channel, key, text string) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.keep {
		p.came[channel] = append(p.came[channel], now)
	}
	k := p.keys[key]
	if k == nil {
		k = &took{Channel: channel, Key: key, First: now}
		p.keys[key] = k
	}
	k.Last = now
	k.Times++
	if k.Times > 1 && honours(channel) {
		return
	}
	for subject := range strings.FieldsSeq(text) {
		n, err := strconv.Atoi(strings.TrimPrefix(subject, "r"))
		if err != nil || n < 0 || n >= len(p.times) {
			continue // a reminder of the take-over rounds
		}
		if p.times[n] == 0 {
			p.handed++
			p.last = now
			if p.keep {
				p.late = append(p.late, now.Sub(p.due.Add(p.every*time.Duration(n))))
			}
		}
		if p.times[n] > 0 {
			p.twice = append(p.twice, double{n, channel, key, k.First, now})
		}
		p.byKey[n] = p.byKey[n] || honours(channel)
		if p.times[n] < 255 {
			p.times[n]++
		}
	}
}

// slow makes a vendor think that long about each message.
func (p *providers) slow(channel string, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay[channel] = d
}

func (p *providers) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.handed
}

// has reports when the key was taken first.
func (p *providers) has(key string) (took, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k := p.keys[key]; k != nil {
		return *k, true
	}
	return took{}, false
}

// keysOf lists what a vendor took.
func (p *providers) keysOf(channel string) (keys []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for k, t := range p.keys {
		if t.Channel == channel {
			keys = append(keys, k)
		}
	}
	return keys
}

func (p *providers) send(w http.ResponseWriter, r *http.Request) {
	channel := r.PathValue("channel")
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	p.mu.Lock()
	dead, delay := p.dead[channel], p.delay[channel]
	p.mu.Unlock()
	if dead {
		http.Error(w, "out of order", http.StatusServiceUnavailable)
		return
	}
	time.Sleep(delay)
	fate := p.fate()
	switch fate {
	case "down":
		http.Error(w, "out of order", http.StatusServiceUnavailable)
		return
	case "temporary":
		http.Error(w, "later", http.StatusInternalServerError)
		return
	case "limited":
		w.Header().Set("Retry-After-Ms", "100")
		http.Error(w, "too fast", http.StatusTooManyRequests)
		return
	case "cut-before":
		panic(http.ErrAbortHandler)
	case "slow":
		time.Sleep(50 * time.Millisecond)
	}
	p.take(channel, r.Header.Get("X-Key"), string(body))
	if fate == "cut-after" {
		panic(http.ErrAbortHandler)
	}
	fmt.Fprint(w, "ok "+r.Header.Get("X-Key"))
}

func (p *providers) asked(w http.ResponseWriter, r *http.Request) {
	if _, ok := p.has(r.URL.Query().Get("key")); !ok {
		http.NotFound(w, r)
	}
}

// NewSession begins a conversation with the mail server.
func (p *providers) NewSession(c *smtp.Conn) (smtp.Session, error) { return &mailSession{p, c}, nil }

type mailSession struct {
	p    *providers
	conn *smtp.Conn
}

func (s *mailSession) Reset()                               {}
func (s *mailSession) Logout() error                        { return nil }
func (s *mailSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *mailSession) Rcpt(string, *smtp.RcptOptions) error { return nil }

func (s *mailSession) Data(r io.Reader) error {
	key, text, err := readMail(r)
	if err != nil {
		return err
	}
	fate := s.p.fate()
	switch fate {
	case "temporary":
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted"}
	case "cut-before":
		s.conn.Conn().Close()
		return errors.New("cut")
	}
	s.p.take("mail", key, text)
	if fate == "cut-after" {
		s.conn.Conn().Close()
		return errors.New("cut")
	}
	return nil
}

// readMail finds the key and the reminders, which stand in a line of their own.
func readMail(r io.Reader) (key, text string, err error) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := lines.Text()
		if k, ok := strings.CutPrefix(line, "X-Lianxin-Key: "); ok {
			key = k
		}
		if strings.HasPrefix(line, "r") && !strings.Contains(line, ":") {
			text += line + " "
		}
	}
	if key == "" && lines.Err() == nil {
		return "", "", errors.New("a mail without a key")
	}
	return key, text, lines.Err()
}

// tally is what the vendors counted.
type tally struct {
	Handed, Missing, Doubled int
	DoubledKeyed             int // of Doubled, at vendors that honour the key
}

func (p *providers) tally() (t tally, missing []int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, n := range p.times {
		switch {
		case n == 0:
			t.Missing++
			missing = append(missing, i)
		case n > 1:
			t.Doubled++
			t.Handed++
			if p.byKey[i] {
				t.DoubledKeyed++
			}
		default:
			t.Handed++
		}
	}
	return t, missing
}
