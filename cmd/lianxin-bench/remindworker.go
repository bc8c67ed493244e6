package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jmoiron/sqlx"
	_ "modernc.org/sqlite" // the driver "sqlite"; "postgres" comes with notifier

	"lianxin/notifier"
)

// lineSpec is one channel of the bench.
type lineSpec struct {
	Name   string           `json:"name"` // begins with keyed, asked, plain or mail
	Limits []notifier.Limit `json:"limits,omitempty"`
}

// order is what a worker process is told. It gets it in the environment, so that the operating system's kill is all that
// stands between it and its end.
type order struct {
	URL      string     `json:"url"`
	Name     string     `json:"name"`
	Base     string     `json:"base"` // of the mock vendors
	Mail     int        `json:"mail"`
	Lines    []lineSpec `json:"lines"`
	Oath     *oath      `json:"oath,omitempty"` // where it kills itself; standard input may name another place later
	Timeout  int        `json:"timeout_ms,omitempty"`
	Parallel int        `json:"parallel,omitempty"`
	Full     bool       `json:"full,omitempty"` // synchronous = FULL on SQLite
	Feed     *batch     `json:"feed,omitempty"` // what a peer's program is to enter
}

const orderEnv = "LIANXIN_BENCH_WORKER"

// remindWorkerCmd is one worker of the bench, started by reminders.
type remindWorkerCmd struct{}

