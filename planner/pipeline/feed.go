package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/feed"
	"lianxin/planner/store"
)

// FeedFile is one feed as it goes over the wire.
type FeedFile struct {
	Name     string    // file name, ASCII, ending in .ics
	Body     []byte    // nil where only Gzip is kept, see Plain
	Gzip     []byte    // the same under gzip; nil: not made
	ETag     string    // strong, quoted, over the plain body
	Modified time.Time // no earlier than the last change and than today's midnight, at which the feed's window moved

	size    int // of the plain body where only Gzip is kept
	headers *FeedHeaders
}

// feedLang is the language of feeds whose owner chose none, see [store.Wish]. A subscription outlives its reader's browser
// setting, so it does not follow it.
const feedLang = "zh"

// FeedOf gives a feed to somebody who asks for it by name. A cadre's feed goes to whoever may see the cadre, with the
// household codes that they may see; a village's to whoever reads the whole database or serves the area; the county's to
// those signed in; hall and public to everybody, the appointments of the hall to the counter alone. NotFound and Forbidden accordingly.
func (a *App) FeedOf(ctx context.Context, p planner.Principal, kind, ref string) (FeedFile, error) {
	as := p
	switch feed.Kind(kind) {
	case feed.KindCadre:
		if !p.Signed() {
			return FeedFile{}, mustSignIn()
		}
		if p.Speaks(planner.CadreID(ref)) || p.SeesAll() {
			as = planner.System("draw a cadre's feed for the cadre or a planner")
		}
	case feed.KindVillage:
		if !p.SeesAll() && !serves(p, planner.AreaCode(ref)) {
			return FeedFile{}, planner.Fail(planner.Forbidden, "只有本村（社区）或组织部门的人员能看这个日历。",
				"only those who serve this village, or the department, may see this calendar.")
		}
		as = planner.System("draw a village's feed: who comes to it")
	case feed.KindUnit:
		if !p.SeesAll() && !slices.Contains(p.Units, planner.UnitID(ref)) {
			return FeedFile{}, planner.Fail(planner.Forbidden, "只有本单位联络员或组织部门的人员能看这个日历。",
				"only the unit's liaison, or the department, may see this calendar.")
		}
		as = planner.System("draw a unit's feed: who goes where")
	case feed.KindCounty:
		if !p.Signed() {
			return FeedFile{}, mustSignIn()
		}
		as = planner.System("draw the county's feed")
	case feed.KindHall:
		if !p.Is(planner.RoleClerk, planner.RolePlanner, planner.RoleAdmin) { // without the appointments, which are the counter's
			x, lang, err := a.feedIndex(ctx, planner.System("draw the reception feed for anybody"), feed.KindPublic, ref)
			if err != nil {
				return FeedFile{}, err
			}
			return a.encodeFeed(x, feed.KindHall, ref, lang)
		}
		as = planner.System("draw the hall's feed")
	default: // the public schedule names officials only
		as = planner.System("draw the public reception feed")
	}
	return a.drawFeed(ctx, as, feed.Kind(kind), ref)
}

// serves reports whether a village lies in one of p's areas.
func serves(p planner.Principal, village planner.AreaCode) bool {
	for _, area := range p.Areas {
		if area != "" && village.Within(area) {
			return true
		}
	}
	return false
}

// drawFeed reads what one feed needs and draws it.
func (a *App) drawFeed(ctx context.Context, p planner.Principal, kind feed.Kind, ref string) (FeedFile, error) {
	x, lang, err := a.feedIndex(ctx, p, kind, ref)
	if err != nil {
		return FeedFile{}, err
	}
	return a.encodeFeed(x, kind, ref, lang)
}

