package notifier

import (
	"context"
	"testing"
	"time"

	"lianxin/migrations/dbtest"
)

// On PostgreSQL a commit wakes the worker at once; when the listener's connections are cut, polling still delivers.
func TestANotificationWakesAndPollingIsTheFallBack(t *testing.T) {
	url := dbtest.Postgres(t)
	db, err := openURL(url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	mail := &fake{name: "mail"}
	o := newOffice(t, db, mail)
	o.worker.Listen, o.worker.Poll = url, time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- o.worker.Run(ctx) }()
	listeners := func() (n int) {
		if err := db.Get(&n, `SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`); err != nil {
			t.Fatal(err)
		}
		return n
	}
	await := func(what string, ok func() bool) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal(what)
			}
		}
	}
	await("nobody listens", func() bool { return listeners() > 0 })
	time.Sleep(100 * time.Millisecond)
	start := time.Now()
	o.enqueue(notice("甲", "s", "r", "2026-01-05 08:00", ""))
	await("not woken, and the poll is an hour away", func() bool { return len(mail.texts()) == 1 })
	t.Logf("commit to hand-over: %v", time.Since(start).Round(time.Millisecond))
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}

	o.worker = &Worker{Ledger: o.Ledger, Channels: []Channel{mail}, Name: "w1", Listen: url, Poll: 100 * time.Millisecond}
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	go func() { done <- o.worker.Run(ctx) }()
	await("nobody listens", func() bool { return listeners() > 0 })
	if _, err := db.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`); err != nil {
		t.Fatal(err)
	}
	o.enqueue(notice("乙", "s", "r", "2026-01-05 08:00", ""))
	await("not polled", func() bool { return len(mail.texts()) == 2 })
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	time.Sleep(listenLeast + 200*time.Millisecond) // lib/pq's own goroutine sleeps that long before it sees that it was closed
}
