package web

import (
	"encoding/json"

	"lianxin/planner"
	"lianxin/planner/pipeline"
)

// handWish is the body of POST /api/plan/{op}: people and households by code, as they stand on paper.
type handWish struct {
	Period    int      `json:"period"` // 0: this year
	Household string   `json:"household"`
	Other     string   `json:"other"` // of a swap
	Cadre     string   `json:"cadre"` // of a move; of a pin "" is the present one
	Leave     []string `json:"leave"` // of a replan
	Do        bool     `json:"do"`    // false: only show the price
}

// hand serves hand work as JSON: pin, unpin, move, swap, replan, undo. What a wish costs comes back before it is done; a
// wish that breaks rules comes back with status 422 and the rules.
func (s *Server) hand(r *request) error {
	r.unhurried()
	var w handWish
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return planner.Fail(planner.Invalid, "请求不是所要求的 JSON，请核对字段名。", "the request is not the JSON asked for; check the names of its fields.")
	}
	if w.Period == 0 {
		w.Period = s.today().Year
	}
	v, broken, err := s.handAnswer(r, w)
	if err != nil && !broken {
		return err
	}
	b, merr := json.MarshalIndent(v, "", "  ")
	if merr != nil {
		return merr
	}
	r.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err != nil {
		r.w.WriteHeader(statusOf(err))
	}
	_, _ = r.w.Write(append(b, '\n'))
	return nil
}

// handAnswer makes the one call. Broken says that the answer, though an error, has the rules that stand against it.
func (s *Server) handAnswer(r *request, w handWish) (v any, broken bool, err error) {
	ctx, op := r.Context(), r.PathValue("op")
	switch op {
	case "undo":
		v, err = s.App.UndoPlan(ctx, r.p, w.Period)
		return v, false, err
	case "replan":
		v, err = s.App.Replan(ctx, r.p, pipeline.ReplanRequest{Period: w.Period, Leave: w.Leave, DryRun: !w.Do})
		return v, false, err
	}
	h, err := s.App.HouseholdByCode(ctx, r.p, w.Household)
	if err != nil {
		return nil, false, err
	}
	var rep pipeline.HandReport
	switch op {
	case "pin", "move":
		var to planner.CadreID
		if w.Cadre != "" || op == "move" {
			c, err := s.App.CadreByCode(ctx, r.p, w.Cadre)
			if err != nil {
				return nil, false, err
			}
			to = c.ID
		}
		rep, err = s.App.Pin(ctx, r.p, w.Period, h, to, w.Do)
	case "unpin":
		rep, err = s.App.Unpin(ctx, r.p, w.Period, h, w.Do)
	case "swap":
		other, e := s.App.HouseholdByCode(ctx, r.p, w.Other)
		if e != nil {
			return nil, false, e
		}
		rep, err = s.App.Swap(ctx, r.p, w.Period, h, other, w.Do)
	default:
		err = planner.Fail(planner.NotFound, "没有这种操作；可用：pin、unpin、move、swap、replan、undo。", "there is no such operation; use pin, unpin, move, swap, replan or undo.")
	}
	return rep, len(rep.Broken) > 0, err
}
