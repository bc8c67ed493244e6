package notifier

import (
	"bytes"
	"context"
	cryptorand "crypto/rand"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"lianxin/migrations/dbtest"
)

// The kill test starts this test program as a worker, kills it with SIGKILL at a step of its work or at a random
// moment, starts it again, and at the end counts what the provider took, not what the ledger says.
const (
	workerEnv  = "LIANXIN_TEST_WORKER"      // the worker's name
	urlEnv     = "LIANXIN_TEST_WORKER_DB"   //
	dirEnv     = "LIANXIN_TEST_WORKER_DIR"  // of the provider
	stepEnv    = "LIANXIN_TEST_WORKER_STEP" // "committing 3": die the third time that step is reached; empty: never by itself
	deadEnv    = "LIANXIN_TEST_WORKER_DEAD" // when others are taken for dead
	lineFormat = "%s\t%s\n"
)

// line is a provider without keys: each hand-over appends a line to a file, and nothing can be asked later.
type line struct{ path string }

func (l line) Name() string   { return "line" }
func (l line) TakesKey() bool { return false }
func (l line) Send(_ context.Context, m Message) (Receipt, error) {
	f, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return Receipt{}, &Temporary{err}
	}
	defer f.Close()
	if _, err := fmt.Fprintf(f, lineFormat, m.Key, m.Text); err != nil {
		return Receipt{}, &Uncertain{err}
	}
	return Receipt{ID: "line"}, nil
}

func providers(dir string) []Channel {
	return []Channel{File{Dir: filepath.Join(dir, "file")}, line{filepath.Join(dir, "line")}}
}

// crowd is the ledger of the kill test: the recipient's last digit chooses the channel, and a text lists its notices.
func crowd(db *sqlx.DB) *Ledger {
	return &Ledger{DB: db, Zone: shanghai, Now: func() time.Time { return at("2026-01-05 09:00") },
		Find: func(_ context.Context, rs []string) (map[string]Person, error) {
			people := map[string]Person{}
			for _, r := range rs {
				channel := "file"
				if (r[len(r)-1]-'0')%2 == 1 {
					channel = "line"
				}
				people[r] = Person{Addresses: []Address{{channel, r}}}
			}
			return people, nil
		},
		Render: func(_ string, ns []Notice) (Content, error) {
			var subjects []string
			for _, n := range ns {
				subjects = append(subjects, n.Subject)
			}
			return Content{Subject: "s", Text: strings.Join(subjects, " ")}, nil
		}}
}

