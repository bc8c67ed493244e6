package pipeline

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/sheet"
	"lianxin/planner/store"
)

// ledgerData is what the ledgers of a span are made of: the visits with what was noted, the tasks they promised, the matters.
type ledgerData struct {
	tx     *store.Tx
	app    *App
	w      LedgerWish
	words  matterWords
	today  civil.Date
	homes  map[planner.HouseholdID]planner.Household
	visits []planner.Visit // by place, then day
	record map[planner.VisitID]planner.Record
	tasks  map[string]planner.Task // promises by key
	list   planner.Checklist
}

func (d *ledgerData) read() error {
	d.list, d.record, d.tasks, d.homes = followup.VisitChecklist(), map[planner.VisitID]planner.Record{}, map[string]planner.Task{}, map[planner.HouseholdID]planner.Household{}
	r, err := d.tx.Roster()
	if err != nil {
		return err
	}
	for _, h := range r.Households {
		d.homes[h.ID] = h
	}
	visits, err := d.tx.Visits(store.VisitFilter{Span: d.w.Span})
	if err != nil {
		return err
	}
	var ids []planner.VisitID
	for _, v := range visits {
		h, known := d.homes[v.Household]
		if !known || v.On.After(d.today) || v.State == planner.VisitCancelled || !h.Village.Within(cmp.Or(d.w.Area, h.Village)) {
			continue
		}
		d.visits, ids = append(d.visits, v), append(ids, v.ID)
	}
	slices.SortStableFunc(d.visits, func(x, y planner.Visit) int {
		hx, hy := d.homes[x.Household], d.homes[y.Household]
		return cmp.Or(cmp.Compare(hx.Village, hy.Village), x.On.Compare(y.On), cmp.Compare(hx.Code, hy.Code))
	})
	edits, err := d.tx.EditsOf(ids)
	if err != nil {
		return err
	}
	of := map[planner.VisitID][]planner.Edit{}
	for _, e := range edits {
		if e.Refused.IsZero() {
			of[e.Visit] = append(of[e.Visit], e.Edit)
		}
	}
	var keys []string
	for id, es := range of {
		rec := followup.Merge(id, es)
		d.record[id] = rec
		for _, p := range rec.Promises {
			keys = append(keys, followup.PromiseKey(id, p.Number))
		}
	}
	if len(keys) == 0 {
		return nil
	}
	slices.Sort(keys)
	ts, err := d.tx.Tasks(store.TaskFilter{Keys: keys})
	for _, t := range ts {
		d.tasks[t.Key] = t
	}
	return err
}

// noted are the visits that came about and have a record.
func (d *ledgerData) noted(yield func(planner.Visit, planner.Record) bool) {
	for _, v := range d.visits {
		if r, ok := d.record[v.ID]; ok && v.State == planner.VisitDone && !yield(v, r) {
			return
		}
	}
}

// saved counts the lines that the ledgers make of the visits: diary, ledger of visits, work ledger, the issues promised, the page
// that the household keeps.
func (d *ledgerData) saved() (s Saved) {
	for _, r := range d.noted {
		n := len(formsOfVisit)
		if len(r.Promises) > 0 {
			n += len(formsOfPromise)
		}
		s.Visits++
		s.Lines += n
		s.Most = max(s.Most, n)
	}
	return s
}

// formsOfVisit are the forms that one visit goes into: three ledgers and the monthly brief, which counts it. formsOfPromise are those
// that a promise made at it goes into besides: the ledger of issues, and the list of a handover.
var (
	formsOfVisit   = []string{"diary", "visits", "work", "brief"}
	formsOfPromise = []string{"problems", "handover"}
)

var visitText = map[planner.VisitState]string{planner.VisitPlanned: "待记录", planner.VisitDone: "已走访", planner.VisitNotHome: "不在家", planner.VisitDeclined: "婉拒", planner.VisitMoved: "改约"}

// day words a day; empty for none.
func (d *ledgerData) day(x civil.Date) string {
	if x.IsZero() {
		return ""
	}
	return x.String()
}

func (d *ledgerData) placeOf(h planner.Household) string {
	village := d.words.area[h.Village]
	if h.Group == "" {
		return village
	}
	return village + " " + d.words.area[h.Group]
}

// ticked are the items of a section that were ticked, with its note.
func (d *ledgerData) ticked(r planner.Record, section string, note bool) string {
	s, ok := d.list.Section(section)
	if !ok {
		return ""
	}
	var said []string
	for _, it := range s.Items {
		if r.Ticked(it.Key) {
			said = append(said, it.Say.ZH)
		}
	}
	out := strings.Join(said, "；")
	if n := r.Note(section); note && n != "" {
		out = strings.TrimPrefix(out+"。"+n, "。")
	}
	return out
}

func promised(r planner.Record) string {
	var out []string
	for _, p := range r.Promises {
		out = append(out, p.Say+"（"+p.DueOn.String()+"前）")
	}
	return strings.Join(out, "；")
}

