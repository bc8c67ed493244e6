package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// remindSteps are the boundaries of states at which a worker at work is told to kill itself. A tenth of the workers get the
// boundary before these from the start.
var remindSteps = []string{"swept", "claimed", "begun", "sent", "recording", "committing", "recorded"}

const (
	firstStep = "registered"
	oathHolds = 5 * time.Second // a worker that has not come to its boundary by then is shot
)

// oath is a boundary of states at which a worker kills itself, the Nth time that it comes there from now on.
type oath struct {
	Step string `json:"step"`
	Nth  int64  `json:"nth"`
}

// crew are worker processes, each started again under its own name whenever it dies.
type crew struct {
	order  order    // without name and step
	argv   []string // another program instead of ours (the peer's worker)
	kills  int      // wanted
	random *rand.Rand
	pace   func() float64 // how far the work has come, 0 to 1
	err    io.Writer

	mu     sync.Mutex
	killed int
	bySelf int   // of these, at a boundary
	peak   int64 // bytes of memory that the largest of them took
	live   map[string]*hand
	sworn  map[string]time.Time // workers that will kill themselves, since when
	broken error
}

// hand is a worker process and the pipe by which it is told things.
type hand struct {
	*exec.Cmd
	in io.WriteCloser
}

// credit reports whether a kill is due by now, so that kills spread over the work.
func (c *crew) credit() bool {
	return c.killed < c.kills && float64(c.killed) <= c.pace()*float64(c.kills)/0.9+1
}

// onTrack reports whether that share of the kills has happened, or the crew is gone.
func (c *crew) onTrack(share float64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return float64(c.killed) >= share*float64(c.kills) || c.broken != nil
}

// deaths is how many workers were killed so far.
func (c *crew) deaths() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.killed
}

// run keeps n workers alive and kills them as often as wanted, until ctx ends.
func (c *crew) run(ctx context.Context, n int) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c.live, c.sworn = map[string]*hand{}, map[string]time.Time{}
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if err := c.keep(ctx, fmt.Sprintf("w%d", i)); err != nil && ctx.Err() == nil {
				c.mu.Lock()
				c.broken = errors.Join(c.broken, err)
				c.mu.Unlock()
				cancel()
			}
		})
	}
	for ctx.Err() == nil {
		c.mu.Lock()
		pause := time.Duration(1+c.random.IntN(120)) * time.Millisecond
		c.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-time.After(pause):
			c.shoot()
		}
	}
	wg.Wait()
	return c.broken
}

// shoot kills one worker from outside, if a kill is due, or tells it to die at a boundary of states.
func (c *crew) shoot() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.credit() || len(c.live) == 0 {
		return
	}
	names := make([]string, 0, len(c.live))
	for i := range 64 {
		name := fmt.Sprintf("w%d", i)
		if since, sworn := c.sworn[name]; c.live[name] != nil && (!sworn || time.Since(since) > oathHolds) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return
	}
	name := names[c.random.IntN(len(names))]
	c.peak = max(c.peak, peakOf(c.live[name].Process.Pid))
	if _, sworn := c.sworn[name]; !sworn && c.random.IntN(2) == 0 {
		o := oath{remindSteps[c.random.IntN(len(remindSteps))], int64(1 + c.random.IntN(12))}
		if o.Step == "swept" {
			o.Nth = 1
		}
		if json.NewEncoder(c.live[name].in).Encode(o) == nil {
			c.sworn[name] = time.Now()
			return
		}
	}
	_ = c.live[name].Process.Kill()
}

// keep starts the worker of a name again and again.
func (c *crew) keep(ctx context.Context, name string) error {
	for ctx.Err() == nil {
		o := c.order
		o.Name = name
		c.mu.Lock()
		early := len(c.argv) == 0 && c.killed < c.kills && c.random.IntN(10) == 0
		if early {
			o.Oath = &oath{firstStep, 1}
		}
		c.mu.Unlock()
		var stderr bytes.Buffer
		cmd, err := c.start(o, &stderr)
		if err != nil {
			return err
		}
		c.mu.Lock()
		c.live[name] = cmd
		if early {
			c.sworn[name] = time.Now()
		}
		c.mu.Unlock()
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case err = <-ended:
		case <-ctx.Done():
			cmd.in.Close()
			select {
			case err = <-ended:
			case <-time.After(40 * time.Second):
				_ = cmd.Process.Kill()
				err = errors.New("a worker did not end when told to")
			}
		}
		status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
		c.mu.Lock()
		since, sworn := c.sworn[name]
		delete(c.live, name)
		delete(c.sworn, name)
		if status.Signaled() && status.Signal() == syscall.SIGKILL {
			c.killed++
			if sworn && time.Since(since) < oathHolds { // after that it was shot
				c.bySelf++
			}
			err = nil
		}
		c.mu.Unlock()
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("worker %s: %w: %s", name, err, stderr.String())
		}
		if c.err != nil && stderr.Len() > 0 {
			_, _ = c.err.Write(stderr.Bytes())
		}
	}
	return nil
}

// peakOf is the most memory that a living process held so far, in bytes; 0 where the system has no /proc. What an ended process
// leaves counts its parent's memory before the exec too.
func peakOf(pid int) int64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	var kb int64
	if _, line, ok := bytes.Cut(status, []byte("VmHWM:")); ok {
		_, _ = fmt.Sscan(string(line), &kb)
	}
	return kb << 10
}

// start starts one worker process. It ends by itself when its pipe is closed, or with this process.
func (c *crew) start(o order, stderr io.Writer) (*hand, error) {
	b, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	argv := c.argv
	if len(argv) == 0 {
		program, err := os.Executable()
		if err != nil {
			return nil, err
		}
		argv = []string{program, "remind-worker"}
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), orderEnv+"="+string(b))
	cmd.Stderr = stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &hand{cmd, in}, nil
}
