package web

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/pipeline"
)

// deskPage asks whether a thing is to be done: what it costs, who else would move, which rule stands against it. A form
// shows it by GET and does it by POST.
type deskPage struct {
	Op        string               `json:"op"` // pin, unpin, move, swap, review, publish or undo
	Period    int                  `json:"period"`
	Household string               `json:"household,omitempty"` // by code
	Other     string               `json:"other,omitempty"`
	Cadre     string               `json:"cadre,omitempty"`
	Hand      *pipeline.HandReport `json:"hand,omitempty"`
	Findings  []planner.Finding    `json:"findings,omitempty"` // of publish
	Stops     bool                 `json:"stops,omitempty"`    // publishing needs the planner's word
	Step      *pipeline.UndoStep   `json:"step,omitempty"`
	Refused   planner.Text         `json:"refused,omitzero"` // it cannot be done, and why
	Back      string               `json:"-"`
}

// deskOps are what the desk does, and the steps that it can take back.
var deskOps = []string{"pin", "unpin", "move", "swap", "review", "publish", "undo", "plan", "replan", "correct"}

// deskShown is how many households a preview lists; the count says the rest.
const deskShown = 50

// Shown are the changes a preview lists.
func (d deskPage) Shown() []pipeline.ChangeView {
	return d.Hand.Changes[:min(deskShown, len(d.Hand.Changes))]
}

// Ready reports whether the page may offer to do it.
func (d deskPage) Ready() bool {
	return d.Refused.IsZero() && (d.Hand == nil || len(d.Hand.Broken) == 0)
}

var desk = view{"desk", func(s *Server, r *request) (any, error) {
	r.unhurried()
	q := r.URL.Query()
	d, w, err := s.deskAsked(r, q)
	if err != nil {
		return nil, err
	}
	ctx := r.Context()
	switch d.Op {
	case "publish":
		d.Findings, err = s.App.BeforePublish(ctx, r.p, d.Period)
		d.Stops = planner.Stops(d.Findings)
	case "review":
		_, err = s.App.BeforePublish(ctx, r.p, d.Period) // NotFound if nothing waits
	case "undo":
		var step pipeline.UndoStep
		step, err = s.App.LastStep(ctx, r.p, d.Period)
		d.Step = &step
	default:
		var req pipeline.HandRequest
		if req, err = s.App.HandRequestOf(ctx, r.p, w); err != nil {
			break
		}
		var rep pipeline.HandReport
		rep, err = s.App.Hand(ctx, r.p, req)
		if d.Hand = &rep; len(rep.Broken) > 0 {
			err = nil // the page names the rules
		}
	}
	return d, err
}}

// deskAsked reads what a form asks for. Only planners have a desk.
func (s *Server) deskAsked(r *request, q url.Values) (d deskPage, w pipeline.HandWish, err error) {
	if !r.p.Is(planner.RolePlanner) {
		return d, w, planner.Fail(planner.Forbidden, "只有组织部门经办人可以办理方案。", "only a planner of the organization department may work on the plan.")
	}
	field := func(name string) string { return strings.TrimSpace(q.Get(name)) }
	d = deskPage{Op: field("op"), Household: field("household"), Other: field("other"), Cadre: field("cadre"), Back: "/overview"}
	period, _ := strconv.Atoi(field("period"))
	d.Period = cmp.Or(period, s.today().Year)
	switch d.Op {
	case "publish", "review", "undo":
		return d, w, nil
	case "pin", "unpin", "move", "swap":
	default:
		return d, w, planner.Fail(planner.NotFound, "没有这种操作。", "there is no such operation.")
	}
	w = pipeline.HandWish{Period: d.Period, Op: d.Op}
	if w.Household, err = s.App.HouseholdByCode(r.Context(), r.p, d.Household); err != nil {
		return d, w, err
	}
	d.Back = "/pairings/" + url.PathEscape(string(w.Household))
	if d.Op == "swap" {
		if w.Other, err = s.App.HouseholdByCode(r.Context(), r.p, d.Other); err != nil {
			return d, w, err
		}
	}
	if d.Op == "move" {
		c, err := s.App.CadreByCode(r.Context(), r.p, d.Cadre)
		if err != nil {
			return d, w, err
		}
		w.Cadre = c.ID
	}
	return d, w, nil
}

// deskDo does what the page has shown, at the price that it has shown.
func (s *Server) deskDo(r *request) error {
	r.unhurried()
	if err := r.ParseForm(); err != nil {
		return planner.Fail(planner.Invalid, "表单读不出来，请重新打开页面再试。", "the form cannot be read; open the page again.")
	}
	d, w, err := s.deskAsked(r, r.PostForm)
	if err != nil {
		return err
	}
	ctx := r.Context()
	switch d.Op {
	case "review":
		_, err = s.App.Review(ctx, r.p, d.Period)
	case "publish":
		_, d.Findings, err = s.App.Publish(ctx, r.p, d.Period, r.PostForm.Get("force") != "")
		d.Stops = planner.Stops(d.Findings)
	case "undo":
		var step pipeline.UndoStep
		if step, err = s.App.LastStep(ctx, r.p, d.Period); err != nil {
			break
		}
		if d.Step = &step; step.ID != r.PostForm.Get("step") {
			err = planner.Fail(planner.Conflict, "您看过之后又有了新的一步，没有撤销；请再看一次。", "there is a newer step since you looked; nothing was undone. Please look again.")
			break
		}
		_, err = s.App.UndoPlan(ctx, r.p, d.Period)
	default:
		var req pipeline.HandRequest
		if req, err = s.App.HandRequestOf(ctx, r.p, w); err != nil {
			return err
		}
		if req.Shown, err = shownPrice(r.PostForm); err != nil {
			return err
		}
		req.Do = true
		var rep pipeline.HandReport
		rep, err = s.App.Hand(ctx, r.p, req)
		d.Hand = &rep
	}
	if k := planner.KindOf(err); err != nil && (k == planner.Conflict || k == planner.Invalid) { // shown on the page itself, with what stands now
		d.Refused = sayOf(err)
		p := s.page(r, desk.name)
		p.Here = "/desk?" + r.PostForm.Encode()
		p.V = d
		s.render(r, statusOf(err), p)
		return nil
	}
	if err != nil {
		return err
	}
	back, err := url.Parse(d.Back)
	if err != nil {
		return err
	}
	back.RawQuery = "done=desk"
	http.Redirect(r.w, r.Request, back.String(), http.StatusSeeOther)
	return nil
}

// shownPrice is the price that the form carries from the preview.
func shownPrice(f url.Values) (*pipeline.HandPrice, error) {
	left, e1 := strconv.Atoi(f.Get("left"))
	changed, e2 := strconv.Atoi(f.Get("changed"))
	extra, e3 := strconv.ParseInt(f.Get("extra"), 10, 64)
	if e1 != nil || e2 != nil || e3 != nil {
		return nil, planner.Fail(planner.Invalid, "请先看过代价，再确认。", "look at the price first, then confirm.")
	}
	return &pipeline.HandPrice{Left: left, Changed: changed, Extra: planner.Seconds(extra)}, nil
}
