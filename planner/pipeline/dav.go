package pipeline

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-ical"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/feed"
	"lianxin/planner/store"
)

// DavObject is one calendar object as CalDAV serves it.
type DavObject struct {
	feed.Object
	Tag    string // strong entity tag, quoted
	parsed func() (*ical.Calendar, error)
	shown  func() []byte
}

// Parsed is the object in go-ical's model, read once. It must not be changed.
func (o *DavObject) Parsed() (*ical.Calendar, error) { return o.parsed() }

// XML is the object's text as the content of an XML element, made once.
func (o *DavObject) XML() []byte { return o.shown() }

// DavCollection is one collection at one revision. It is never changed once made.
type DavCollection struct {
	Name     string // within a home
	Title    string
	About    string
	Color    string // #RRGGBB
	Tasks    bool   // VTODO; otherwise VEVENT
	Objects  []*DavObject
	Revision int64 // for sync-collection
	Oldest   int64 // what went until then is forgotten
	Tag      string
	Modified time.Time
	byName   map[string]*DavObject
}

// Object finds a member by name, nil if there is none.
func (c *DavCollection) Object(name string) *DavObject { return c.byName[name] }

// GatherDav puts objects into a collection and gives each, and the whole, its tag. Two objects of one name are an error.
func GatherDav(c DavCollection, list []feed.Object) (*DavCollection, error) {
	c.Objects, c.byName = make([]*DavObject, 0, len(list)), make(map[string]*DavObject, len(list))
	all := sha256.New()
	for _, o := range list {
		if c.byName[o.Name] != nil {
			return nil, fmt.Errorf("collection %s has two members %s", c.Name, o.Name)
		}
		d := &DavObject{Object: o, Tag: etag(o.Data)}
		d.parsed = sync.OnceValues(func() (*ical.Calendar, error) { return feed.Decode(bytes.NewReader(o.Data)) })
		d.shown = sync.OnceValue(func() []byte { return AppendXML(nil, o.Data) })
		c.Objects, c.byName[o.Name] = append(c.Objects, d), d
		fmt.Fprintf(all, "%s %s\n", o.Name, d.Tag)
	}
	fmt.Fprintf(all, "%s\n%s\n%s", c.Title, c.About, c.Color)
	c.Tag = hex.EncodeToString(all.Sum(nil)[:16])
	return &c, nil
}

// keptDav is the cache's place of one collection.
type keptDav struct {
	mu         sync.Mutex
	revision   int64
	today      civil.Date
	collection *DavCollection
}

// tombstoneDays is for how long a client may stay away and still be told what went (RFC 6578 §3.8).
const tombstoneDays = 120

// Names of collections: what they hold, and whose.
const (
	davCadre    = "cadre-"
	davTasks    = "tasks-"
	davVillage  = "village-"
	davHolidays = "holidays"
	davHall     = "hall"
)

// DavHome lists the collections of p: for the person and each leader they act for the days and the tasks, the villages they
// serve, for a clerk of the hall its receptions with the appointments, and the holidays.
func (a *App) DavHome(p planner.Principal) (names []string) {
	for _, id := range append([]planner.CadreID{p.Cadre}, p.ActsFor...) {
		if id != "" && !slices.Contains(names, davCadre+string(id)) {
			names = append(names, davCadre+string(id), davTasks+string(id))
		}
	}
	for _, area := range p.Areas {
		if len(area) == villageDigits {
			names = append(names, davVillage+string(area))
		}
	}
	if p.Is(planner.RoleClerk) {
		names = append(names, davHall)
	}
	return append(names, davHolidays)
}

// villageDigits of an area code: villages have their own calendar, wider areas have none.
const villageDigits = 12

// DavCollection returns a collection of p's home as it is now. NotFound for one that is not p's.
func (a *App) DavCollection(ctx context.Context, p planner.Principal, name string) (*DavCollection, error) {
	if !slices.Contains(a.DavHome(p), name) {
		return nil, noCollection()
	}
	revision, err := a.calendarRevision(ctx)
	if err != nil {
		return nil, err
	}
	today := a.Today()
	v, ok := a.calendars.davs.Load(name)
	if !ok {
		v, _ = a.calendars.davs.LoadOrStore(name, new(keptDav))
	}
	k := v.(*keptDav)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.collection != nil && k.revision >= revision && k.today == today {
		return k.collection, nil
	}
	c, err := a.drawDav(ctx, name)
	if err != nil {
		if k.collection == nil {
			a.calendars.davs.Delete(name)
		}
		return nil, err
	}
	k.revision, k.today, k.collection = revision, today, c
	return c, nil
}

func noCollection() error {
	return planner.Fail(planner.NotFound, "没有这个日历。", "there is no such calendar.")
}

