package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// mattersPage is the list by deadline. It has no search and no column of persons.
type mattersPage struct {
	Total int                  `json:"total"`
	From  int                  `json:"-"`
	To    int                  `json:"-"`
	Rows  []pipeline.MatterRow `json:"matters"`
	All   bool                 `json:"-"`
	Prev  string               `json:"prev,omitempty"`
	Next  string               `json:"next,omitempty"`
}

var matterList = view{"matters", func(s *Server, r *request) (any, error) {
	q := r.URL.Query()
	all := q.Get("all") != ""
	rows, err := s.App.Matters(r.Context(), r.p, store.MatterFilter{Open: !all})
	if err != nil {
		return nil, err
	}
	offset, _ := strconv.Atoi(q.Get("offset"))
	return newMatters(rows, all, max(0, offset)), nil
}}

func newMatters(rows []pipeline.MatterRow, all bool, offset int) mattersPage {
	p := mattersPage{Total: len(rows), All: all}
	offset = min(offset, len(rows))
	end := min(offset+perPage, len(rows))
	p.Rows = rows[offset:end]
	if len(p.Rows) > 0 {
		p.From, p.To = offset+1, end
	}
	at := func(o int) string {
		q := url.Values{"offset": {strconv.Itoa(o)}}
		if all {
			q.Set("all", "1")
		}
		return "/matters?" + q.Encode()
	}
	if offset > 0 {
		p.Prev = at(max(0, offset-perPage))
	}
	if end < len(rows) {
		p.Next = at(end)
	}
	return p
}

// matterPage is one matter with a form for each act that the reader may do.
type matterPage struct {
	pipeline.MatterView
	Forms   []actForm              `json:"-"`
	Papers  []planner.ActKind      `json:"-"`
	Choices pipeline.MatterChoices `json:"-"`
	Planner bool                   `json:"-"`
}

// actForm is the form of one act: which fields it needs.
type actForm struct {
	pipeline.ActChoice
	Fields  []string
	Choices pipeline.MatterChoices
	Matter  planner.MatterID
}

// actFields are the fields of the forms; an act without any is one button.
var actFields = map[planner.ActKind][]string{
	planner.ActRefuse: {"reason", "number"}, planner.ActTransfer: {"reason", "number"}, planner.ActAssign: {"unit", "officer", "number"}, planner.ActObject: {"reason"},
	planner.ActSupervise: {"reason", "until", "number"}, planner.ActExtend: {"days", "by", "reason", "notice_on", "number"}, planner.ActHearing: {"from", "until"},
	planner.ActAnswer: {"reason", "number"}, planner.ActClose: {"outcome", "reason", "follower"}, planner.ActFollow: {"opinion"}, planner.ActAccept: {"number"},
	planner.ActReview: {"reason"}, planner.ActRecheck: {"reason"}, planner.ActComfort: {"reason"},
}

var matterOne = view{"matter", func(s *Server, r *request) (any, error) {
	v, err := s.App.Matter(r.Context(), r.p, planner.MatterID(r.PathValue("id")))
	if err != nil {
		return nil, err
	}
	c, err := s.App.MatterChoices(r.Context(), r.p)
	return newMatter(v, c, r.p.Is(planner.RolePlanner)), err
}}

func newMatter(v pipeline.MatterView, c pipeline.MatterChoices, planners bool) matterPage {
	p := matterPage{MatterView: v, Choices: c, Planner: planners}
	for _, can := range v.Can {
		p.Forms = append(p.Forms, actForm{can, actFields[can.Kind], c, v.ID})
	}
	for _, k := range pipeline.Papers {
		if slices.ContainsFunc(v.Acts, func(a pipeline.ActView) bool { return a.Kind == k }) {
			p.Papers = append(p.Papers, k)
		}
	}
	return p
}

// matterForm is the form of registration.
type matterForm struct {
	Kinds   []planner.MatterKind
	Topics  []planner.Need
	Choices pipeline.MatterChoices
	Today   civil.Date
}

