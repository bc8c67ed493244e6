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

var taskText = map[planner.TaskState]string{planner.TaskDraft: "未到期", planner.TaskReady: "办理中", planner.TaskInProgress: "办理中", planner.TaskCompleted: "已办结", planner.TaskCancelled: "已撤销", planner.TaskFailed: "未办结"}

func (d *ledgerData) problems(l *sheet.Ledger) error {
	n := 0
	no := func() string { n++; return strconv.Itoa(n) }
	for v, r := range d.noted {
		for _, p := range r.Promises {
			c, h := d.words.cadre[v.Cadre], d.homes[v.Household]
			state := "办理中"
			if t, ok := d.tasks[followup.PromiseKey(v.ID, p.Number)]; ok {
				state = taskText[followup.StateOn(t, d.today)]
			}
			l.Add(no(), "走访", promiseKindText[p.Kind], p.Say+"（"+h.Code+"）", d.words.area[h.Village], d.words.unit[c.Unit], c.Name, v.On.String(), p.DueOn.String(), state, "", "", "")
		}
	}
	ms, err := d.matters()
	for _, m := range ms {
		l.Add(no(), followup.KindText[m.Kind].ZH, topicText(m.Topic), m.Title, d.words.area[m.Area], d.words.unit[m.Unit], d.words.cadre[m.Officer].Name, d.day(m.AssignedOn), d.day(m.DueOn),
			followup.MatterStateText[m.State].ZH, d.day(m.AnsweredOn), d.day(m.OpinionOn), opinionCell(m))
	}
	return err
}

var promiseKindText = map[planner.TaskKind]string{planner.TaskPromise: "答应的事", planner.TaskErrand: "代办", planner.TaskEscort: "陪办"}

func topicText(n planner.Need) string { return cmp.Or(planner.NeedText[n].ZH, "其他") }

// opinionCell is what the person said of a closed matter; 未评价 is said too, since it is no consent.
func opinionCell(m planner.Matter) string {
	if m.Opinion == "" && m.State != planner.MatterClosed {
		return ""
	}
	return followup.OpinionText[m.Opinion].ZH
}

// matters are those received in the span about the area, by due day.
func (d *ledgerData) matters() ([]planner.Matter, error) {
	ms, err := d.tx.Matters(store.MatterFilter{Within: d.w.Area})
	return slices.DeleteFunc(ms, func(m planner.Matter) bool { return !d.w.Span.Contains(m.ReceivedOn) }), err
}

func groupWord(m planner.Matter) string {
	if m.Group() {
		return "集体访"
	}
	return "个访"
}

func (d *ledgerData) receptions(l *sheet.Ledger) error {
	ms, err := d.matters()
	for _, m := range ms {
		if m.Kind != planner.MatterReception {
			continue
		}
		c := d.words.cadre[m.Receiver]
		steps, err := d.steps(m)
		if err != nil {
			return err
		}
		l.Add(m.ReceivedOn.String(), c.Name, c.Title, cmp.Or(m.Name, "匿名"), strconv.Itoa(m.Persons), groupWord(m), m.Title, d.words.area[m.Area], steps, d.words.unit[m.Unit],
			cmp.Or(followup.OutcomeText[m.Outcome].ZH, followup.MatterStateText[m.State].ZH))
	}
	return err
}

// steps are the acts of a matter, by day, without what was said.
func (d *ledgerData) steps(m planner.Matter) (string, error) {
	acts, err := d.tx.Acts(m.ID)
	var out []string
	for _, act := range acts {
		if act.Kind != planner.ActRegister && act.Kind != planner.ActFollow {
			out = append(out, act.On.String()+" "+followup.ActText[act.Kind].ZH)
		}
	}
	return strings.Join(out, "\n"), err
}

func (d *ledgerData) register(l *sheet.Ledger) error {
	ms, err := d.matters()
	slices.SortStableFunc(ms, func(x, y planner.Matter) int {
		return cmp.Or(x.ReceivedOn.Compare(y.ReceivedOn), cmp.Compare(x.Number, y.Number))
	})
	for _, m := range ms {
		if m.Kind == planner.MatterReception {
			l.Add(m.Number, m.National, m.ReceivedOn.String(), cmp.Or(m.Name, "匿名"), strconv.Itoa(m.Persons), groupWord(m), strconv.Itoa(m.Representatives), m.Title, topicText(m.Topic), d.words.cadre[m.Receiver].Name, d.day(m.AnsweredOn))
		}
	}
	return err
}

