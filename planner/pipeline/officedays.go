package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
	"lianxin/planner/feed"
	"lianxin/planner/store"
)

// officeDays is what the office knows of days: workdays as its notices say, its rules, and the days of its areas.
type officeDays struct {
	work   *calendar.Workdays
	rules  calendar.Rules
	preset string
	areas  map[planner.AreaCode][]areaDay
	taken  []planner.HolidayNotice
}

// areaDay is a day of an area with its rule read.
type areaDay struct {
	planner.AreaDay
	rule calendar.DayRule
}

// rulesKey is the setting that holds the calendar's rules; without it they are those of 义马.
const rulesKey = "calendar/rules"

// chosenRules is the value of that setting.
type chosenRules struct {
	Preset string         `json:"preset"`
	Rules  calendar.Rules `json:"rules"`
}

// officeDaysOf reads them in one snapshot.
func officeDaysOf(tx *store.Tx) (officeDays, error) {
	o := officeDays{areas: map[planner.AreaCode][]areaDay{}}
	var err error
	if o.rules, o.preset, err = calendarRules(tx); err != nil {
		return o, err
	}
	if o.taken, err = tx.HolidayNotices(); err != nil {
		return o, err
	}
	days, err := tx.AreaDays()
	if err != nil {
		return o, err
	}
	return o, o.know(days)
}

// calendarRules are the chosen rules and the preset they come from.
func calendarRules(tx *store.Tx) (calendar.Rules, string, error) {
	stored, err := tx.Setting(rulesKey)
	if err != nil || stored == "" {
		return calendar.Yima(), "yima", err
	}
	var c chosenRules
	if err := json.Unmarshal([]byte(stored), &c); err != nil {
		return c.Rules, c.Preset, fmt.Errorf("setting %s: %w", rulesKey, err)
	}
	return c.Rules, c.Preset, nil
}

// know fills in what follows from the notices and the days of areas.
func (o *officeDays) know(days []planner.AreaDay) (err error) {
	var closed []calendar.Closed
	o.areas = map[planner.AreaCode][]areaDay{}
	for _, d := range days {
		r, err := calendar.ParseDayRule(d.Rule)
		if err != nil {
			return err
		}
		if d.Kind == planner.DayClosed && len(d.Area) <= len("411281") {
			name := d.Name
			if name == "" {
				name = areaDayNames[d.Kind].ZH
			}
			closed = append(closed, calendar.Closed{Rule: r, Name: name})
			continue
		}
		o.areas[d.Area] = append(o.areas[d.Area], areaDay{d, r})
	}
	if len(o.taken) == 0 && len(closed) == 0 {
		o.work = calendar.Embedded()
		return nil
	}
	o.work, err = calendar.Current(o.taken, closed)
	return err
}

