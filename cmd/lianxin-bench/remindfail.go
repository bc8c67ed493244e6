package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"lianxin/migrations/dbtest"
	"lianxin/planner"
)

// gate is a port of this machine behind which the server can change, as a county's virtual address does.
type gate struct {
	l      net.Listener
	mu     sync.Mutex
	to     int // port; zero: nobody answers
	conns  map[net.Conn]bool
	closed sync.WaitGroup
}

func newGate(to int) (*gate, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	g := &gate{l: l, to: to, conns: map[net.Conn]bool{}}
	g.closed.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			g.closed.Go(func() { g.serve(c) })
		}
	})
	return g, nil
}

func (g *gate) port() int { return g.l.Addr().(*net.TCPAddr).Port }

func (g *gate) serve(c net.Conn) {
	defer c.Close()
	g.mu.Lock()
	to := g.to
	g.mu.Unlock()
	if to == 0 {
		return
	}
	s, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", to))
	if err != nil {
		return
	}
	defer s.Close()
	g.mu.Lock()
	turned := g.to != to
	if !turned {
		g.conns[c], g.conns[s] = true, true
	}
	g.mu.Unlock()
	if turned { // while we dialled
		return
	}
	done := make(chan struct{}, 2)
	go func() { _, _ = io.Copy(s, c); done <- struct{}{} }()
	go func() { _, _ = io.Copy(c, s); done <- struct{}{} }()
	<-done
	g.mu.Lock()
	delete(g.conns, c)
	delete(g.conns, s)
	g.mu.Unlock()
}

// turn sends new connections to another port and cuts the old ones.
func (g *gate) turn(to int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.to = to
	for c := range g.conns {
		c.Close()
	}
}

func (g *gate) close() {
	g.l.Close()
	g.turn(0)
	g.closed.Wait()
}

// failover runs the reminders while their server is restarted or replaced by its standby.
func (c *remindCmd) failover(ctx context.Context, s *settings) error {
	first, err := dbtest.StartCluster("max_connections=100", "max_wal_senders=10")
	if err != nil {
		return &planner.Error{Kind: planner.Unavailable, Err: err, Say: planner.Text{ZH: "没有 PostgreSQL：apt-get install postgresql", EN: err.Error()}}
	}
	defer first.Remove()
	if _, err := first.Database(ctx, "bench"); err != nil {
		return err
	}
	door, err := newGate(first.Port())
	if err != nil {
		return err
	}
	defer door.close()
	link, err := newGate(first.Port()) // between the server and its standby
	if err != nil {
		return err
	}
	defer link.close()
	var second *dbtest.Cluster
	if c.Failover != "restart" {
		if second, err = first.Standby("standby", link.port()); err != nil {
			return err
		}
		defer second.Remove()
	}
	if c.Failover == "sync" {
		if err := errors.Join(first.Exec("ALTER SYSTEM SET synchronous_standby_names = 'standby'"), first.Exec("SELECT pg_reload_conf()")); err != nil {
			return err
		}
	}
	c.Takeovers = 0
	c.severed = make(chan struct{})
	goOn := sync.OnceFunc(func() { close(c.severed) })
	c.event = func(ctx context.Context, p *providers) error {
		defer goOn()
		for p.count() < c.Reminders/5 && ctx.Err() == nil { // in the middle of the work, however few there are
			time.Sleep(5 * time.Millisecond)
		}
		if c.Failover != "async" {
			goOn()
		}
		switch c.Failover {
		case "restart":
			s.note("the server crashes and is started again after %d reminders", p.count())
			return errors.Join(first.Stop("immediate"), first.Start())
		case "async":
			before := c.committed()
			link.turn(0) // the standby falls behind
			goOn()
			for i := 0; i < 600 && (i < 20 || c.committed() == before) && ctx.Err() == nil; i++ {
				time.Sleep(100 * time.Millisecond) // at least two seconds, and until there is something that it does not know
			}
		}
		s.note("the server dies and its standby takes over after %d reminders", p.count())
		door.turn(0)
		if err := errors.Join(first.Stop("immediate"), second.Promote()); err != nil {
			return err
		}
		if c.Failover == "async" {
			if err := c.recover(ctx, s, p, second.URL("bench")); err != nil {
				return err
			}
		}
		door.turn(second.Port())
		return nil
	}
	rep, err := c.soak(ctx, s, dbtest.URLAt(door.port(), "bench"))
	if err != nil {
		return err
	}
	if s.JSON {
		return errors.Join(s.writeJSON(rep), rep.verdict())
	}
	s.note("doubled at vendors that honour the key %d, at the others %d", rep.DoubledKeyed, rep.Doubled-rep.DoubledKeyed)
	fmt.Fprintln(s.out, rep.line())
	return rep.verdict()
}

// committed is how many reminders have been entered.
func (c *remindCmd) committed() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.entered
}

// recovered is what a standby that was behind did not know of, found and set right by the ledger itself.
type recovered struct {
	Entered  int // reminders whose transaction had committed
	There    int // of these, what the standby has
	Settled  int // messages that the standby would have sent again, and vendors have
	Unknown  int // messages of vendors that no delivery explains
	Doubtful int // deliveries to be looked into before they are sent
}

// recover does what an office does after such a fail-over, before its workers reach the new server: what must be told is entered
// again, vendors that can list their messages do, the rest is looked into.
func (c *remindCmd) recover(ctx context.Context, s *settings, p *providers, url string) (err error) {
	db, err := openLedger(url, true)
	if err != nil {
		return err
	}
	defer db.Close()
	var out recovered
	if err := db.GetContext(ctx, &out.There, `SELECT COUNT(*) FROM notices`); err != nil {
		return err
	}
	out.Entered = c.committed()
	if err := feedAs(ctx, db, 0, out.Entered, share); err != nil { // what is there is not doubled
		return err
	}
	taken := p.keysOf("asked")
	rec, err := c.crew(p, url).order.worker(db).Recover(ctx, taken)
	if err != nil {
		return err
	}
	out.Settled, out.Unknown, out.Doubtful = len(rec.Settled), len(rec.Unknown), len(rec.Doubtful)
	s.note("of %d reminders entered the standby has %d: %d are lost to the ledger and entered again", out.Entered, out.There, out.Entered-out.There)
	s.note("of %d messages at vendors that list them %d would have been sent again and are settled; %d have no delivery in the ledger", len(taken), out.Settled, out.Unknown)
	s.note("%d deliveries over channels without a key are looked into before they are sent", out.Doubtful)
	return nil
}
