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

// remindSteps are the boundaries of states at which a worker is told to kill itself.
var remindSteps = []string{"registered", "swept", "claimed", "begun", "sent", "recording", "committing", "recorded"}

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
	bySelf int // of these, at a boundary
	live   map[string]*exec.Cmd
	sworn  map[string]time.Time // workers that will kill themselves, since when
	broken error
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

// run keeps n workers alive and kills them as often as wanted, until ctx ends.
func (c *crew) run(ctx context.Context, n int) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c.live, c.sworn = map[string]*exec.Cmd{}, map[string]time.Time{}
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

// shoot kills one worker from outside, if a kill is due.
func (c *crew) shoot() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.credit() || len(c.live) == 0 {
		return
	}
	names := make([]string, 0, len(c.live))
	for i := range 64 {
		name := fmt.Sprintf("w%d", i)
		if since, sworn := c.sworn[name]; c.live[name] != nil && (!sworn || time.Since(since) > 5*time.Second) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return
	}
	_ = c.live[names[c.random.IntN(len(names))]].Process.Kill()
}

// keep starts the worker of a name again and again.
func (c *crew) keep(ctx context.Context, name string) error {
	for ctx.Err() == nil {
		o := c.order
		o.Name = name
		c.mu.Lock()
		if c.credit() && c.random.IntN(2) == 0 {
			o.Step, o.Nth = remindSteps[c.random.IntN(len(remindSteps))], int64(1+c.random.IntN(12))
			if o.Step == "registered" || o.Step == "swept" {
				o.Nth = 1
			}
		}
		c.mu.Unlock()
		var stderr bytes.Buffer
		cmd, stop, err := c.start(o, &stderr)
		if err != nil {
			return err
		}
		c.mu.Lock()
		c.live[name] = cmd
		if o.Step != "" {
			c.sworn[name] = time.Now()
		}
		c.mu.Unlock()
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case err = <-ended:
		case <-ctx.Done():
			stop()
			select {
			case err = <-ended:
			case <-time.After(40 * time.Second):
				_ = cmd.Process.Kill()
				err = errors.New("a worker did not end when told to")
			}
		}
		status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
		c.mu.Lock()
		delete(c.live, name)
		delete(c.sworn, name)
		if status.Signaled() && status.Signal() == syscall.SIGKILL {
			c.killed++
			if o.Step != "" {
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

// start starts one worker process. It ends by itself when stop is called, or with this process.
func (c *crew) start(o order, stderr io.Writer) (*exec.Cmd, func(), error) {
	b, err := json.Marshal(o)
	if err != nil {
		return nil, nil, err
	}
	argv := c.argv
	if len(argv) == 0 {
		program, err := os.Executable()
		if err != nil {
			return nil, nil, err
		}
		argv = []string{program, "remind-worker"}
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), orderEnv+"="+string(b))
	cmd.Stderr = stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	return cmd, func() { in.Close() }, nil
}
