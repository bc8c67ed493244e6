package notifier

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"lianxin/planner/civil"
)

// Health is how a channel does in this process.
type Health struct {
	Channel string
	State   BreakerState
}

// Health lists the worker's channels in their order.
func (w *Worker) Health() []Health {
	var out []Health
	for _, c := range w.Channels {
		out = append(out, Health{c.Name(), w.lane(c).breaker.state()})
	}
	return out
}

var (
	oldestDue = query(`
SELECT due_at FROM notices WHERE state IN ('scheduled', 'due') AND (state = 'due' OR next_at <= ?) ORDER BY due_at LIMIT 1`, onBoth)

	countNotices = query(`SELECT state, COUNT(*) FROM notices GROUP BY state ORDER BY state`, onBoth)

	freeBudget = query(`
SELECT budget, COUNT(*), SUM(CASE WHEN worker IS NULL THEN 0 ELSE 1 END) FROM notifier_permits GROUP BY budget ORDER BY budget`, onBoth)
)

// WriteMetrics writes the ledger's figures, and the channels' health in this process, as Prometheus reads them (text format
// 0.0.4). It is written by hand: client_golang would add 2.5 MB to the program for these few lines.
func (l *Ledger) WriteMetrics(ctx context.Context, to io.Writer, channels []Health) error {
	b := bufio.NewWriter(to)
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
	head(b, "lianxin_notifier_breaker", "gauge", "1 for the state of a channel's breaker in this process")
	for _, h := range channels {
		for _, state := range []BreakerState{BreakerClosed, BreakerHalfOpen, BreakerOpen, BreakerResting} {
			is := 0
			if state == h.State {
				is = 1
			}
			fmt.Fprintf(b, "lianxin_notifier_breaker{channel=\"%s\",state=%q} %d\n", label(h.Channel), string(state), is)
		}
	}
	return b.Flush()
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

func head(b *bufio.Writer, name, kind, help string) {
	fmt.Fprintf(b, "# HELP %s %s\n# TYPE %[1]s %[3]s\n", name, help, kind)
}

// label escapes a label's value as the format wants it.
func label(s string) string { return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) }