// purposes are the sections in which something was ticked or written, and what.
func (d *ledgerData) purposes(r planner.Record) string {
	var out []string
	for _, s := range d.list.Sections {
		if what := d.ticked(r, s.Key, false); what != "" {
			out = append(out, s.Title.ZH+"："+what)
		} else if r.Note(s.Key) != "" {
			out = append(out, s.Title.ZH)
		}
	}
	return strings.Join(out, "\n")
}

func (d *ledgerData) diary(l *sheet.Ledger) error {
	for v, r := range d.noted {
		h, c := d.homes[v.Household], d.words.cadre[v.Cadre]
		var wants []string
		for _, s := range d.list.Sections {
			if n := r.Note(s.Key); n != "" {
				wants = append(wants, n)
			}
		}
		l.Add(v.On.String(), c.Name, d.words.unit[c.Unit], h.Code, h.Head, d.placeOf(h), d.purposes(r), strings.Join(wants, "；"), promised(r))
	}
	return nil
}

func (d *ledgerData) visitRows(l *sheet.Ledger) error {
	for i, v := range d.visits {
		h, c, r := d.homes[v.Household], d.words.cadre[v.Cadre], d.record[v.ID]
		var with []string
		if v.StandsFor != "" {
			with = append(with, "替"+d.words.cadre[v.StandsFor].Name)
		}
		if v.Companion != "" {
			with = append(with, "与"+d.words.cadre[v.Companion].Name)
		}
		l.Add(strconv.Itoa(i+1), v.On.String(), d.placeOf(h), h.Code, h.Head, c.Name, d.words.unit[c.Unit], strings.Join(with, "、"), visitText[v.State],
			d.ticked(r, "policy", false), d.ticked(r, "opinions", false), d.ticked(r, "mediation", false), d.ticked(r, "errands", false))
	}
	return nil
}

// work has a line for each day on which somebody visited, and counts nothing.
func (d *ledgerData) work(l *sheet.Ledger) error {
	type key struct {
		on  civil.Date
		who planner.CadreID
	}
	said, order := map[key][]string{}, []key{}
	for v, r := range d.noted {
		k := key{v.On, v.Cadre}
		if said[k] == nil {
			order = append(order, k)
		}
		line := d.homes[v.Household].Code + "　" + strings.ReplaceAll(d.purposes(r), "\n", "；")
		if p := promised(r); p != "" {
			line += "；答应：" + p
		}
		said[k] = append(said[k], line)
	}
	slices.SortStableFunc(order, func(x, y key) int {
		cx, cy := d.words.cadre[x.who], d.words.cadre[y.who]
		return cmp.Or(cmp.Compare(d.words.unit[cx.Unit], d.words.unit[cy.Unit]), x.on.Compare(y.on), cmp.Compare(cx.Code, cy.Code))
	})
	for _, k := range order {
		c := d.words.cadre[k.who]
		l.Add(strconv.Itoa(k.on.Year), fmt.Sprintf("第%d季度", (int(k.on.Month)+2)/3), c.Name, d.words.unit[c.Unit], k.on.String(), strings.Join(said[k], "\n"))
	}
	return nil
}

func (d *ledgerData) cards(l *sheet.Ledger) error {
	r, err := d.tx.Roster()
	if err != nil {
		return err
	}
	of, err := cadreOf(d.tx, r, d.today.Year)
	if err != nil {
		return err
	}
	next := map[planner.HouseholdID]civil.Date{}
	coming, err := d.tx.Visits(store.VisitFilter{Span: civil.Span{From: d.today, Until: d.today.AddDays(366)}})
	if err != nil {
		return err
	}
	for _, v := range coming {
		if v.State == planner.VisitPlanned && next[v.Household].IsZero() {
			next[v.Household] = v.On
		}
	}
	homes := slices.DeleteFunc(slices.Clone(r.Households), func(h planner.Household) bool {
		return !h.Served() || h.Muted(d.today) || of[h.ID].ID == "" || !h.Village.Within(cmp.Or(d.w.Area, h.Village))
	})
	slices.SortStableFunc(homes, func(x, y planner.Household) int {
		return cmp.Or(cmp.Compare(x.Village, y.Village), cmp.Compare(x.Code, y.Code))
	})
	for _, h := range homes {
		c := of[h.ID]
		var help []string
		for _, n := range c.Skills {
			help = append(help, planner.NeedText[n].ZH)
		}
		l.Add(h.Code, d.placeOf(h), c.Name, d.words.unit[c.Unit], c.Title, c.OfficePhone, strings.Join(help, "、"), d.day(next[h.ID]), d.app.Office.Phone, "您可以拒绝或改约走访，可以换一位干部，可以查询、更正、删除记录，也可以投诉；不需要说明理由。")
	}
	return nil
}
