package pipeline

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/report"
	"lianxin/planner/store"
)

// ReportMonth 统计月 is what was published of one month when its data were closed. It ends with the cut-off of the leaders' meeting,
// else on the day before the meeting, and never changes: what arrives later stands in the ledgers alone. Its cells of fewer than
// five are not kept here, not even hidden.
type ReportMonth struct {
	Month    string                      `json:"month"`
	From     civil.Date                  `json:"from"`
	Last     civil.Date                  `json:"last"` // that day included
	Families map[string]report.Published `json:"families"`
	Since    map[string]civil.Date       `json:"since"`            // from where a family that was held back goes on counting
	Common   []string                    `json:"common,omitempty"` // themes heard in [CommonVillages] villages or more
}

// CommonVillages is from how many villages on a theme proposes one task for all.
const CommonVillages = 3

// The families that are published each month.
const (
	famReceiver   = "receiver"    // matters by category of receiver
	famArea       = "area"        // matters by township
	famClosed     = "closed"      // closed ones by category of receiver
	famClosedArea = "closed-area" // closed ones by township
	famOpinion    = "opinion"     // of closed matters, the county's alone
	famVisits     = "visits"      // what became of visits
	famPromises   = "promises"    // promises that fell due
	famThemes     = "themes"      // households that named a theme; they overlap
	famSections   = "sections"    // visits by the four duties; they overlap
)

// Categories of receivers 接访人类别: by level of area and post, never by the word 市级. The first ones keep small cells company.
var Categories = []string{"counter", "others", "heads", "city"}

// CategoryText words them.
var CategoryText = map[string]planner.Text{"city": {ZH: "市级领导", EN: "leaders of the prefecture"}, "heads": {ZH: "县市区党政一把手", EN: "heads of counties"},
	"others": {ZH: "其他党政班子成员和乡镇领导", EN: "other leaders"}, "counter": {ZH: "窗口和站室", EN: "counter, stations, rooms"}}

// CategoryOf is the category of a receiver by the level of the own unit's area.
func CategoryOf(c planner.Cadre, level planner.AreaLevel) string {
	switch {
	case c.Rank == planner.RankLeader && level == planner.LevelPrefecture:
		return "city"
	case c.Rank == planner.RankLeader && c.Head:
		return "heads"
	case c.Rank == planner.RankLeader || c.Rank == planner.RankSection:
		return "others"
	}
	return "counter"
}

var (
	opinionKeys = []string{"none", "declined", "unsatisfied", "basically", "satisfied"}
	visitKeys   = []string{string(planner.VisitPlanned), string(planner.VisitMoved), string(planner.VisitDeclined), string(planner.VisitNotHome), string(planner.VisitDone)}
	promiseKeys = []string{"open", "kept"}
)

func reportSetting(month string) string { return "report." + month }

const reportSpan = "report.months" // "first last"

func monthBefore(month string) string { return monthAfter(month, -1) }

func monthAfter(month string, n int) string {
	t, _ := time.Parse("2006-01", month)
	return t.AddDate(0, n, 0).Format("2006-01")
}

// monthOf is the month by which a day counts where nobody moved the cut-off: from the 16th on it is the next one.
func monthOf(d civil.Date) string {
	m := fmt.Sprintf("%04d-%02d", d.Year, int(d.Month))
	if d.Day > 15 {
		return monthAfter(m, 1)
	}
	return m
}

// CloseMonths publishes every month whose data are closed and that is not published yet. It is called by itself before a brief or
// a statistic is shown, and by the daily sweep.
func (a *App) CloseMonths(ctx context.Context) error {
	words, err := a.matterWords(ctx)
	if err != nil {
		return err
	}
	return a.DB.Write(ctx, planner.System("months of the reports"), store.Op{Name: "close-month", Now: a.Now()}, func(tx *store.Tx) error {
		span, err := tx.Setting(reportSpan)
		if err != nil {
			return err
		}
		first, last, _ := strings.Cut(span, " ")
		var d *counted
		for {
			if last == "" {
				if d == nil {
					if d, err = count(tx, a, words); err != nil {
						return err
					}
				}
				if d.first.IsZero() {
					return nil
				}
				first = monthOf(d.first)
				last = monthBefore(first)
			}
			next := monthAfter(last, 1)
			until, closed, err := a.closedOn(tx, next)
			if err != nil || !closed {
				return err
			}
			if d == nil {
				if d, err = count(tx, a, words); err != nil {
					return err
				}
			}
			before, err := readMonth(tx, last)
			if err != nil {
				return err
			}
			m := d.publish(next, before, until)
			text, err := json.Marshal(m)
			if err != nil {
				return err
			}
			last = next
			if err := tx.PutSetting(reportSetting(next), string(text)); err != nil {
				return err
			}
			if err := tx.PutSetting(reportSpan, first+" "+last); err != nil {
				return err
			}
		}
	})
}

