package pipeline

import (
	"context"
	"sync"

	"lianxin/planner"
	"lianxin/planner/store"
)

// besideRead reads the visits of a year on a second connection while the first reads all else: of a large county they are most of what a
// laying reads. Both see the same, or it does not count: the second looks whether events or visits were written since the first began.
type besideRead struct {
	began, done chan struct{}
	stop        context.CancelFunc
	visits      []planner.Visit
	sound       bool
}

// beside makes such readings for one reader.
func (a *App) beside(ctx context.Context, p planner.Principal) func(store.Mark, store.VisitFilter) *besideRead {
	return func(mark store.Mark, wish store.VisitFilter) *besideRead { return a.readBeside(ctx, p, mark, wish) }
}

func (a *App) readBeside(ctx context.Context, p planner.Principal, mark store.Mark, wish store.VisitFilter) *besideRead {
	b := &besideRead{began: make(chan struct{}), done: make(chan struct{})}
	ctx, b.stop = context.WithCancel(ctx)
	begin := sync.OnceFunc(func() { close(b.began) })
	go func() {
		defer close(b.done)
		err := a.DB.Read(ctx, p, func(tx *store.Tx) error {
			begin()
			changed, _, err := tx.SinceDays(mark)
			if err != nil || changed {
				return err
			}
			b.visits, err = tx.Visits(wish)
			b.sound = err == nil
			return err
		})
		b.sound = b.sound && err == nil
	}()
	return b
}

// take returns the visits; ok is false if they must be read after all: something was written meanwhile, or there was no connection to
// spare, for which nobody waits who holds one.
func (b *besideRead) take() (vs []planner.Visit, ok bool) {
	select {
	case <-b.began:
	default:
		b.stop()
	}
	<-b.done
	b.stop()
	return b.visits, b.sound
}
