package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
)

// pgxTx is what River calls a transaction.
type pgxTx = pgx.Tx

// rescueAfter is when a running job is taken to be stuck: as soon as the notifier takes a silent worker for dead. No
// hand-over of the bench lasts longer.
const rescueAfter = 8 * time.Second

// reminder is a job.
type reminder struct {
	Channel string `json:"channel"`
	Subject string `json:"subject"`
}

func (reminder) Kind() string { return "reminder" }

// sender hands reminders over to the mock vendors.
type sender struct {
	river.WorkerDefaults[reminder]
	o      order
	client *http.Client
	oath   atomic.Pointer[oath]
}

// oath is a boundary at which a worker is told to kill itself, the Nth time that it comes there from now on: begun and sent
// are known here.
type oath struct {
	Step string `json:"step"`
	Nth  int64  `json:"nth"`
	left atomic.Int64
}

// swear takes oaths until in ends.
func (w *sender) swear(in io.Reader) {
	for lines := json.NewDecoder(in); ; {
		next := new(oath)
		if lines.Decode(next) != nil {
			return
		}
		next.left.Store(next.Nth)
		w.oath.Store(next)
	}
}

func newSender(o order) *sender {
	w := &sender{o: o, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: time.Duration(o.Timeout) * time.Millisecond}}
	return w
}

// step kills the process where it was told to die.
func (w *sender) step(name string) {
	if o := w.oath.Load(); o != nil && name == o.Step && o.left.Add(-1) == 0 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // until the signal lands
	}
}

// NextRetry is soon, as the faults of the mock vendors pass at once.
func (w *sender) NextRetry(*river.Job[reminder]) time.Time { return time.Now().Add(time.Second) }

func (w *sender) Work(ctx context.Context, job *river.Job[reminder]) error {
	base, key := w.o.Base+"/"+job.Args.Channel, strconv.FormatInt(job.ID, 10)
	if job.Attempt > 1 && strings.HasPrefix(job.Args.Channel, "asked") {
		there, err := w.asked(ctx, base, key)
		if err != nil || there {
			return err
		}
	}
	w.step("begun")
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/send", strings.NewReader(job.Args.Subject+"\n"))
	if err != nil {
		return river.JobCancel(err)
	}
	req.GetBody = nil // the client must not send twice by itself
	req.Header.Set("X-Key", key)
	res, err := w.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	w.step("sent")
	switch res.StatusCode {
	case http.StatusOK:
		return nil
	case http.StatusTooManyRequests:
		ms, _ := strconv.Atoi(res.Header.Get("Retry-After-Ms"))
		return river.JobSnooze(time.Duration(ms) * time.Millisecond)
	}
	return errors.New(res.Status)
}

// asked reports whether the vendor has the message.
func (w *sender) asked(ctx context.Context, base, key string) (bool, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/asked?key="+url.QueryEscape(key), nil)
	if err != nil {
		return false, err
	}
	res, err := w.client.Do(req)
	if err != nil {
		return false, err
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK:
		return true, nil
	case http.StatusNotFound:
		return false, nil
	}
	return false, fmt.Errorf("ask the vendor: %s", res.Status)
}
