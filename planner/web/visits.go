package web

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
)

// visitsPage is a cadre's day: a form for each stop.
type visitsPage struct {
	pipeline.VisitSheet
	Prev    string         `json:"prev,omitempty"` // address of the day before that has visits
	Next    string         `json:"next,omitempty"`
	Paper   string         `json:"-"`
	Offline string         `json:"-"`
	Future  bool           `json:"-"` // the day has not come: nothing can be noted yet
	Forms   []visitForm    `json:"-"` // by stop
	Refused []planner.Text `json:"-"` // what the form that was just sent could not note
}

// visitForm is one stop with what its fields hold, or held when the form came back refused.
type visitForm struct {
	pipeline.VisitStop
	Heads  string // JSON of Record.Heads: what the writer saw
	Open   bool   // unfolded
	Values map[planner.Field]string
	Sides  []visitSide
}

// visitSide is a field on which two devices disagree.
type visitSide struct {
	Name   string
	Holds  string
	Others []string
}

var visits = view{"visits", func(s *Server, r *request) (any, error) {
	q := r.URL.Query()
	on, err := dayOf(q.Get("on"))
	if err != nil {
		return nil, err
	}
	sheet, err := s.App.VisitSheetOf(r.Context(), r.p, cmp.Or(planner.CadreID(q.Get("cadre")), r.p.Cadre), on)
	if err != nil {
		return nil, err
	}
	return newVisits(r.lang, sheet, s.today()), nil
}}

var visitPaper = view{"visit-paper", visits.load}

// dayOf reads a day of a query; empty is the zero day.
func dayOf(v string) (civil.Date, error) {
	if v == "" {
		return civil.Date{}, nil
	}
	d, err := civil.ParseDate(v)
	if err != nil {
		return d, planner.Fail(planner.Invalid, "日期“"+v+"”请写成 2026-02-20 的样子。", "Write the date “"+v+"” like 2026-02-20.")
	}
	return d, nil
}

func newVisits(l string, sheet pipeline.VisitSheet, today civil.Date) *visitsPage {
	p := &visitsPage{VisitSheet: sheet, Future: sheet.On.After(today)}
	address := func(path string, d civil.Date) string {
		return path + "?" + url.Values{"cadre": {string(sheet.Cadre)}, "on": {d.String()}}.Encode()
	}
	p.Paper, p.Offline = address("/visits/paper", sheet.On), address(offlinePath, sheet.On)
	for _, d := range sheet.Days {
		if d.Before(sheet.On) {
			p.Prev = address("/visits", d)
		}
		if d.After(sheet.On) && p.Next == "" {
			p.Next = address("/visits", d)
		}
	}
	for i, s := range sheet.Stops {
		heads, _ := json.Marshal(s.Record.Heads) // a map of texts always encodes
		f := visitForm{VisitStop: s, Heads: string(heads), Values: s.Record.Fields, Open: i == 0 && s.State == planner.VisitPlanned}
		for field, others := range s.Record.Both {
			side := visitSide{Name: fieldName(l, sheet.Checklist, field), Holds: sayValue(l, field, s.Record.Fields[field])}
			for _, o := range others {
				side.Others = append(side.Others, sayValue(l, field, o.Value))
			}
			f.Sides = append(f.Sides, side)
		}
		slices.SortFunc(f.Sides, func(a, b visitSide) int { return strings.Compare(a.Name, b.Name) })
		p.Forms = append(p.Forms, f)
	}
	return p
}

// Outcomes and PromiseKinds are the choices of the form, in its order.
func (*visitsPage) Outcomes() []planner.VisitState {
	return []planner.VisitState{planner.VisitDone, planner.VisitNotHome, planner.VisitDeclined, planner.VisitMoved}
}
func (*visitsPage) PromiseKinds() []planner.TaskKind { return planner.Promises }

// Value is what a field holds in the form.
func (f visitForm) Value(kind, name string) string {
	return f.Values[planner.Field(strings.TrimSuffix(kind+"/"+name, "/"))]
}

// Outcome is the word of the outcome, MovedTo its day.
func (f visitForm) Outcome() string { return string(planner.Record{Fields: f.Values}.Outcome()) }
func (f visitForm) MovedTo() civil.Date {
	return planner.Record{Fields: f.Values}.MovedTo()
}

// promiseRow is one line for a promise in the form.
type promiseRow struct {
	N     int
	Kind  string
	DueOn string
	Say   string
}