// Run works until standard input ends: with its parent.
func (remindWorkerCmd) Run(ctx context.Context) error {
	var o order
	if err := json.Unmarshal([]byte(os.Getenv(orderEnv)), &o); err != nil {
		return fmt.Errorf("order of the worker: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	oaths := new(atomic.Pointer[vow])
	oaths.Store(o.Oath.vow())
	go func() {
		defer cancel()
		lines := json.NewDecoder(os.Stdin)
		for {
			var next oath
			if lines.Decode(&next) != nil { // the end
				return
			}
			oaths.Store(next.vow())
		}
	}()
	db, err := openLedger(o.URL, o.Full)
	if err != nil {
		return err
	}
	defer db.Close()
	w := o.worker(db)
	w.Trace = func(step string) {
		if v := oaths.Load(); v != nil && step == v.step && v.left.Add(-1) == 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // until the signal lands
		}
	}
	return w.Run(ctx)
}

// vow is an oath with how often its boundary is still to be passed.
type vow struct {
	step string
	left atomic.Int64
}

func (o *oath) vow() *vow {
	if o == nil {
		return nil
	}
	v := &vow{step: o.Step}
	v.left.Store(o.Nth)
	return v
}

func (o order) worker(db *sqlx.DB) *notifier.Worker {
	w := &notifier.Worker{Ledger: benchLedger(db), Name: o.Name, Poll: time.Second, Parallel: o.Parallel,
		Timeout: time.Duration(o.Timeout) * time.Millisecond}
	if strings.HasPrefix(o.URL, "postgres") {
		w.Listen = o.URL
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	for _, s := range o.Lines {
		h := httpLine{spec: s, base: o.Base + "/" + s.Name, client: client}
		switch {
		case strings.HasPrefix(s.Name, "mail"):
			w.Channels = append(w.Channels, notifier.SMTP{Label: s.Name, Host: "127.0.0.1", Port: o.Mail, From: "bench@lianxin.example",
				Domain: "lianxin.example", Security: notifier.PlainText, Timeout: 5 * time.Second})
		case strings.HasPrefix(s.Name, "asked"):
			w.Channels = append(w.Channels, askedLine{h})
		default:
			w.Channels = append(w.Channels, h)
		}
	}
	return w
}

// benchLedger names recipients after their channel: keyed1-0000123.
func benchLedger(db *sqlx.DB) *notifier.Ledger {
	l := &notifier.Ledger{DB: db, Zone: time.FixedZone("CST", 8*3600), Now: time.Now,
		Find: func(_ context.Context, rs []string) (map[string]notifier.Person, error) {
			people := make(map[string]notifier.Person, len(rs))
			for _, r := range rs {
				channel, _, _ := strings.Cut(r, "-")
				to := r
				if strings.HasPrefix(channel, "mail") {
					to += "@example.org"
				}
				people[r] = notifier.Person{Addresses: []notifier.Address{{Channel: channel, To: to}}}
			}
			return people, nil
		},
		Render: func(_ string, ns []notifier.Notice) (notifier.Content, error) {
			var b strings.Builder
			for _, n := range ns {
				b.WriteString(n.Subject + "\n")
			}
			return notifier.Content{Subject: "提醒", Text: b.String()}, nil
		}}
	if os.Getenv("LIANXIN_BENCH_LOG") != "" {
		l.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	return l
}

// httpLine is a vendor over HTTP: keyed ones honour the key, plain ones do not.
type httpLine struct {
	spec   lineSpec
	base   string
	client *http.Client
}

func (h httpLine) Name() string             { return h.spec.Name }
func (h httpLine) TakesKey() bool           { return honours(h.spec.Name) }
func (h httpLine) Limits() []notifier.Limit { return h.spec.Limits }

func (h httpLine) Send(ctx context.Context, m notifier.Message) (notifier.Receipt, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.base+"/send", bytes.NewReader([]byte(m.Text)))
	if err != nil {
		return notifier.Receipt{}, &notifier.Permanent{Err: err}
	}
	req.GetBody = nil // the client must not send twice by itself
	req.Header.Set("X-Key", m.Key)
	res, err := h.client.Do(req)
	if err != nil {
		if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "dial" {
			return notifier.Receipt{}, &notifier.Down{Err: err}
		}
		return notifier.Receipt{}, &notifier.Uncertain{Err: err}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	switch {
	case res.StatusCode == http.StatusOK && err == nil:
		return notifier.Receipt{ID: string(body)}, nil
	case res.StatusCode == http.StatusOK:
		return notifier.Receipt{}, &notifier.Uncertain{Err: err}
	case res.StatusCode == http.StatusTooManyRequests:
		ms, _ := strconv.Atoi(res.Header.Get("Retry-After-Ms"))
		return notifier.Receipt{}, &notifier.RateLimited{RetryAfter: time.Duration(ms) * time.Millisecond}
	case res.StatusCode == http.StatusServiceUnavailable:
		return notifier.Receipt{}, &notifier.Down{Err: errors.New(res.Status)}
	case res.StatusCode >= 500:
		return notifier.Receipt{}, &notifier.Temporary{Err: errors.New(res.Status)}
	}
	return notifier.Receipt{}, &notifier.Permanent{Err: errors.New(res.Status)}
}

// askedLine is a vendor that takes no key but can be asked later.
type askedLine struct{ httpLine }

func (a askedLine) Lookup(ctx context.Context, key string) (notifier.Receipt, bool, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.base+"/asked?key="+url.QueryEscape(key), nil)
	if err != nil {
		return notifier.Receipt{}, false, err
	}
	res, err := a.client.Do(req)
	if err != nil {
		return notifier.Receipt{}, false, err
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
		return notifier.Receipt{ID: "asked " + key}, true, nil
	case http.StatusNotFound:
		return notifier.Receipt{}, false, nil
	}
	return notifier.Receipt{}, false, errors.New(res.Status)
}

// openLedger opens the database as planner/store does.
func openLedger(u string, full bool) (*sqlx.DB, error) {
	if path, ok := strings.CutPrefix(u, "sqlite:"); ok {
		mode := "NORMAL"
		if full {
			mode = "FULL"
		}
		db, err := sqlx.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)&_pragma=synchronous("+mode+")"+
			"&_pragma=foreign_keys(1)&_pragma=cache_size(-65536)&_txlock=immediate&_time_format=sqlite&_timezone=UTC")
		if err == nil {
			db.SetMaxOpenConns(1)
		}
		return db, err
	}
	db, err := sqlx.Open("postgres", u)
	if err == nil {
		db.SetMaxOpenConns(12)
		db.SetMaxIdleConns(12)
	}
	return db, err
}

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