// drawDav draws a collection and notes for those who synchronise what changed.
func (a *App) drawDav(ctx context.Context, name string) (*DavCollection, error) {
	sys := planner.System("draw a collection for calendar programs")
	kind, ref, tasks := feed.KindHolidays, "", false
	if id, ok := strings.CutPrefix(name, davCadre); ok {
		kind, ref = feed.KindCadre, id
	} else if id, ok := strings.CutPrefix(name, davTasks); ok {
		kind, ref, tasks = feed.KindCadre, id, true
	} else if code, ok := strings.CutPrefix(name, davVillage); ok {
		kind, ref = feed.KindVillage, code
	} else if name == davHall {
		kind = feed.KindHall
	}
	x, lang, err := a.feedIndex(ctx, sys, kind, ref)
	if err != nil {
		return nil, err
	}
	var cal feed.Calendar
	var list []feed.Object
	if tasks {
		var ends map[planner.TaskID]time.Time
		err := a.DB.Read(ctx, sys, func(tx *store.Tx) (err error) { ends, err = tx.TaskEnds(planner.CadreID(ref)); return err })
		if err != nil {
			return nil, err
		}
		cal, list, err = x.Todos(planner.CadreID(ref), ends, lang)
		if err != nil {
			return nil, err
		}
	} else if cal, list, err = x.Objects(kind, ref, lang); err != nil {
		return nil, err
	}
	c, err := GatherDav(DavCollection{Name: name, Title: cal.Name, About: cal.About, Color: cal.Color.Hex, Tasks: tasks, Modified: a.Today().At(0, a.Zone)}, list)
	if err != nil {
		return nil, err
	}
	members := make(map[string]string, len(list))
	for _, o := range c.Objects {
		members[o.Name] = o.Tag
	}
	today := a.Today()
	err = a.DB.Read(ctx, sys, func(tx *store.Tx) error {
		var err error
		c.Revision, c.Oldest, err = tx.DavRevision(name)
		return err
	})
	if err != nil {
		return nil, err
	}
	noted, err := a.davNoted(ctx, name)
	if err != nil {
		return nil, err
	}
	if c.Revision > 0 && mapsEqual(noted, members) {
		return c, nil
	}
	err = a.DB.Write(ctx, sys, store.Op{Name: "dav", Now: a.Now()}, func(tx *store.Tx) (err error) {
		if c.Revision, err = tx.NoteDav(name, members, today, today.AddDays(-tombstoneDays)); err != nil {
			return err
		}
		_, c.Oldest, err = tx.DavRevision(name)
		return err
	})
	return c, err
}

// davNoted is what clients may have been told last: the members that are there, with their tags.
func (a *App) davNoted(ctx context.Context, name string) (map[string]string, error) {
	noted := map[string]string{}
	err := a.DB.Read(ctx, planner.System("compare a collection"), func(tx *store.Tx) error {
		list, err := tx.DavChanges(name, -1)
		for _, m := range list {
			if !m.Gone() {
				noted[m.Name] = m.Tag
			}
		}
		return err
	})
	return noted, err
}

func mapsEqual(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if w, ok := b[k]; !ok || w != v {
			return false
		}
	}
	return true
}

// TickTask brings a task to the state that a calendar program sent, by the same use case as the page. Sent is the whole
// object that it put; see [feed.TickOf] for what may differ.
func (a *App) TickTask(ctx context.Context, p planner.Principal, o *DavObject, sent *ical.Calendar) error {
	stored, err := o.Parsed()
	if err != nil {
		return err
	}
	to, err := feed.TickOf(stored, sent, a.Zone)
	if err != nil {
		return err
	}
	if was, _ := feed.TickOf(stored, stored, a.Zone); was == to {
		return nil // an alarm acknowledged, a tick repeated
	}
	return a.AdvanceTask(ctx, p, o.Task, to, "")
}

// DavProps returns how p's programs show their collections.
func (a *App) DavProps(ctx context.Context, p planner.Principal) (out map[string]map[string]string, err error) {
	revision, err := a.calendarRevision(ctx)
	if err != nil {
		return nil, err
	}
	type kept struct {
		revision int64
		props    map[string]map[string]string
	}
	if v, ok := a.davProps.Load(p.Account); ok && v.(kept).revision == revision {
		return v.(kept).props, nil
	}
	err = a.DB.Read(ctx, p, func(tx *store.Tx) (err error) { out, err = tx.DavProps(p.Account); return err })
	if err == nil {
		a.davProps.Store(p.Account, kept{revision, out})
	}
	return out, err
}

// SetDavProps stores how p's programs show a collection: displayname, calendar-color, calendar-order; empty values go back to
// ours. It changes nothing for anybody else.
func (a *App) SetDavProps(ctx context.Context, p planner.Principal, collection string, props map[string]string) error {
	if !slices.Contains(a.DavHome(p), collection) {
		return noCollection()
	}
	return a.DB.Write(ctx, p, store.Op{Name: "dav-props", Now: a.Now()}, func(tx *store.Tx) error {
		for _, name := range []string{"displayname", "calendar-color", "calendar-order"} {
			value, ok := props[name]
			if !ok {
				continue
			}
			if value = feed.Clean(value); len(value) > 200 {
				return planner.Fail(planner.Invalid, "名称或颜色太长。", "the name or colour is too long.")
			}
			if err := tx.PutDavProp(p.Account, collection, name, value); err != nil {
				return err
			}
		}
		return nil
	})
}

// AppendXML appends text as the content of an XML element (XML 1.0 §2.4). CR is written as a reference, since a parser would
// make CR LF one LF; what XML cannot hold does not occur in an object of ours.
func AppendXML(b, text []byte) []byte {
	from := 0
	for i, c := range text {
		var as string
		switch c {
		case '&':
			as = "&amp;"
		case '<':
			as = "&lt;"
		case '>':
			as = "&gt;"
		case '\r':
			as = "&#13;"
		case '"':
			as = "&quot;"
		default:
			continue
		}
		b = append(b, text[from:i]...)
		b = append(b, as...)
		from = i + 1
	}
	return append(b, text[from:]...)
}