// feedIndex reads what one feed needs, and in which language its owner wants it.
func (a *App) feedIndex(ctx context.Context, p planner.Principal, kind feed.Kind, ref string) (*feed.Index, string, error) {
	src, lang := a.feedSource(), feedLang
	err := a.DB.Read(ctx, p, func(tx *store.Tx) (err error) {
		if err := a.feedOffice(tx, &src); err != nil {
			return err
		}
		switch kind {
		case feed.KindCadre:
			w, err := tx.Wish(planner.CadreID(ref))
			if err != nil {
				return err
			}
			lang = w.Lang
			src.Mailed = map[planner.CadreID]bool{w.Cadre: w.Way == store.WayMail}
			return a.readCadreFeed(tx, &src, planner.CadreID(ref))
		case feed.KindHolidays:
			return a.feedMarkets(tx, &src)
		case feed.KindHall, feed.KindPublic:
			return a.readReceptions(tx, &src, kind == feed.KindHall)
		case feed.KindVillage, feed.KindUnit:
			return a.readAllFeeds(tx, &src) // who comes is spread over all cadres and visits
		default:
			src.Events, err = tx.Events(store.EventFilter{Span: a.feedSpan(), County: true, WithCancelled: true})
			return err
		}
	})
	if err != nil {
		return nil, "", fmt.Errorf("read feed %s: %w", kind, err)
	}
	return feed.NewIndex(src), lang, nil
}

// encodeFeed draws one feed from an index.
func (a *App) encodeFeed(x *feed.Index, kind feed.Kind, ref, lang string) (FeedFile, error) {
	cal, err := x.Build(kind, ref, lang)
	if err != nil {
		return FeedFile{}, err
	}
	body, err := feed.Append(nil, cal)
	if err != nil {
		return FeedFile{}, fmt.Errorf("encode feed %s %s: %w", kind, ref, err)
	}
	f := FeedFile{Name: x.FileName(kind, ref), Body: body, ETag: etag(body), Modified: a.Today().At(0, a.Zone)}
	if cal.Modified.After(f.Modified) {
		f.Modified = cal.Modified
	}
	return f, nil
}

// etag is a strong validator: the same bytes, the same tag, on every replica.
func etag(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}

// feedSource is the part of a source that is the same for every feed.
func (a *App) feedSource() feed.Source {
	return feed.Source{
		Host: a.Host, BaseURL: a.BaseURL, County: a.Office.County, Office: a.Office.Name, Mail: a.Office.Mail, Hall: a.Office.Hall,
		Zone: a.Zone, Today: a.Today(),
	}
}

// feedSpan is the days whose events are read.
func (a *App) feedSpan() civil.Span {
	today := a.Today()
	return civil.Span{From: today.AddDays(-feed.DaysBack - feed.Margin), Until: today.AddDays(feed.DaysAhead + feed.Margin)}
}

// readCadreFeed reads one person's part. A household outside the reader's scope is left out.
func (a *App) readCadreFeed(tx *store.Tx, src *feed.Source, id planner.CadreID) error {
	c, err := tx.Cadre(id)
	if err != nil {
		return err
	}
	src.Cadres = []planner.Cadre{c}
	if src.Areas, err = tx.Areas(); err != nil {
		return err
	}
	span := a.feedSpan()
	if src.Events, err = tx.Events(store.EventFilter{Span: span, County: true, WithCancelled: true}); err != nil {
		return err
	}
	own, err := tx.Events(store.EventFilter{Span: span, Cadre: id, WithCancelled: true})
	if err != nil {
		return err
	}
	src.Events = append(src.Events, own...)
	if src.Visits, err = tx.Visits(store.VisitFilter{Span: span, Cadre: id}); err != nil {
		return err
	}
	if src.Tasks, err = tx.Tasks(store.TaskFilter{Owner: id}); err != nil {
		return err
	}
	wanted := map[planner.HouseholdID]bool{}
	for _, v := range src.Visits {
		wanted[v.Household] = true
	}
	for _, t := range src.Tasks {
		wanted[t.Household] = true
	}
	delete(wanted, "")
	src.Households, err = tx.HouseholdsNamed(slices.Sorted(maps.Keys(wanted)))
	return err
}

