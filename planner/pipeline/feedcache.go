package pipeline

import (
	"bytes"
	"compress/gzip"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// calendarCache keeps drawn feeds and CalDAV collections in memory. They are good for as long as the database says that
// nothing was written from which a calendar is drawn, and the day is the same. It asks at once after a write of this
// process, and after one of another process within [askEvery]: so a change is visible in well under a second, and a hundred
// thousand unchanged fetches cost four questions a second.
type calendarCache struct {
	mu       sync.Mutex // of asking
	mark     store.Mark
	revision atomic.Int64 // of what is drawn: rises with each change seen
	asked    atomic.Bool  // lately
	commits  atomic.Int64 // of this process when it was asked

	feeds sync.Map // secret token → *keptFeed
	davs  sync.Map // name of a collection → *keptDav
	size  atomic.Int64
}

const (
	askEvery = 250 * time.Millisecond
	maxKept  = 256 << 20 // octets of all feeds; one more and the cache begins anew
	maxPlain = 64 << 10  // of one feed with its gzip form: of a larger one the gzip form alone is kept
)

// keptFeed is the cache's place of one address.
type keptFeed struct {
	mu    sync.Mutex // one draws, the others wait for it
	state atomic.Pointer[keptState]
	noted sync.Map // product → day it was noted as a fetcher
	known atomic.Pointer[knownAgent]
}

// knownAgent is the program that fetched last: it was noted on a day, and most addresses have one program alone.
type knownAgent struct {
	agent string
	on    civil.Date
}

type keptState struct {
	revision int64
	today    civil.Date
	file     FeedFile
	token    store.FeedToken
}

// calendarRevision says which state of the database calendars are drawn from now.
func (a *App) calendarRevision(ctx context.Context) (int64, error) {
	c := &a.calendars
	if c.asked.Load() && c.commits.Load() == a.DB.Commits() {
		return c.revision.Load(), nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	commits := a.DB.Commits() // before the question: a write between the two asks again
	if c.asked.Load() && c.commits.Load() == commits {
		return c.revision.Load(), nil
	}
	err := a.DB.Read(ctx, planner.System("see whether a calendar changed"), func(tx *store.Tx) error {
		changed, now, err := tx.SinceCalendar(c.mark)
		if err == nil && changed {
			c.revision.Add(1)
		}
		if err == nil {
			c.mark = now
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	c.commits.Store(commits)
	if !c.asked.Swap(true) {
		time.AfterFunc(askEvery, func() { c.asked.Store(false) })
	}
	return c.revision.Load(), nil
}

// Squeeze is the gzip form of a feed.
func Squeeze(body []byte) []byte {
	var b bytes.Buffer
	z := squeezers.Get().(*gzip.Writer)
	defer squeezers.Put(z)
	z.Reset(&b)
	_, _ = z.Write(body) // into memory: cannot fail
	_ = z.Close()
	return b.Bytes()
}

// squeezers work at level 3: a feed of 60 events takes half the time that the default level takes, and 2 % more octets.
var squeezers = sync.Pool{New: func() any {
	z, err := gzip.NewWriterLevel(nil, 3)
	if err != nil {
		panic(err) // there is such a level
	}
	return z
}}

// Plain is the feed as it was drawn.
func (f FeedFile) Plain() []byte {
	if f.Body != nil || f.Gzip == nil {
		return f.Body
	}
	z, err := gzip.NewReader(bytes.NewReader(f.Gzip))
	if err != nil {
		panic("pipeline: a feed of our own does not unpack: " + err.Error())
	}
	b := bytes.NewBuffer(make([]byte, 0, f.size+bytes.MinRead)) // room for the read that finds the end
	if _, err := b.ReadFrom(z); err != nil {
		panic("pipeline: a feed of our own does not unpack: " + err.Error())
	}
	return b.Bytes()
}

// keep stores a drawn feed in its place and begins anew when all together are too large.
func (c *calendarCache) keep(k *keptFeed, s *keptState) {
	if s.file.Gzip == nil && s.file.Body != nil {
		s.file.Gzip, s.file.size = Squeeze(s.file.Body), len(s.file.Body)
		s.file.headers = s.file.Headers()
		if len(s.file.Body)+len(s.file.Gzip) > maxPlain {
			s.file.Body = nil
		}
	}
	grown := int64(len(s.file.Body) + len(s.file.Gzip))
	if old := k.state.Swap(s); old != nil {
		grown -= int64(len(old.file.Body) + len(old.file.Gzip))
	}
	if c.size.Add(grown) > maxKept {
		c.feeds.Clear()
		c.size.Store(0)
	}
}
