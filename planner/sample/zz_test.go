package sample

import (
	"fmt"
	"os"
	"testing"
	"time"

	"lianxin/planner"
)

func TestZZ(t *testing.T) {
	os.MkdirAll(os.Getenv("OUT"), 0o755)
	t0 := time.Now()
	var last time.Duration
	r, err := Write(t.Context(), Options{Preset: os.Getenv("PRESET"), Seed: 1, Dir: os.Getenv("OUT"), Progress: func(s planner.Text, d, n int) { if d == n { fmt.Println(s.EN, time.Since(t0)); last = time.Since(t0) } }})
	fmt.Println(err, time.Since(t0), last, r.Counts)
	b, _ := os.ReadFile("/proc/self/status")
	for _, l := range []byte(b) { _ = l }
	fmt.Println(string(b)[:0])
}
