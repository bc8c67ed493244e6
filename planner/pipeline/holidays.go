package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

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
			l := &layout{app: a, year: y, today: a.Today(), now: a.Now().UTC(), light: y < year, beside: a.beside(ctx, p)}
			if l.hall, err = sameForCadres(y, was, now); err != nil {
				return err
			}
			l.hall = l.hall && l.light
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
	for i, l := range layouts {
		if i > 0 { // the year before leaves its leaders another balance now, which this year's rota starts from
			l.duty.ledger = append(l.duty.ledger, layouts[i-1].duty.putBalance...)
		}
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

// sameForCadres reports whether the days on which cadres go out are the same before and after: then whatever else moves in the year,
// it moves nothing for a cadre but those whom the hall needs.
func sameForCadres(year int, was, now officeDays) (bool, error) {
	y1, err := calendar.Lay(year, was.rules, was.work)
	if err != nil {
		return false, err
	}
	y2, err := calendar.Lay(year, now.rules, now.work)
	return slices.Equal(y1.WorkDays, y2.WorkDays) && slices.Equal(y1.Festivals, y2.Festivals), err
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
