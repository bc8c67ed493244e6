package pairing

import (
	"context"
	"syscall"
	"time"

	"lianxin/planner"
)

// CPU is the processor time of the process.
func CPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// SolveUnits is the tier of units alone.
func SolveUnits(in Input) ([]planner.Link, *planner.Certificate, error) {
	links, cert, _, err := solveUnits(context.Background(), in, false)
	return links, cert, err
}