var matterNew = view{"matter-new", func(s *Server, r *request) (any, error) {
	c, err := s.App.MatterChoices(r.Context(), r.p)
	return matterForm{planner.MatterKinds, planner.Needs, c, s.today()}, err
}}

// registerMatter answers with the slip itself instead of a redirect: the code exists in this one answer and is stored nowhere.
func (s *Server) registerMatter(r *request) error {
	f := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	w := pipeline.MatterWish{Kind: planner.MatterKind(f("kind")), Area: planner.AreaCode(f("area")), Topic: planner.Need(f("topic")), Title: f("title"), Story: f("story"), Name: f("name"),
		Contact: f("contact"), National: f("national"), Agreed: f("agreed") != "", Asked: f("asked") != "", Answer: f("answer"), ComplaintTo: f("complaint_to")}
	w.Persons, _ = strconv.Atoi(f("persons"))
	w.Representatives, _ = strconv.Atoi(f("representatives"))
	for name, into := range map[string]*civil.Date{"received_on": &w.ReceivedOn, "promised_on": &w.PromisedOn} {
		d, err := dayOf(f(name))
		if err != nil {
			return err
		}
		*into = d
	}
	out, err := s.App.RegisterMatter(r.Context(), r.p, w)
	if err != nil {
		return err
	}
	p := s.page(r, "matter-slip")
	p.V, p.Other = slipSheet{out, w.Title, s.App.BaseURL + "/slip", s.today()}, "/matters?lang="+map[string]string{"zh": "en", "en": "zh"}[r.lang]
	s.render(r, http.StatusOK, p)
	return nil
}

// slipSheet is the slip to print and hand over, sealed if it goes by post.
type slipSheet struct {
	pipeline.Registered
	Title   string
	Address string
	On      civil.Date
}

// moveMatter does the act of a form.
func (s *Server) moveMatter(r *request) error {
	f := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	d := pipeline.MatterDeed{Kind: planner.ActKind(r.PathValue("act")), By: planner.CadreID(f("by")), Unit: planner.UnitID(f("unit")), Officer: planner.CadreID(f("officer")),
		Outcome: planner.Outcome(f("outcome")), Opinion: planner.Opinion(f("opinion")), Reason: f("reason"), Number: f("number"), Follower: planner.CadreID(f("follower"))}
	d.Days, _ = strconv.Atoi(f("days"))
	for name, into := range map[string]*civil.Date{"on": &d.On, "from": &d.From, "until": &d.Until, "notice_on": &d.NoticeOn} {
		day, err := dayOf(f(name))
		if err != nil {
			return err
		}
		*into = day
	}
	if _, err := s.App.MoveMatter(r.Context(), r.p, planner.MatterID(r.PathValue("id")), d); err != nil {
		return err
	}
	to := "/matters/" + url.PathEscape(r.PathValue("id")) + "?done=matter"
	if d.Kind == planner.ActFollow || d.Kind == planner.ActObject { // which may take it out of the reader's scope
		to = "/tasks?done=matter"
	}
	http.Redirect(r.w, r.Request, to, http.StatusSeeOther)
	return nil
}

// moveLead does what a form about 包案 asks.
func (s *Server) moveLead(r *request) error {
	f := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	w := pipeline.LeadWish{Leader: planner.CadreID(f("leader")), Plan: f("plan"), Duty: f("duty"), Reason: f("reason")}
	for name, into := range map[string]*civil.Date{"due_on": &w.DueOn, "next_on": &w.NextOn, "until": &w.Until} {
		day, err := dayOf(f(name))
		if err != nil {
			return err
		}
		*into = day
	}
	id, op, err := planner.MatterID(r.PathValue("id")), r.PathValue("op"), error(nil)
	if op == "new" {
		err = s.App.LeadMatter(r.Context(), r.p, id, w)
	} else {
		err = s.App.MoveLead(r.Context(), r.p, id, op, w)
	}
	if err != nil {
		return err
	}
	http.Redirect(r.w, r.Request, "/leads?done=matter", http.StatusSeeOther)
	return nil
}