// Workdays are those of the office: the notices that come with the program, those taken in, and the county's own days. They
// are public.
func (a *App) Workdays(ctx context.Context) (*calendar.Workdays, error) {
	var o officeDays
	err := a.DB.Read(ctx, planner.System("workdays: public"), func(tx *store.Tx) (err error) {
		o, err = officeDaysOf(tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("workdays: %w", err)
	}
	return o.work, nil
}

// worksFor is how long the notifier's idea of workdays may be old.
const worksFor = time.Minute

// works answers the notifier, which asks often and inside transactions, from what was read a minute ago at most. While the
// database cannot be read the last answer stands.
func (a *App) works() func(civil.Date) bool {
	var mu sync.Mutex
	w, read := calendar.Embedded(), time.Time{}
	return func(d civil.Date) bool {
		mu.Lock()
		defer mu.Unlock()
		if now := a.Now(); read.IsZero() || now.Sub(read).Abs() > worksFor {
			if fresh, err := a.Workdays(context.Background()); err == nil {
				w = fresh
			} else {
				a.Log.Warn("workdays are not read anew", "err", err)
			}
			read = now
		}
		return w.Works(d)
	}
}

// UsePreset makes a calendar preset the office's rules from the next laying on. NotFound names the presets; Forbidden to all
// but planners.
func (a *App) UsePreset(ctx context.Context, p planner.Principal, id string, festivals []calendar.Festival) (calendar.Preset, error) {
	if err := mayLay(p); err != nil {
		return calendar.Preset{}, err
	}
	preset, err := calendar.PresetOf(id)
	if err != nil {
		return preset, err
	}
	preset.Rules.Festivals = festivals
	if err := preset.Rules.Check(); err != nil {
		return preset, err
	}
	b, err := json.Marshal(chosenRules{preset.ID, preset.Rules})
	if err != nil {
		return preset, err
	}
	err = a.DB.Write(ctx, p, store.Op{Name: "calendar-rules", Now: a.Now()}, func(tx *store.Tx) error { return tx.PutSetting(rulesKey, string(b)) })
	if err != nil {
		return preset, fmt.Errorf("calendar rules: %w", err)
	}
	return preset, nil
}

// CalendarRules are the office's rules and the preset they come from.
func (a *App) CalendarRules(ctx context.Context) (preset string, r calendar.Rules, err error) {
	var o officeDays
	err = a.DB.Read(ctx, planner.System("calendar rules: no personal data"), func(tx *store.Tx) (err error) {
		o, err = officeDaysOf(tx)
		return err
	})
	return o.preset, o.rules, err
}

var areaDayNames = map[planner.AreaDayKind]planner.Text{
	planner.DayClosed: {ZH: "本地放假", EN: "local closed day"},
	planner.DayMarket: {ZH: "逢集", EN: "market day"},
	planner.DayFair:   {ZH: "庙会", EN: "temple fair"},
	planner.DayFarm:   {ZH: "农忙", EN: "farm season"},
	planner.DayNoGo:   {ZH: "不入户", EN: "no visits"},
}

// of lists the days of areas that hold on a day in a village or group: its own and those of what it lies in.
func (o *officeDays) of(place planner.AreaCode, on civil.Date) (found []areaDay) {
	if len(o.areas) == 0 {
		return nil
	}
	last := planner.AreaCode("")
	for _, code := range []planner.AreaCode{place.County(), place.Township(), place.Village(), place} {
		if code == last {
			continue
		}
		last = code
		for _, d := range o.areas[code] {
			if d.rule.Has(on) {
				found = append(found, d)
			}
		}
	}
	return found
}

// fit says how well a day suits visits in a place.
func (o *officeDays) fit(place planner.AreaCode, on civil.Date) calendar.Fit {
	fit := calendar.FitAny
	for _, d := range o.of(place, on) {
		switch {
		case d.Kind == planner.DayNoGo, d.Kind == planner.DayClosed:
			return calendar.FitNever
		case d.Wish == planner.WishAvoid:
			fit = calendar.FitAvoid
		case d.Wish == planner.WishPrefer && fit == calendar.FitAny:
			fit = calendar.FitPrefer
		}
	}
	return fit
}

// note words what holds in a village on a day: 逢集（西关集，农历逢三、六、九）. Empty if nothing does.
func (o *officeDays) note(place planner.AreaCode, on civil.Date) planner.Text {
	var zh, en []string
	for _, d := range o.of(place, on) {
		name, say := areaDayNames[d.Kind], d.rule.Say()
		if d.Name != "" {
			say = planner.Text{ZH: d.Name + "，" + say.ZH, EN: d.Name + ", " + say.EN}
		}
		zh, en = append(zh, name.ZH+"（"+say.ZH+"）"), append(en, name.EN+" ("+say.EN+")")
	}
	return planner.Text{ZH: strings.Join(zh, "；"), EN: strings.Join(en, "; ")}
}

// joinText puts two sentences behind each other; either may be empty.
func joinText(a, b planner.Text) planner.Text {
	if a.IsZero() {
		return b
	}
	return planner.Text{ZH: a.ZH + "；" + b.ZH, EN: a.EN + "; " + b.EN}
}

func mayLay(p planner.Principal) error {
	if !p.Is(planner.RolePlanner, planner.RoleAdmin) {
		return planner.Fail(planner.Forbidden, "排日历由组织部门经办人办理，您的账号没有这项权限。", "laying the calendar is the planner's work; your account may not do it.")
	}
	return nil
}

// feedOffice puts the holidays and make-up days of the window into a source, and what holds in a village on a day.
func (a *App) feedOffice(tx *store.Tx, src *feed.Source) error {
	o, err := officeDaysOf(tx)
	if err != nil {
		return err
	}
	src.Note, src.DayName = o.note, o.rules.Title
	for d := src.Today.AddDays(-feed.DaysBack); !d.After(src.Today.AddDays(feed.DaysAhead)); d = d.AddDays(1) {
		if name, makeup := o.work.Name(d), o.work.Makeup(d); name != "" || makeup {
			src.Days = append(src.Days, feed.Day{On: d, Name: name, Makeup: makeup, Official: o.work.Year(d.Year) == calendar.Official})
		}
	}
	return nil
}
