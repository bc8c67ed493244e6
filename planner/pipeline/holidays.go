package pipeline

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// HolidayYear is what is held of one year's holidays.
type HolidayYear struct {
	Year    int      `json:"year"`
	Status  string   `json:"status"` // official, provisional, unpublished
	Source  string   `json:"source"` // imported, embedded, law: the statutory days alone, none
	Turn    int      `json:"turn,omitempty"`
	Papers  []string `json:"papers,omitempty"`
	SHA256  string   `json:"sha256,omitempty"`
	DaysOff int      `json:"days_off"` // named days off
	Makeups int      `json:"makeups"`
}

// HolidayChange is what a change of a year's holidays does, before or after it is done.
type HolidayChange struct {
	Year     int               `json:"year"`
	Was      string            `json:"was"` // status of the year
	Now      string            `json:"now"`
	Done     bool              `json:"done"`   // false: nothing was written
	Same     bool              `json:"same"`   // the notice is held already; there is nothing to do
	SHA256   string            `json:"sha256"` // of the notice in its canonical form
	Days     []DayChange       `json:"days"`   // days whose state or name changes
	Events   []EventChange     `json:"events"` // dates that shift, appear or go
	Visits   []VisitChange     `json:"visits"` // visiting days that shift
	Written  int               `json:"written"`
	Stamped  int               `json:"stamped"`  // events that subscribers see changed, each by one revision
	Findings []planner.Finding `json:"findings"` // what is odd about the notice, and what the new days make impossible
}

// DayChange is a day before and after.
type DayChange struct {
	On      civil.Date `json:"on"`
	Was     string     `json:"was"` // workday, off, unknown
	WasName string     `json:"was_name,omitempty"`
	Now     string     `json:"now"`
	NowName string     `json:"now_name,omitempty"`
}

// EventChange is a shifted date: of the county's own event, of a slot of the rota, or of cadres' mass-work-days that move
// together.
type EventChange struct {
	Kind    planner.EventKind `json:"kind"`
	Title   planner.Text      `json:"title"`
	Nominal civil.Date        `json:"nominal,omitzero"`
	Was     civil.Date        `json:"was,omitzero"` // zero: new
	Now     civil.Date        `json:"now,omitzero"` // zero: cancelled
	Cadres  int               `json:"cadres,omitempty"`
	Why     planner.Text      `json:"why"`
	Market  bool              `json:"market,omitempty"` // on the new day a market is held somewhere in the county
}

// VisitChange says how many visits go from one day to another.
type VisitChange struct {
	Was    civil.Date `json:"was,omitzero"`
	Now    civil.Date `json:"now,omitzero"`
	Visits int        `json:"visits"`
}

