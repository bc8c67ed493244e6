package notifier

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// On PostgreSQL a transaction that makes work says so when it commits (NOTIFY), and workers of all processes wake at once.
// A notification may be lost, with its connection or because nobody listened: Poll finds the work then.
const (
	wakeTopic = "lianxin_notifier"
	wakeSweep = "sweep" // notices are due
	wakeSend  = "send"  // deliveries are ready

	listenLeast = time.Second      // pause before a listener whose connection was cut connects anew
	listenMost  = 30 * time.Second // and at most
	listenCheck = time.Minute      // how often a silent connection is tried
)

var notifyWorkers = query(`SELECT pg_notify('`+wakeTopic+`', ?)`, onPostgres)

// wakeWorkers tells the workers when the transaction commits. SQLite has nobody to tell: its workers are in this process.
func wakeWorkers(ctx context.Context, tx *sqlx.Tx, what string) error {
	if !isPostgres(tx.DriverName()) {
		return nil
	}
	if _, err := tx.ExecContext(ctx, tx.Rebind(notifyWorkers), what); err != nil {
		return fmt.Errorf("wake the workers: %w", err)
	}
	return nil
}

// listen calls sweep and send when the database says that there is such work, until ctx ends.
func (w *Worker) listen(ctx context.Context, sweep, send func()) {
	if w.Listen == "" || !isPostgres(w.Ledger.DB.DriverName()) {
		return
	}
	log := w.Ledger.logger()
	l := pq.NewListener(w.Listen, listenLeast, listenMost, func(_ pq.ListenerEventType, err error) {
		if err != nil && ctx.Err() == nil {
			log.Warn("not listening; the worker polls meanwhile", "worker", w.Name, "error", err)
		}
	})
	defer l.Close()
	ready := make(chan error, 1) // Listen waits for the first connection, which may not come
	go func() { ready <- l.Listen(wakeTopic) }()
	select {
	case <-ctx.Done():
		l.Close()
		<-ready
		return
	case err := <-ready:
		if err != nil {
			log.Error("cannot listen; the worker polls", "worker", w.Name, "error", err)
		}
	}
	for {
		select {
		case <-ctx.Done():
			return
		case n := <-l.Notify:
			if n == nil || n.Extra == wakeSweep { // nil: connected anew, anything may have been missed
				sweep()
			}
			if n == nil || n.Extra == wakeSend {
				send()
			}
		case <-time.After(listenCheck):
			if err := l.Ping(); err != nil {
				log.Warn("the listener's connection is dead", "worker", w.Name, "error", err)
			}
		}
	}
}
