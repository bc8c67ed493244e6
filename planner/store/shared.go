package store

import (
	"errors"
	"runtime"
	"sync"
)

// sharedFrom is how many rows are worth being shared among processors.
const sharedFrom = 1000

// shares is into how many parts [shared] divides n rows.
func shares(n int) int {
	if n < sharedFrom {
		return 1
	}
	return runtime.GOMAXPROCS(0)
}

// shared calls part(k, from, to) for consecutive parts of n rows, side by side if there are many. The parts must not write anything that
// another reads.
func shared(n int, part func(k, from, to int) error) error {
	parts := shares(n)
	if parts == 1 {
		return part(0, 0, n)
	}
	errs := make([]error, parts)
	var wg sync.WaitGroup
	for k := range parts {
		wg.Go(func() { errs[k] = part(k, k*n/parts, (k+1)*n/parts) })
	}
	wg.Wait()
	return errors.Join(errs...)
}