func (d *ledgerData) orders(l *sheet.Ledger) error {
	ms, err := d.matters()
	if err != nil {
		return err
	}
	for _, m := range ms {
		acts, err := d.tx.Acts(m.ID)
		if err != nil {
			return err
		}
		extended := ""
		if !m.ExtendedOn.IsZero() {
			said, err := d.tx.ActsSaid(m.ID)
			if err != nil {
				return err
			}
			for _, act := range said {
				if act.Kind == planner.ActExtend {
					extended = act.Say
				}
			}
		}
		for _, act := range acts {
			if act.Kind != planner.ActAssign && act.Kind != planner.ActSupervise {
				continue
			}
			object := ""
			if act.Kind == planner.ActAssign {
				object = d.day(d.words.work.Add(act.On, 5)) // Regulations on Petition Work, Art. 22
			}
			due := act.DueOn
			if due.IsZero() {
				due = m.DueOn
			}
			l.Add(followup.KindText[m.Kind].ZH, m.ReceivedOn.String(), m.Title, cmp.Or(act.Number, m.Number), followup.ActText[act.Kind].ZH, d.words.unit[cmp.Or(act.Unit, m.Unit)], d.words.cadre[act.By].Name, followup.MatterStateText[m.State].ZH,
				act.On.String(), object, d.day(due), d.day(m.AnsweredOn), d.day(m.ActOn), extended)
		}
	}
	return nil
}

func (d *ledgerData) leads(l *sheet.Ledger) error {
	ls, err := d.tx.Leads("", false)
	if err != nil {
		return err
	}
	ms, err := d.tx.Matters(store.MatterFilter{Within: d.w.Area})
	byID := map[planner.MatterID]planner.Matter{}
	for _, m := range ms {
		byID[m.ID] = m
	}
	for _, x := range ls {
		m, ok := byID[x.Matter]
		if !ok || !x.SinceOn.Before(d.w.Span.Until) || !x.FiledOn.IsZero() && x.FiledOn.Before(d.w.Span.From) {
			continue
		}
		var done []string
		for _, du := range x.Duties {
			if !du.DoneOn.IsZero() {
				done = append(done, du.Name+" "+du.DoneOn.String())
			}
		}
		if !x.NextOn.IsZero() && x.ClosedOn.IsZero() {
			done = append(done, "下次："+x.NextOn.String())
		}
		c := d.words.cadre[x.Leader]
		l.Add(m.Number, m.Title, d.words.unit[m.Unit], c.Name, c.Title, x.Plan, x.DueOn.String(), strings.Join(done, "\n"), d.day(x.ExtendedOn), d.day(x.ClosedOn), d.day(x.FiledOn))
	}
	return err
}

func (d *ledgerData) followups(l *sheet.Ledger) error {
	ms, err := d.tx.Matters(store.MatterFilter{Within: d.w.Area})
	if err != nil {
		return err
	}
	for _, m := range ms {
		acts, err := d.tx.Acts(m.ID)
		if err != nil {
			return err
		}
		closed := civil.Date{}
		for i, act := range acts {
			switch {
			case act.Kind == planner.ActClose:
				closed = act.On
			case act.Kind == planner.ActFollow && d.w.Span.Contains(act.On):
				way, again := "本人凭码", ""
				if act.By != "" {
					way = "上门或电话"
				}
				opinion, solved := followup.OpinionText[m.Opinion].ZH, followup.OutcomeText[m.Outcome].ZH
				if i+1 < len(acts) && acts[i+1].Kind == planner.ActReopen {
					opinion, solved, again = followup.OpinionText[planner.OpinionUnsatisfied].ZH, "未解决", "提级："+d.words.unit[acts[i+1].Unit]
				}
				l.Add(m.Number, m.Title, d.day(closed), act.On.String(), way, solved, opinion, again, "", "")
			}
		}
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
