package notifier

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"lianxin/planner/civil"
)

var (
	oldestDue = query(`
SELECT due_at FROM notices WHERE state IN ('scheduled', 'due') AND (state = 'due' OR next_at <= ?) ORDER BY due_at LIMIT 1`, onBoth)

	countNotices = query(`SELECT state, COUNT(*) FROM notices GROUP BY state ORDER BY state`, onBoth)

	freeBudget = query(`
SELECT budget, COUNT(*), SUM(CASE WHEN worker IS NULL THEN 0 ELSE 1 END) FROM notifier_permits GROUP BY budget ORDER BY budget`, onBoth)
)

// WriteMetrics writes the ledger's figures, and the channels' health in this process, as Prometheus reads them (text format
// 0.0.4). It is written by hand: client_golang would add 2.5 MB to the program for these few lines. If the database is away
// it says so in lianxin_notifier_database_up and writes what this process knows by itself.
func (l *Ledger) WriteMetrics(ctx context.Context, to io.Writer, channels []Health) error {
	var figures bytes.Buffer
	up := 1
	if err := l.writeFigures(ctx, &figures); err != nil {
		l.logger().Error("metrics without the ledger's figures", "error", err)
		up = 0
		figures.Reset()
	}
	b := bufio.NewWriter(to)
	head(b, "lianxin_notifier_database_up", "gauge", "1 if the ledger could be read")
	fmt.Fprintf(b, "lianxin_notifier_database_up %d\n", up)
	head(b, "lianxin_notifier_breaker", "gauge", "1 for the state of a channel's breaker in this process")
	for _, h := range channels {
		for _, state := range breakerStates {
			fmt.Fprintf(b, "lianxin_notifier_breaker{channel=\"%s\",state=%q} %d\n", label(h.Channel), string(state), one(state == h.State))
		}
	}
	head(b, "lianxin_notifier_failures_in_a_row", "gauge", "failures that speak against a channel's provider, in this process")
	for _, h := range channels {
		fmt.Fprintf(b, "lianxin_notifier_failures_in_a_row{channel=\"%s\"} %d\n", label(h.Channel), h.Failures)
	}
	if _, err := figures.WriteTo(b); err != nil {
		return err
	}
	return b.Flush()
}

var breakerStates = []BreakerState{BreakerClosed, BreakerHalfOpen, BreakerOpen, BreakerResting}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// writeFigures writes what the ledger knows.
func (l *Ledger) writeFigures(ctx context.Context, b io.Writer) error {
	now := l.Now()
	var due []civil.Instant
	if err := l.DB.SelectContext(ctx, &due, l.DB.Rebind(oldestDue), civil.At(now)); err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	age := 0.0
	if len(due) > 0 {
		age = max(now.Sub(due[0].Time).Seconds(), 0)
	}
	head(b, "lianxin_notifier_oldest_due_seconds", "gauge", "age of the oldest notice that is due and not done")
	fmt.Fprintf(b, "lianxin_notifier_oldest_due_seconds %g\n", age)

	head(b, "lianxin_notifier_notices", "gauge", "notices in the ledger by state")
	if err := l.countRows(ctx, countNotices, func(state string, n, _ int) {
		fmt.Fprintf(b, "lianxin_notifier_notices{state=%q} %d\n", state, n)
	}); err != nil {
		return err
	}
	counts, err := Counts(ctx, l.DB)
	if err != nil {
		return err
	}
	head(b, "lianxin_notifier_deliveries", "gauge", "deliveries in the ledger by channel and state; handed and delivered only grow, their rate is the channel's")
	for _, c := range counts {
		fmt.Fprintf(b, "lianxin_notifier_deliveries{channel=\"%s\",state=%q} %d\n", label(c.Channel), string(c.State), c.N)
	}
	head(b, "lianxin_notifier_budget_in_hand", "gauge", "permits of a provider's budget that are in a worker's hand")
	if err := l.countRows(ctx, freeBudget, func(budget string, _, n int) {
		fmt.Fprintf(b, "lianxin_notifier_budget_in_hand{budget=\"%s\"} %d\n", label(budget), n)
	}); err != nil {
		return err
	}
	workers, err := Workers(ctx, l.DB)
	if err != nil {
		return err
	}
	head(b, "lianxin_notifier_worker_beat_age_seconds", "gauge", "time since the last heartbeat of each process that sends")
	for _, w := range workers {
		if w.Alive {
			fmt.Fprintf(b, "lianxin_notifier_worker_beat_age_seconds{worker=\"%s\"} %g\n", label(w.Name), max(now.Sub(w.BeatAt).Seconds(), 0))
		}
	}
	head(b, "lianxin_notifier_worker_breaker", "gauge", "1 for the state of a channel's breaker in each process that sends, by its last heartbeat")
	for _, w := range workers {
		for _, h := range w.Channels {
			for _, state := range breakerStates {
				if w.Alive {
					fmt.Fprintf(b, "lianxin_notifier_worker_breaker{worker=\"%s\",channel=\"%s\",state=%q} %d\n", label(w.Name), label(h.Channel), string(state), one(state == h.State))
				}
			}
		}
	}
	return nil
}

// countRows runs a statement of a name and one or two numbers.
func (l *Ledger) countRows(ctx context.Context, statement string, row func(name string, n, m int)) error {
	rows, err := l.DB.QueryxContext(ctx, statement)
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	for rows.Next() {
		var name string
		var n, m int
		to := []any{&name, &n, &m}
		if err := rows.Scan(to[:len(columns)]...); err != nil {
			return fmt.Errorf("metrics: %w", err)
		}
		row(name, n, m)
	}
	return rows.Err()
}

func head(b io.Writer, name, kind, help string) {
	fmt.Fprintf(b, "# HELP %s %s\n# TYPE %[1]s %[3]s\n", name, help, kind)
}

// label escapes a label's value as the format wants it.
func label(s string) string { return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) }
