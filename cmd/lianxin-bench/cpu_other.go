//go:build !unix

package main

import (
	"os"
	"time"
)

// cpuTime is not known on this system.
func cpuTime() time.Duration { return 0 }

// peakOf is not known on this system.
func peakOf(*os.ProcessState) int64 { return 0 }