// Holidays lists what is held of the years from the first notice to the year after next. It names public documents only.
func (a *App) Holidays(ctx context.Context) ([]HolidayYear, error) {
	var o officeDays
	err := a.DB.Read(ctx, planner.System("holidays: public"), func(tx *store.Tx) (err error) {
		o, err = officeDaysOf(tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("holidays: %w", err)
	}
	return HolidaysOf(o.taken, a.Today().Year+2), nil
}

// HolidaysOf is [App.Holidays] from the notices taken in, up to the year until, which needs no database.
func HolidaysOf(taken []planner.HolidayNotice, until int) (years []HolidayYear) {
	w, err := calendar.Current(taken, nil)
	if err != nil {
		w = calendar.Embedded() // what is stored was checked before
	}
	held := map[int]HolidayYear{}
	for _, n := range calendar.EmbeddedNotices() {
		held[n.Year] = yearOf(n, "embedded", 0, calendar.EmbeddedSHA256(n.Year))
	}
	for _, t := range taken {
		if t.Live {
			held[t.Year] = yearOf(calendar.Notice{Year: t.Year, Papers: t.Papers, Days: t.Days}, "imported", t.Turn, t.SHA256)
			until = max(until, t.Year)
		}
	}
	first := slices.Min(keysOf(held))
	for year := first; year <= until; year++ {
		y, ok := held[year]
		if !ok {
			y = HolidayYear{Year: year, Source: "none"}
			for d := civil.Of(year, 1, 1); d.Year == year; d = d.AddDays(1) {
				if w.Name(d) != "" {
					y.Source = "law"
					y.DaysOff++
				}
			}
		}
		y.Status = string(w.Year(year))
		years = append(years, y)
	}
	return years
}

func keysOf[V any](m map[int]V) []int {
	ks := make([]int, 0, len(m))
	for k := range m {
		ks = append(ks, k)
	}
	return ks
}

func yearOf(n calendar.Notice, source string, turn int, sha string) HolidayYear {
	y := HolidayYear{Year: n.Year, Source: source, Turn: turn, Papers: n.Papers, SHA256: sha}
	for _, d := range n.Days {
		if d.Off {
			y.DaysOff++
		} else {
			y.Makeups++
		}
	}
	return y
}

// ImportHolidays takes a notice in: the calendars of its year and of the December before are laid anew with it, in the same
// transaction, and every event that changed for its subscribers gets one revision. With dry nothing is written and the answer
// shows what would move. A notice that is held already changes nothing. The same notice as provisional first and official later
// confirms the year.
//
// Invalid for a notice that makes no sense or has no days, Forbidden to all but planners, Conflict if the calendar kept changing.
func (a *App) ImportHolidays(ctx context.Context, p planner.Principal, n calendar.Notice, dry bool) (HolidayChange, error) {
	if err := n.Check(); err != nil {
		return HolidayChange{}, err
	}
	if len(n.Days) == 0 {
		return HolidayChange{}, planner.Fail(planner.Invalid, fmt.Sprintf("文件里没有%d年的日子：这一年的安排还没有公布，不用导入。", n.Year),
			fmt.Sprintf("the file has no days: the holidays of %d are not announced yet, and there is nothing to import.", n.Year))
	}
	n = n.Sorted()
	sha := noticeSHA256(n)
	c, err := a.changeHolidays(ctx, p, n.Year, dry, func(taken []planner.HolidayNotice) (put, drop []planner.HolidayNotice) {
		turn := 0
		for _, t := range taken {
			if t.Year != n.Year {
				continue
			}
			turn = max(turn, t.Turn)
			if t.Live {
				if t.SHA256 == sha && t.Official == !n.Provisional {
					return nil, nil
				}
				t.Live = false
				put = append(put, t)
			}
		}
		if turn == 0 && !n.Provisional && slices.ContainsFunc(calendar.EmbeddedNotices(), func(e calendar.Notice) bool {
			return e.Year == n.Year && noticeSHA256(e.Sorted()) == sha
		}) {
			return nil, nil
		}
		return append(put, planner.HolidayNotice{Year: n.Year, Turn: turn + 1, Official: !n.Provisional, Live: true, Papers: n.Papers, Days: n.Days, SHA256: sha}), nil
	})
	if err != nil {
		return c, fmt.Errorf("import holidays of %d: %w", n.Year, err)
	}
	c.SHA256 = sha
	c.Findings = append(noticeFindings(n), c.Findings...)
	return c, nil
}

// UndoHolidays takes a year's imported notice back: the one before holds again, or the one that comes with the program, or the
// law alone. What moves gets one more revision; no calendar program would believe an older one. NotFound if none was imported.
func (a *App) UndoHolidays(ctx context.Context, p planner.Principal, year int, dry bool) (HolidayChange, error) {
	none := false
	c, err := a.changeHolidays(ctx, p, year, dry, func(taken []planner.HolidayNotice) (put, drop []planner.HolidayNotice) {
		var before *planner.HolidayNotice
		for i, t := range taken {
			switch {
			case t.Year != year:
			case t.Live:
				drop = append(drop, t)
			default:
				before = &taken[i] // by turn: the last one wins
			}
		}
		if none = len(drop) == 0; !none && before != nil {
			again := *before
			again.Live = true
			put = append(put, again)
		}
		return put, drop
	})
	if err == nil && none {
		err = planner.Fail(planner.NotFound, fmt.Sprintf("%d年没有导入过节假日安排，不用撤销。", year), fmt.Sprintf("no holiday notice of %d was imported; there is nothing to undo.", year))
	}
	if err != nil {
		return c, fmt.Errorf("undo holidays of %d: %w", year, err)
	}
	return c, nil
}

// changeHolidays lays what a change of the notices touches, and stores both unless dry.
func (a *App) changeHolidays(ctx context.Context, p planner.Principal, year int, dry bool,
	change func([]planner.HolidayNotice) (put, drop []planner.HolidayNotice)) (HolidayChange, error) {
	if err := mayLay(p); err != nil {
		return HolidayChange{}, err
	}
	for try := 1; ; try++ {
		c, err := a.tryHolidays(ctx, p, year, dry, change)
		if try < layTries && planner.KindOf(err) == planner.Conflict {
			continue
		}
		return c, err
	}
}

func (a *App) tryHolidays(ctx context.Context, p planner.Principal, year int, dry bool,
	change func([]planner.HolidayNotice) (put, drop []planner.HolidayNotice)) (c HolidayChange, err error) {
	c.Year = year
	var was, now officeDays
	var put, drop []planner.HolidayNotice
	var layouts []*layout
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		if was, err = officeDaysOf(tx); err != nil {
			return err
		}
		put, drop = change(slices.Clone(was.taken))
		days, err := tx.AreaDays()
		if err != nil {
			return err
		}
		now = was
		now.taken = replaced(was.taken, put, drop)
		if err := now.know(days); err != nil {
			return err
		}
		layouts = nil
		if len(put)+len(drop) == 0 {
			return nil
		}
		years := []int{year}
		if december(year-1, was.work, now.work) {
			years = []int{year - 1, year}
		}
		for _, y := range years {
			laid, err := tx.Setting("calendar/" + strconv.Itoa(y))
			if err != nil {
				return err
			}
			if laid == "" {
				continue
			}
			l := &layout{app: a, year: y, today: a.Today(), now: a.Now().UTC(), light: y < year}
			if len(layouts) > 0 {
				l.roster = layouts[0].roster
			}
			if err := l.read(tx); err != nil {
				return err
			}
			l.know(now)
			layouts = append(layouts, l)
		}
		return nil
	})
	if err != nil {
		return c, err
	}
	c.Was, c.Now = string(was.work.Year(year)), string(now.work.Year(year))
	if c.Same = len(put)+len(drop) == 0; c.Same {
		return c, nil
	}
	c.Days = dayChanges(year, was.work, now.work)
	for _, l := range layouts {
		if err := l.compute(ctx); err != nil {
			return c, err
		}
		c.Written += len(l.put) + len(l.putVisit) + len(l.dropped)
		l.tellChanges(&c)
		for _, f := range fewer(l.findings) {
			if l.year == year && f.Severity != planner.Note {
				c.Findings = append(c.Findings, f)
			}
		}
	}
	if len(layouts) == 0 || layouts[len(layouts)-1].year != year {
		if err := tellRules(&c, was, now); err != nil {
			return c, err
		}
	}
	if dry {
		return c, nil
	}
	err = a.DB.Write(ctx, p, store.Op{Name: "holidays", Now: a.Now().UTC()}, func(tx *store.Tx) error {
		stored, err := tx.HolidayNotices()
		if err != nil {
			return err
		}
		if !slices.EqualFunc(stored, was.taken, func(x, y planner.HolidayNotice) bool {
			return x.Year == y.Year && x.Turn == y.Turn && x.Live == y.Live && x.SHA256 == y.SHA256
		}) {
			return planner.Fail(planner.Conflict, "节假日安排刚被他人改动，请重新核对一次。", "the holidays were changed by someone else just now; look again.")
		}
		if err := tx.DeleteHolidayNotices(drop); err != nil {
			return err
		}
		if err := tx.PutHolidayNotices(put); err != nil {
			return err
		}
		for _, l := range layouts {
			if err := l.write(ctx, tx, func(int, int) {}); err != nil {
				return err
			}
		}
		return nil
	})
	c.Done = err == nil
	return c, err
}

