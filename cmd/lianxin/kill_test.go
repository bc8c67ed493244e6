package main

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// killsEach is how many times each command is killed; LIANXIN_TEST_KILLS raises it.
const killsEach = 5

// TestAKilledCommandLeavesNothingHalfDone kills import, plan and publish with SIGKILL at random instants of their run. The
// database must open, hold what it held before or what it holds after, and a second run must end with the same
// canonical export as one that was never disturbed.
func TestAKilledCommandLeavesNothingHalfDone(t *testing.T) {
	kills := killsEach
	if n, err := strconv.Atoi(os.Getenv("LIANXIN_TEST_KILLS")); err == nil {
		kills = n
	}
	p := newProgram(t, "").start()
	p.run("sample", "--preset", "yima", "--out", "roster")
	files, err := filepath.Glob(filepath.Join(p.dir, "roster", "0*"))
	if err != nil || len(files) < 5 {
		t.Fatalf("got %d roster files (%v)", len(files), err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, step := range []struct {
		name string
		args []string
	}{
		{"import", append([]string{"import"}, files...)},
		{"plan", []string{"plan"}},
		{"publish", []string{"publish"}},
	} {
		t.Run(step.name, func(t *testing.T) {
			p.t = t
			saved := p.save("before-" + step.name)
			before := p.canonical()
			start := time.Now()
			p.run(step.args...)
			took := time.Since(start)
			after := p.canonical()
			if before == after {
				t.Fatal("the command changed nothing")
			}
			outcomes := map[string]int{}
			for range kills {
				p.restore(saved)
				c := p.cmd(step.args...)
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				instant := time.Duration(random.Int64N(int64(took)))
				time.Sleep(instant)
				_ = c.Process.Kill()
				_ = c.Wait()
				switch got := p.canonical(); got {
				case before:
					outcomes["before"]++
				case after:
					outcomes["after"]++
				default:
					t.Errorf("killed after %v of %v: the database is neither as before nor as after", instant, took)
				}
				p.run(step.args...)
				if p.canonical() != after {
					t.Errorf("killed after %v of %v: a second run did not end where an undisturbed one does", instant, took)
				}
			}
			t.Logf("%s takes %v; %d kills: %v", step.name, took.Round(time.Millisecond), kills, outcomes)
		})
	}
}

// canonical is the hash of the canonical export.
func (p *program) canonical() string {
	p.t.Helper()
	return fmt.Sprintf("%x", sha256.Sum256([]byte(p.run("export", "canonical"))))
}

// save copies the SQLite database aside. No process may have it open.
func (p *program) save(name string) string {
	p.t.Helper()
	to := filepath.Join(p.dir, name)
	if err := os.MkdirAll(to, 0o755); err != nil {
		p.t.Fatal(err)
	}
	p.copyDatabase(p.dir, to)
	return to
}

// restore puts a saved database back.
func (p *program) restore(from string) {
	p.t.Helper()
	p.copyDatabase(from, p.dir)
}

func (p *program) copyDatabase(from, to string) {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		name := "lianxin.db" + suffix
		_ = os.Remove(filepath.Join(to, name))
		b, err := os.ReadFile(filepath.Join(from, name))
		if os.IsNotExist(err) {
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), b, 0o644)
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
}