// Promises are the rows of the form: those there are and one more to fill in.
func (f visitForm) Promises() (rows []promiseRow) {
	for n := 1; n <= 9; n++ {
		kind, rest, _ := strings.Cut(f.Value("promise", strconv.Itoa(n)), " ")
		due, say, _ := strings.Cut(rest, " ")
		rows = append(rows, promiseRow{n, kind, due, say})
		if kind == "" {
			break
		}
	}
	return rows
}

// fieldName words a field for people.
func fieldName(l string, c planner.Checklist, f planner.Field) string {
	switch f.Kind() {
	case "tick":
		if it, ok := c.Item(f.Name()); ok {
			return it.Say.In(l)
		}
	case "note":
		if s, ok := c.Section(f.Name()); ok {
			return s.Title.In(l)
		}
	case "promise":
		return word(l, "visit-field", "promise") + " " + f.Name()
	}
	return word(l, "visit-field", "outcome")
}

// sayValue words a value for people.
func sayValue(l string, f planner.Field, value string) string {
	switch {
	case value == "":
		return word(l, "visit-field", "empty")
	case f == planner.FieldOutcome:
		state, day, _ := strings.Cut(value, " ")
		return strings.TrimSpace(word(l, "visit", state) + " " + day)
	case f.Kind() == "tick":
		return word(l, "visit-field", "ticked")
	}
	return value
}

// recordVisit notes what the form of one stop says that differs from what its writer saw.
func (s *Server) recordVisit(r *request) error {
	if err := r.ParseForm(); err != nil {
		return planner.Fail(planner.Invalid, "表单没有传完整，请重试。", "the form did not arrive whole; try again")
	}
	on, err := dayOf(r.PostForm.Get("on"))
	if err != nil {
		return err
	}
	cadre := cmp.Or(planner.CadreID(r.PostForm.Get("cadre")), r.p.Cadre)
	sheet, err := s.App.VisitSheetOf(r.Context(), r.p, cadre, on)
	if err != nil {
		return err
	}
	id := planner.VisitID(r.PathValue("id"))
	i := slices.IndexFunc(sheet.Stops, func(st pipeline.VisitStop) bool { return st.Visit == id })
	if i < 0 {
		return planner.Fail(planner.NotFound, "这一天没有这次走访。", "there is no such visit on this day")
	}
	var heads map[planner.Field][]planner.EditID
	if err := json.Unmarshal([]byte(cmp.Or(r.PostForm.Get("heads"), "{}")), &heads); err != nil {
		return planner.Fail(planner.Invalid, "页面已过期，请刷新后重试。", "the page is out of date; reload it and try again")
	}
	values, err := formFields(sheet.Checklist, r.PostForm)
	if err != nil {
		return err
	}
	synced, err := s.App.RecordVisits(r.Context(), r.p, s.editsOf(id, sheet.Edits, heads, values))
	if err != nil {
		return err
	}
	var refused []planner.Text
	for _, receipt := range synced.Receipts {
		if !receipt.Taken && !slices.Contains(refused, receipt.Refused) {
			refused = append(refused, receipt.Refused)
		}
	}
	if len(refused) == 0 {
		http.Redirect(r.w, r.Request, "/visits?"+url.Values{"cadre": {string(cadre)}, "on": {sheet.On.String()}, "done": {"visit"}}.Encode()+
			fmt.Sprintf("#stop-%d", sheet.Stops[i].Stop), http.StatusSeeOther)
		return nil
	}
	if sheet, err = s.App.VisitSheetOf(r.Context(), r.p, cadre, on); err != nil {
		return err
	}
	v := newVisits(r.lang, sheet, s.today())
	v.Refused = refused
	for i := range v.Forms {
		if v.Forms[i].Open = v.Forms[i].Visit == id; v.Forms[i].Open {
			v.Forms[i].Values = values // the writer's own words come back
		}
	}
	p := s.page(r, visits.name)
	p.V = v
	s.render(r, http.StatusUnprocessableEntity, p)
	return nil
}