// killedWorker runs until nothing is due, or until it kills itself at the step it was told.
func killedWorker() int {
	db, err := openURL(os.Getenv(urlEnv))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	step, nth, _ := strings.Cut(os.Getenv(stepEnv), " ")
	left := new(atomic.Int64)
	n, _ := strconv.Atoi(nth)
	left.Store(int64(n))
	w := &Worker{Ledger: crowd(db), Channels: providers(os.Getenv(dirEnv)), Name: os.Getenv(workerEnv), Parallel: 2, beats: 50 * time.Millisecond,
		Trace: func(at string) {
			if at == step && left.Add(-1) == 0 {
				syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {} // until the signal lands
			}
		}}
	if dead, err := time.ParseDuration(os.Getenv(deadEnv)); err == nil {
		w.dead = dead
	}
	if _, err := w.RunOnce(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func workerCommand(t *testing.T, url, dir, name, step string) *exec.Cmd {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.run=^$")
	cmd.Env = append(os.Environ(), workerEnv+"="+name, urlEnv+"="+url, dirEnv+"="+dir, stepEnv+"="+step, deadEnv+"=1s")
	return cmd
}

const (
	killRounds     = 40 // workers started and killed, on each engine
	killRecipients = 4  // new ones in each round
	killNotices    = 3  // for each recipient
)

// roundOf makes a round's notices, each with a subject of its own.
func roundOf(round int) (ns []Notice) {
	for i := range killRecipients {
		who := round*killRecipients + i
		for j := range killNotices {
			ns = append(ns, notice(fmt.Sprintf("甲%04d", who), fmt.Sprintf("s%04d-%d", who, j), "r", "2026-01-05 08:00", ""))
		}
	}
	return ns
}

var killSteps = []string{"registered", "swept", "claimed", "begun", "sent", "recording", "committing", "recorded"}

func TestKilledWorkersLoseAndDoubleNothing(t *testing.T) {
	onEachURL(t, func(t *testing.T, url string, db *sqlx.DB) {
		dir := t.TempDir()
		random := rand.New(rand.NewPCG(1, 2))
		kills := 0
		for round := range killRounds {
			fillLedger(t, db, roundOf(round))
			step := killSteps[round%len(killSteps)] + " " + strconv.Itoa(1+random.IntN(2))
			if round%5 == 4 {
				step = "" // killed from outside, below
			}
			cmd := workerCommand(t, url, dir, "w1", step)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if step == "" {
				time.Sleep(time.Duration(15+random.IntN(60)) * time.Millisecond)
				cmd.Process.Kill()
			}
			err := cmd.Wait()
			if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
				kills++
			} else if err != nil {
				t.Fatalf("round %d: %v: %s", round, err, stderr.String())
			}
		}
		if out, err := workerCommand(t, url, dir, "w1", "").CombinedOutput(); err != nil {
			t.Fatalf("the last worker: %v: %s", err, out)
		}
		t.Logf("%d kills", kills)
		if kills < killRounds*3/4 {
			t.Errorf("only %d of %d workers were killed; the test is too weak", kills, killRounds)
		}
		checkProviders(t, db, dir, killRounds)
	})
}

// Two workers of different names: one is killed in the middle, the other must notice, wait and take over.
func TestAnotherWorkerTakesOverFromAKilledOne(t *testing.T) {
	onEachURL(t, func(t *testing.T, url string, db *sqlx.DB) {
		dir := t.TempDir()
		const rounds = 30
		for round := range rounds {
			fillLedger(t, db, roundOf(round))
		}
		for _, step := range []string{"claimed 1", "begun 2", "committing 1"} {
			workerCommand(t, url, dir, "w-"+step[:4], step).Run()
		}
		var leased int
		if err := db.Get(&leased, `SELECT COUNT(*) FROM deliveries WHERE state = 'leased'`); err != nil || leased == 0 {
			t.Fatalf("leases left by dead workers: got %d, %v, want some", leased, err)
		}
		w := &Worker{Ledger: crowd(db), Channels: providers(dir), Name: "heir", Poll: 50 * time.Millisecond, beats: 100 * time.Millisecond, dead: time.Second}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		start := time.Now()
		go func() { done <- w.Run(ctx) }()
		open := -1
		for open != 0 && time.Since(start) < 20*time.Second {
			time.Sleep(50 * time.Millisecond)
			if err := db.Get(&open, `SELECT COUNT(*) FROM deliveries WHERE state IN ('leased', 'ready')`); err != nil {
				t.Fatal(err)
			}
		}
		took := time.Since(start)
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		t.Logf("taken over in %v with death declared after 1 s", took.Round(10*time.Millisecond))
		if open != 0 || took < time.Second {
			t.Errorf("got %d deliveries still open after %v, want none, and not before the dead were seen still for 1 s", open, took)
		}
		checkProviders(t, db, dir, rounds)
	})
}

func onEachURL(t *testing.T, fn func(t *testing.T, url string, db *sqlx.DB)) {
	dbtest.Each(t, func(t *testing.T, url string) {
		db, err := openURL(url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		fn(t, url, db)
	})
}

func fillLedger(t *testing.T, db *sqlx.DB, ns []Notice) {
	t.Helper()
	tx := db.MustBegin()
	if _, err := Enqueue(t.Context(), tx, at("2026-01-05 07:00"), cryptorand.Text, ns...); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// checkProviders counts at the providers: each notice was taken once, or by none or one if its delivery is uncertain.
func checkProviders(t *testing.T, db *sqlx.DB, dir string, rounds int) {
	t.Helper()
	taken := map[string]int{}
	for _, path := range globFiles(t, filepath.Join(dir, "file")) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, body, _ := strings.Cut(string(b), "\r\n\r\n")
		for _, subject := range strings.Fields(body) {
			taken[subject]++
		}
	}
	f, err := os.Open(filepath.Join(dir, "line"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]int{}
	for l := range strings.Lines(string(b)) {
		key, text, _ := strings.Cut(strings.TrimSpace(l), "\t")
		keys[key]++
		for _, subject := range strings.Fields(text) {
			taken[subject]++
		}
	}
	for key, n := range keys {
		if n > 1 {
			t.Errorf("key %s was handed over %d times without a key to honour", key, n)
		}
	}
	ns, err := Notices(t.Context(), db, Filter{Limit: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	lost, doubled, uncertain := 0, 0, 0
	for _, n := range ns {
		switch {
		case taken[n.Subject] > 1:
			doubled++
		case n.State == NoticeDue && n.Why == whyUnknown || n.State == NoticeDue && isUncertain(t, db, n.ID):
			uncertain++
		case taken[n.Subject] == 0 || n.State != NoticeDone:
			lost++
			t.Logf("%s: taken %d times, %s %s", n.Subject, taken[n.Subject], n.State, n.Why)
		}
	}
	t.Logf("due %d handed %d lost %d doubled %d uncertain %d", len(ns), len(taken), lost, doubled, uncertain)
	if want := rounds * killRecipients * killNotices; lost+doubled > 0 || len(ns) != want {
		t.Errorf("due %d lost %d doubled %d, want %d, 0, 0", len(ns), lost, doubled, want)
	}
}

func isUncertain(t *testing.T, db *sqlx.DB, notice string) bool {
	t.Helper()
	var states []string
	err := db.Select(&states, db.Rebind(`SELECT d.state FROM deliveries AS d JOIN delivery_notices AS x ON x.delivery = d.id WHERE x.notice = ?`), notice)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Contains(states, string(DeliveryUncertain))
}

func globFiles(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}
