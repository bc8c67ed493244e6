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
	g.conns[c], g.conns[s] = true, true
	g.mu.Unlock()
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
	c.event = func(ctx context.Context, p *providers) error {
		switch c.Failover {
		case "restart":
			s.note("the server crashes and is started again after %d reminders", p.count())
			return errors.Join(first.Stop("immediate"), first.Start())
		case "async":
			link.turn(0) // the standby falls behind
			time.Sleep(2 * time.Second)
		}
		s.note("the server dies and its standby takes over after %d reminders", p.count())
		door.turn(0)
		if err := errors.Join(first.Stop("immediate"), second.Promote()); err != nil {
			return err
		}
		if c.Failover == "async" {
			if err := c.reconcile(ctx, s, p, second.URL("bench")); err != nil {
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
	fmt.Fprintln(s.out, rep.line())
	if c.Failover == "async" {
		return nil // what was lost and may be doubled is listed above
	}
	return rep.verdict()
}

// reconcile lists what a standby that was behind does not know of: entered reminders, and messages at the vendors.
func (c *remindCmd) reconcile(ctx context.Context, s *settings, p *providers, url string) error {
	db, err := openLedger(url, true)
	if err != nil {
		return err
	}
	defer db.Close()
	p.mu.Lock()
	keys := make([]string, 0, len(p.keys))
	for k := range p.keys {
		keys = append(keys, k)
	}
	p.mu.Unlock()
	out, err := benchLedger(db).Reconcile(ctx, keys)
	if err != nil {
		return err
	}
	var there int
	if err := db.GetContext(ctx, &there, `SELECT COUNT(*) FROM notices`); err != nil {
		return err
	}
	c.mu.Lock()
	entered := c.entered
	c.mu.Unlock()
	s.note("of %d reminders entered the standby has %d: %d are lost to the ledger and entered again", entered, there, entered-there)
	s.note("%d messages at the vendors would have been sent again and are settled by their receipts; %d have no delivery in the ledger and are listed:",
		len(out.Settled), len(out.Unknown))
	for i, k := range out.Unknown {
		if i == 5 {
			s.note("  … %d more", len(out.Unknown)-i)
			break
		}
		t, _ := p.has(k)
		s.note("  %s over %s at %s", k, t.Channel, t.First.Format("15:04:05.000"))
	}
	if entered > there { // who entered them hears from the list and does it again; what is there is not doubled
		return feedAs(ctx, db, 0, entered, share)
	}
	return nil
}