// readBody reads the JSON of an API call and refuses fields that it does not know.
func readBody(r *request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return planner.Fail(planner.Invalid, "请求不是所要求的 JSON，请核对字段名。", "the request is not the JSON asked for; check the names of its fields.")
	}
	return nil
}

func writeBody(r *request, v any) error {
	r.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	return json.NewEncoder(r.w).Encode(v)
}

// apiRegister and apiMove are the forms' calls as JSON.
func (s *Server) apiRegister(r *request) error {
	var w pipeline.MatterWish
	if err := readBody(r, &w); err != nil {
		return err
	}
	out, err := s.App.RegisterMatter(r.Context(), r.p, w)
	if err != nil {
		return err
	}
	return writeBody(r, out)
}

func (s *Server) apiMove(r *request) error {
	d := pipeline.MatterDeed{}
	if err := readBody(r, &d); err != nil {
		return err
	}
	d.Kind = planner.ActKind(r.PathValue("act"))
	out, err := s.App.MoveMatter(r.Context(), r.p, planner.MatterID(r.PathValue("id")), d)
	if err != nil {
		return err
	}
	return writeBody(r, out)
}

// leadsPage is the board of 领导包案 by next date; it counts nothing by leader.
type leadsPage struct {
	Rows []pipeline.LeadRow `json:"leads"`
}

var leadBoard = view{"leads", func(s *Server, r *request) (any, error) {
	rows, err := s.App.Leads(r.Context(), r.p, r.URL.Query().Get("all") == "")
	return leadsPage{rows}, err
}}

// paperKinds are the documents by the act they come from.
var paperKinds = []string{"accept", "refuse", "transfer", "extend", "answer", "assign", "supervise"}

// paperPage is a document for A4: the Chinese text is the one that counts.
type paperPage struct {
	pipeline.PaperView
	Office string
	Body   string
}

var matterPaper = view{"matter-paper", func(s *Server, r *request) (any, error) {
	v, err := s.App.Paper(r.Context(), r.p, planner.MatterID(r.PathValue("id")), planner.ActKind(r.PathValue("paper")))
	return newPaper(r.lang, v, s.App.Office.Name), err
}}

func newPaper(l string, v pipeline.PaperView, office string) paperPage {
	key := "paper-body." + string(v.Kind)
	return paperPage{v, office, lang.T(l, key, "received", lang.PlainDate(l, v.Received), "title", v.Title, "due", lang.PlainDate(l, v.DueOn), "article", v.Article.In(l),
		"on", lang.PlainDate(l, v.On), "to", v.To, "askby", lang.PlainDate(l, v.AskBy), "askarticle", v.AskWhy.In(l), "objectby", lang.PlainDate(l, v.ObjectBy), "objectarticle", v.ObjectWhy.In(l))}
}

// slipPage is the public page of the slip code. The code is sent by a form and never stands in an address, which logs keep.
type slipPage struct {
	Code    string // to send with the opinion
	Message string
	View    *pipeline.SlipView
	Staff   bool // signed in: nobody who works here rates for somebody else
}

var slip = view{"slip", func(s *Server, r *request) (any, error) { return slipPage{}, nil }}

// slipLook shows a matter by its code, and takes the person's own opinion.
func (s *Server) slipLook(r *request) error {
	page := slipPage{Code: strings.TrimSpace(r.PostFormValue("code")), Staff: r.p.Signed()}
	var v pipeline.SlipView
	var err error
	if o := r.PostFormValue("opinion"); o != "" {
		v, err = s.App.RateMatter(r.Context(), r.p, page.Code, planner.Opinion(o))
	} else {
		v, err = s.App.MatterBySlip(r.Context(), page.Code)
	}
	status := http.StatusOK
	if err != nil {
		if status = statusOf(err); status >= 500 {
			return err
		}
		page.Message = sayOf(err).In(r.lang)
	} else {
		page.View = &v
	}
	p := s.page(r, "slip")
	p.V, p.Other = page, "/slip?lang="+map[string]string{"zh": "en", "en": "zh"}[r.lang]
	s.render(r, status, p)
	return nil
}