func readMonth(tx *store.Tx, month string) (m ReportMonth, err error) {
	s, err := tx.Setting(reportSetting(month))
	if err != nil || s == "" {
		return ReportMonth{Month: month}, err
	}
	return m, json.Unmarshal([]byte(s), &m)
}

// closedOn is the last day of a month's data, and whether they are closed.
func (a *App) closedOn(tx *store.Tx, month string) (last civil.Date, closed bool, err error) {
	day15, err := civil.ParseDate(month + "-15")
	if err != nil {
		return last, false, err
	}
	e, err := meetingOf(tx, month)
	if planner.KindOf(err) == planner.NotFound {
		return day15, a.Today().After(day15), nil
	} else if err != nil {
		return last, false, err
	}
	cut, err := tx.Cutoff(e.ID)
	if err != nil {
		return last, false, err
	}
	if !cut.At.IsZero() {
		return civil.DateIn(cut.At, a.Zone), true, nil
	}
	return e.On.AddDays(-1), !a.Today().Before(e.On), nil
}

// counted is the raw material of the months: what happened on which day, in which cell of which family.
type counted struct {
	first   civil.Date
	events  map[string][]happening
	keys    map[string][]string
	village map[string]map[string][]happening // theme → village
}

type happening struct {
	on      civil.Date
	key     string
	persons int
}

func (d *counted) add(family, key string, on civil.Date, persons int) {
	if on.IsZero() {
		return
	}
	d.events[family] = append(d.events[family], happening{on, key, persons})
	if d.first.IsZero() || on.Before(d.first) {
		d.first = on
	}
}

// townshipOf cuts a code down to its township; what lies above stays with the county.
func townshipOf(c planner.AreaCode) string {
	if len(c) >= 9 {
		return string(c[:9])
	}
	return "county"
}

func newCounted() *counted {
	return &counted{events: map[string][]happening{}, village: map[string]map[string][]happening{}, keys: map[string][]string{famReceiver: Categories, famClosed: Categories,
		famOpinion: opinionKeys, famVisits: visitKeys, famPromises: promiseKeys}}
}

func count(tx *store.Tx, a *App, w matterWords) (*counted, error) {
	d := newCounted()
	r, err := tx.Roster()
	if err != nil {
		return nil, err
	}
	level := map[planner.AreaCode]planner.AreaLevel{}
	for _, ar := range r.Areas {
		level[ar.Code] = ar.Level
		if ar.Level == planner.LevelTownship {
			d.keys[famArea] = append(d.keys[famArea], string(ar.Code))
		}
	}
	slices.Sort(d.keys[famArea])
	d.keys[famArea] = append(d.keys[famArea], "county")
	d.keys[famClosedArea] = d.keys[famArea]
	ms, err := tx.Matters(store.MatterFilter{})
	if err != nil {
		return nil, err
	}
	d.matters(ms, w, level, a.Today())
	return d, d.visits(tx, a.Today(), r)
}

// matters counts what came in, what was closed, and what people said of it.
func (d *counted) matters(ms []planner.Matter, w matterWords, level map[planner.AreaCode]planner.AreaLevel, today civil.Date) {
	for _, m := range ms {
		if m.State == planner.MatterNoted {
			continue // no matter until the person asks
		}
		c := w.cadre[m.Receiver]
		category := CategoryOf(c, level[w.units[c.Unit].Area])
		d.add(famReceiver, category, m.ReceivedOn, m.Persons)
		d.add(famArea, townshipOf(m.Area), m.ReceivedOn, m.Persons)
		d.add(famClosed, category, m.ClosedOn, 0)
		d.add(famClosedArea, townshipOf(m.Area), m.ClosedOn, 0)
		switch {
		case m.Opinion != "":
			d.add(famOpinion, string(m.Opinion), m.OpinionOn, 0)
		case m.State == planner.MatterClosed && !m.AnsweredOn.IsZero() && !followup.RatingOpen(m.AnsweredOn, today):
			d.add(famOpinion, "none", m.AnsweredOn.AddDays(followup.RatingDays), 0)
		}
	}
}