// readReceptions reads the reception slots and the leaders named in them, and for the hall the appointments.
func (a *App) readReceptions(tx *store.Tx, src *feed.Source, hall bool) (err error) {
	src.Events, err = tx.Events(store.EventFilter{Span: a.feedSpan(), Kinds: []planner.EventKind{planner.EventReception, planner.EventHearing, planner.EventSquare}, WithCancelled: true})
	if err != nil {
		return err
	}
	if hall {
		booked, err := tx.AppointmentEvents("", a.feedSpan().From)
		if err != nil {
			return err
		}
		src.Events = append(src.Events, booked...)
	}
	known := map[planner.CadreID]bool{}
	for _, e := range src.Events {
		if known[e.Cadre] {
			continue
		}
		known[e.Cadre] = true
		c, err := tx.Cadre(e.Cadre)
		if err != nil {
			return err
		}
		src.Cadres = append(src.Cadres, c)
	}
	return nil
}

// readAllFeeds reads once what all feeds together need.
func (a *App) readAllFeeds(tx *store.Tx, src *feed.Source) error {
	if err := a.feedOffice(tx, src); err != nil {
		return err
	}
	r, err := tx.Roster()
	if err != nil {
		return err
	}
	src.Areas, src.Units, src.Cadres, src.Households = r.Areas, r.Units, r.Cadres, r.Households
	span := a.feedSpan()
	if src.Events, err = tx.Events(store.EventFilter{Span: span, WithCancelled: true}); err != nil {
		return err
	}
	if src.Visits, err = tx.Visits(store.VisitFilter{Span: span}); err != nil {
		return err
	}
	if src.Tasks, err = tx.Tasks(store.TaskFilter{}); err != nil {
		return err
	}
	return a.feedMarkets(tx, src)
}

// WriteFeeds writes every feed into dir, which it makes: one file for each active cadre and leader, each village, the
// hall, the public and the county. A file whose bytes are the same already is left alone; others are replaced by a
// rename, so nobody reads half of one. Progress may be nil. It returns the number of feeds.
//
// It is for an office that hands calendars out as files. The names are codes and no secrets, so a web server must not
// show dir to everybody.
func (a *App) WriteFeeds(ctx context.Context, dir string, progress func(done, total int)) (n int, err error) {
	src := a.feedSource()
	err = a.DB.Read(ctx, planner.System("write all feeds"), func(tx *store.Tx) error { return a.readAllFeeds(tx, &src) })
	if err != nil {
		return 0, fmt.Errorf("read feeds: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, cannotWrite(dir, err)
	}
	x := feed.NewIndex(src)
	all := x.Feeds()
	for i, who := range all {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		f, err := a.encodeFeed(x, who.Kind, who.Ref, feedLang)
		if err != nil {
			return n, err
		}
		if err := writeFile(dir, f); err != nil {
			return n, cannotWrite(f.Name, err)
		}
		n++
		if progress != nil {
			progress(i+1, len(all))
		}
	}
	return n, nil
}

// writeFile puts one feed into dir.
func writeFile(dir string, f FeedFile) error {
	path := filepath.Join(dir, f.Name)
	if old, err := os.ReadFile(path); err == nil && string(old) == string(f.Body) {
		return nil
	}
	tmp := filepath.Join(dir, "."+strings.TrimSuffix(f.Name, ".ics")+".tmp")
	if err := os.WriteFile(tmp, f.Body, 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

func cannotWrite(what string, err error) error {
	e := planner.Fail(planner.Unavailable, "无法写入“"+what+"”，请检查目录权限和磁盘空间。",
		"cannot write "+what+"; check the folder's permissions and the space on the disk.")
	e.Err = err
	return e
}

// digester gives the function by which the calendar's use case finds planner.Event.Digest: over the given roster, events
// (with ID, Key and UID filled in, the whole year's, the county's too) and visits (with Event filled in).
func (a *App) digester(r planner.Roster, events []planner.Event, visits []planner.Visit, o officeDays) func(planner.Event) (string, error) {
	src := a.feedSource()
	src.Note = o.note
	src.Areas, src.Units, src.Cadres, src.Households = r.Areas, r.Units, r.Cadres, r.Households
	src.Events, src.Visits = events, visits
	return feed.NewDigester(src)
}