// december reports whether the notice orders days of the December before.
func december(year int, was, now *calendar.Workdays) bool {
	for d := civil.Of(year, 12, 1); d.Year == year; d = d.AddDays(1) {
		if was.State(d) != now.State(d) || was.Label(d) != now.Label(d) {
			return true
		}
	}
	return false
}

// replaced is the list of notices after a change.
func replaced(taken, put, drop []planner.HolidayNotice) []planner.HolidayNotice {
	same := func(t planner.HolidayNotice) func(planner.HolidayNotice) bool {
		return func(o planner.HolidayNotice) bool { return o.Year == t.Year && o.Turn == t.Turn }
	}
	var out []planner.HolidayNotice
	for _, t := range taken {
		if !slices.ContainsFunc(put, same(t)) && !slices.ContainsFunc(drop, same(t)) {
			out = append(out, t)
		}
	}
	return append(out, put...)
}

// noticeSHA256 is the hash of a notice's content: year, papers and days in order.
func noticeSHA256(n calendar.Notice) string {
	b, err := json.Marshal(struct {
		Year   int                  `json:"year"`
		Papers []string             `json:"papers"`
		Days   []calendar.NoticeDay `json:"days"`
	}{n.Year, n.Papers, n.Days})
	if err != nil {
		panic(err) // strings, dates and booleans
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// noticeFindings says what is odd about a notice, though it may be meant.
func noticeFindings(n calendar.Notice) (fs []planner.Finding) {
	tell := func(code string, days []calendar.NoticeDay, zh, en string) {
		if len(days) == 0 {
			return
		}
		var names []string
		for _, d := range days {
			names = append(names, d.On.String()+d.Name)
		}
		fs = append(fs, planner.Finding{Severity: planner.Warn, Code: code, Say: planner.Text{ZH: zh, EN: en}.Fill("日", strings.Join(names, "、"), "days", strings.Join(names, ", "))})
	}
	tell("notice-missing-statutory", n.Missing(), "这份安排没有写明放假的法定节日：{日}。请对照国务院办公厅通知核对。", "statutory days that this notice does not give off: {days}. Check it against the State Council's notice.")
	tell("notice-odd-workday", n.Odd(), "写作补班、但本来就是工作日的：{日}。请核对。", "days ordered to be worked that are workdays anyway: {days}. Check them.")
	if len(n.Papers) == 0 {
		fs = append(fs, planner.Finding{Severity: planner.Note, Code: "notice-without-source", Say: planner.Text{
			ZH: "没有写明通知的文号或网址；补上以后，别人才能核对。", EN: "no number or address of the notice is given; with one, others can check it."}})
	}
	return fs
}

// dayChanges compares the days that a notice of the year may order.
func dayChanges(year int, was, now *calendar.Workdays) (out []DayChange) {
	for d := civil.Of(year-1, 12, 1); d.Year <= year; d = d.AddDays(1) {
		c := DayChange{On: d, Was: string(was.State(d)), WasName: was.Label(d), Now: string(now.State(d)), NowName: now.Label(d)}
		known := c.Was == string(calendar.Unknown) && (c.Now == string(calendar.Workday)) != d.Weekend() && c.NowName == ""
		if (c.Was != c.Now || c.WasName != c.NowName) && !known { // an ordinary day that is now known to be one is no news
			out = append(out, c)
		}
	}
	return out
}

// tellChanges adds the dates that shift by a layout.
func (l *layout) tellChanges(c *HolidayChange) {
	before := make(map[planner.EventID]planner.Event, len(l.old))
	for _, e := range l.old {
		before[e.ID] = e
	}
	type move struct {
		kind     planner.EventKind
		own      bool
		was, now civil.Date
	}
	count, first, order := map[move]int{}, map[move]planner.Event{}, []move(nil)
	for _, e := range l.put {
		old, had := before[e.ID]
		if had && old.Sequence != e.Sequence || !had {
			c.Stamped++
		}
		m := move{kind: e.Kind, own: e.Cadre != "", now: e.On}
		if had && old.Status != planner.StatusCancelled {
			m.was = old.On
		}
		if e.Status == planner.StatusCancelled {
			m.now = civil.Date{}
		}
		if m.was == m.now {
			continue // confirmed, or worded anew, on the same day
		}
		if count[m] == 0 {
			first[m] = e
			order = append(order, m)
		}
		count[m]++
	}
	for _, m := range order {
		e := first[m]
		x := EventChange{Kind: m.kind, Title: eventTitles[m.kind], Nominal: e.NominalOn, Was: m.was, Now: m.now, Why: e.Why, Market: l.office.market(m.now)}
		if m.own {
			x.Cadres = count[m]
			if count[m] > 1 {
				x.Why = planner.Text{}
			}
		}
		c.Events = append(c.Events, x)
	}
	sortEvents(c.Events)
	l.tellVisits(c)
}

// tellVisits counts the visits that go from one day to another.
func (l *layout) tellVisits(c *HolidayChange) {
	was := make(map[planner.VisitID]civil.Date, len(l.oldVisit))
	for _, v := range l.oldVisit {
		was[v.ID] = v.On
	}
	type move struct{ was, now civil.Date }
	count := map[move]int{}
	for _, v := range l.putVisit {
		if m := (move{was[v.ID], v.On}); m.was != m.now {
			count[m]++
		}
		delete(was, v.ID)
	}
	for _, id := range l.dropped {
		if on, ok := was[id]; ok { // not put again
			count[move{was: on}]++
		}
	}
	for m, n := range count {
		c.Visits = append(c.Visits, VisitChange{m.was, m.now, n})
	}
	slices.SortFunc(c.Visits, func(x, y VisitChange) int { return cmp.Or(x.Was.Compare(y.Was), x.Now.Compare(y.Now)) })
}

// tellRules compares what the rules lay in a year that was never laid.
func tellRules(c *HolidayChange, was, now officeDays) error {
	y1, err := calendar.Lay(c.Year, was.rules, was.work)
	if err != nil {
		return err
	}
	y2, err := calendar.Lay(c.Year, now.rules, now.work)
	if err != nil {
		return err
	}
	compare := func(kind planner.EventKind, a, b []calendar.Day) {
		old := map[string]civil.Date{}
		for _, d := range a {
			old[d.Stem] = d.On
		}
		for _, d := range b {
			if old[d.Stem] != d.On {
				c.Events = append(c.Events, EventChange{Kind: kind, Title: eventTitles[kind], Nominal: d.Nominal, Was: old[d.Stem], Now: d.On, Why: d.Why, Market: now.market(d.On)})
			}
		}
	}
	compare(planner.EventMassWorkDay, y1.WorkDays, y2.WorkDays)
	compare(planner.EventLeadersMeeting, y1.Meetings, y2.Meetings)
	compare(planner.EventReceptionDay, y1.Receptions, y2.Receptions)
	compare(planner.EventFestivalVisit, y1.Festivals, y2.Festivals)
	sortEvents(c.Events)
	return nil
}

func sortEvents(es []EventChange) {
	day := func(e EventChange) civil.Date {
		if e.Was.IsZero() {
			return e.Now
		}
		return e.Was
	}
	slices.SortStableFunc(es, func(a, b EventChange) int {
		return cmp.Or(day(a).Compare(day(b)), cmp.Compare(a.Kind, b.Kind), a.Now.Compare(b.Now))
	})
}

// market reports whether a market is held anywhere in the county on a day.
func (o *officeDays) market(on civil.Date) bool {
	if on.IsZero() {
		return false
	}
	for _, ds := range o.areas {
		for _, d := range ds {
			if d.Kind == planner.DayMarket && d.rule.Has(on) {
				return true
			}
		}
	}
	return false
}