// visits counts what became of visits, what was heard and what was promised.
func (d *counted) visits(tx *store.Tx, today civil.Date, r planner.Roster) error {
	home := map[planner.HouseholdID]planner.AreaCode{}
	for _, h := range r.Households {
		home[h.ID] = h.Village
	}
	vs, err := tx.Visits(store.VisitFilter{Span: civil.Span{Until: today.AddDays(1)}})
	if err != nil {
		return err
	}
	var ids []planner.VisitID
	for _, v := range vs {
		if v.State != planner.VisitCancelled {
			d.add(famVisits, string(v.State), v.On, 0)
		}
		if v.State == planner.VisitDone {
			ids = append(ids, v.ID)
		}
	}
	edits, err := tx.EditsOf(ids)
	if err != nil {
		return err
	}
	of := map[planner.VisitID][]planner.Edit{}
	for _, e := range edits {
		if e.Refused.IsZero() {
			of[e.Visit] = append(of[e.Visit], e.Edit)
		}
	}
	for _, v := range vs {
		if es := of[v.ID]; v.State == planner.VisitDone && es != nil {
			d.heard(v, followup.Merge(v.ID, es), home[v.Household])
		}
	}
	for _, s := range followup.VisitChecklist().Sections {
		d.keys[famSections] = append(d.keys[famSections], s.Key)
		for _, it := range s.Items {
			if it.Theme {
				d.keys[famThemes] = append(d.keys[famThemes], it.Key)
			}
		}
	}
	ts, err := tx.Tasks(store.TaskFilter{})
	for _, t := range ts {
		if !t.Kind.Promised() || t.State == planner.TaskCancelled || t.DueOn.After(today) {
			continue
		}
		key := "open"
		if t.State == planner.TaskCompleted {
			key = "kept"
		}
		d.add(famPromises, key, t.DueOn, 0)
	}
	return err
}

func (d *counted) heard(v planner.Visit, r planner.Record, village planner.AreaCode) {
	for _, s := range followup.VisitChecklist().Sections {
		any := r.Note(s.Key) != ""
		for _, it := range s.Items {
			if !r.Ticked(it.Key) {
				continue
			}
			any = true
			if it.Theme {
				d.add(famThemes, it.Key, v.On, 0)
				if d.village[it.Key] == nil {
					d.village[it.Key] = map[string][]happening{}
				}
				d.village[it.Key][string(village)] = append(d.village[it.Key][string(village)], happening{on: v.On})
			}
		}
		if any {
			d.add(famSections, s.Key, v.On, 0)
		}
	}
}

// everUsed leaves out the keys to which nothing ever happened.
func (d *counted) everUsed(family string, keys []string) []string {
	return slices.DeleteFunc(slices.Clone(keys), func(k string) bool {
		return !slices.ContainsFunc(d.events[family], func(h happening) bool { return h.key == k })
	})
}

// publish makes the publication of a month that follows another.
func (d *counted) publish(month string, before ReportMonth, last civil.Date) ReportMonth {
	m := ReportMonth{Month: month, Last: last, Families: map[string]report.Published{}, Since: map[string]civil.Date{}}
	if m.From = d.first; !before.Last.IsZero() {
		m.From = before.Last.AddDays(1)
	}
	for family, keys := range d.keys {
		from := cmp.Or(before.Since[family], m.From)
		span := civil.Span{From: from, Until: last.AddDays(1)}
		if family == famReceiver || family == famClosed {
			keys = d.everUsed(family, keys) // a category that this office never had is nobody's cell
		}
		cells := make([]report.Cell, len(keys))
		for i, k := range keys {
			cells[i].Key = k
			for _, h := range d.events[family] {
				if h.key == k && span.Contains(h.on) {
					cells[i].N, cells[i].Persons = cells[i].N+1, cells[i].Persons+h.persons
				}
			}
		}
		if family == famThemes || family == famSections {
			m.Families[family] = report.PublishLoose(cells)
			continue
		}
		p := report.Publish(cells)
		m.Families[family] = p
		if p.Held {
			m.Since[family] = from
		}
	}
	month1 := civil.Span{From: m.From, Until: last.AddDays(1)}
	for _, k := range d.keys[famThemes] {
		n := 0
		for _, hs := range d.village[k] {
			if slices.ContainsFunc(hs, func(h happening) bool { return month1.Contains(h.on) }) {
				n++
			}
		}
		if n >= CommonVillages {
			m.Common = append(m.Common, k)
		}
	}
	return m
}