// formFields reads every field that the form of a stop can hold.
func formFields(c planner.Checklist, form url.Values) (map[planner.Field]string, error) {
	values := map[planner.Field]string{}
	set := func(f planner.Field, v string) {
		if v = strings.TrimSpace(v); v != "" {
			values[f] = v
		}
	}
	outcome := form.Get("outcome")
	if outcome == string(planner.VisitMoved) {
		outcome += " " + form.Get("moved-to")
	}
	set(planner.FieldOutcome, outcome)
	codes := strings.FieldsFunc(form.Get("codes"), func(r rune) bool { return !('0' <= r && r <= '9') })
	for _, s := range c.Sections {
		set(planner.Field("note/"+s.Key), form.Get("note/"+s.Key))
		for _, it := range s.Items {
			if at := slices.Index(codes, it.Code); at >= 0 {
				codes = slices.Delete(codes, at, at+1)
				set(planner.Field("tick/"+it.Key), "yes")
			} else {
				set(planner.Field("tick/"+it.Key), form.Get("tick/"+it.Key))
			}
		}
	}
	if len(codes) > 0 {
		return nil, planner.Fail(planner.Invalid, "清单里没有编号 "+strings.Join(codes, "、")+"，请核对纸质表。",
			"the checklist has no code "+strings.Join(codes, ", ")+"; compare with the paper sheet")
	}
	for n := 1; n <= 9; n++ {
		k := strconv.Itoa(n)
		if say := strings.TrimSpace(form.Get("promise-say/" + k)); say != "" {
			set(planner.Field("promise/"+k), form.Get("promise-kind/"+k)+" "+form.Get("promise-due/"+k)+" "+say)
		}
	}
	return values, nil
}

// editsOf are the edits that lead from what the writer saw to what the form says.
func (s *Server) editsOf(id planner.VisitID, stored []planner.Edit, heads map[planner.Field][]planner.EditID, values map[planner.Field]string) []planner.Edit {
	saw := map[planner.EditID]string{}
	clock := 0
	for _, e := range stored {
		if e.Visit == id {
			saw[e.ID] = e.Value
			clock = max(clock, e.Clock)
		}
	}
	fields := map[planner.Field]bool{}
	for f := range values {
		fields[f] = true
	}
	for f := range heads {
		fields[f] = true
	}
	var edits []planner.Edit
	for f := range fields {
		var was string
		if h := heads[f]; len(h) > 0 {
			was = saw[h[0]]
		}
		if values[f] != was || len(heads[f]) > 1 {
			edits = append(edits, planner.Edit{ID: planner.EditID("web-" + s.App.NewID()), Visit: id, Field: f, Value: values[f], Clock: clock + 1, Over: heads[f]})
		}
	}
	slices.SortFunc(edits, func(a, b planner.Edit) int { return strings.Compare(string(a.Field), string(b.Field)) })
	return edits
}

// coverage lists who was seen and why others were not.
type coveragePage struct {
	pipeline.Coverage
	Places  pipeline.Places  `json:"-"`
	Village planner.AreaCode `json:"village,omitempty"`
	Missing bool             `json:"missing,omitempty"`
	First   int              `json:"-"`
	Last    int              `json:"-"`
	Prev    string           `json:"prev,omitempty"`
	Next    string           `json:"next,omitempty"`
}

var coverage = view{"coverage", func(s *Server, r *request) (any, error) {
	q := r.URL.Query()
	from, err := dayOf(q.Get("from"))
	if err != nil {
		return nil, err
	}
	until, err := dayOf(q.Get("until"))
	if err != nil {
		return nil, err
	}
	offset, _ := strconv.Atoi(q.Get("offset"))
	f := pipeline.CoverageFilter{Village: planner.AreaCode(q.Get("village")), Missing: q.Get("missing") != "", Offset: max(0, offset), Limit: perPage,
		Span: civil.Span{From: from, Until: until}}
	c, err := s.App.Coverage(r.Context(), r.p, f)
	if err != nil {
		return nil, err
	}
	places, err := s.App.Places(r.Context(), r.p)
	if err != nil {
		return nil, err
	}
	return newCoverage(c, places, f, q), nil
}}

func newCoverage(c pipeline.Coverage, places pipeline.Places, f pipeline.CoverageFilter, q url.Values) coveragePage {
	p := coveragePage{Coverage: c, Places: places, Village: f.Village, Missing: f.Missing}
	turn := func(offset int) string {
		q.Set("offset", strconv.Itoa(offset))
		return "/coverage?" + q.Encode()
	}
	if len(c.Rows) > 0 {
		p.First, p.Last = f.Offset+1, f.Offset+len(c.Rows)
	}
	if f.Offset > 0 {
		p.Prev = turn(max(0, f.Offset-perPage))
	}
	if f.Offset+len(c.Rows) < c.Total {
		p.Next = turn(f.Offset + perPage)
	}
	return p
}
