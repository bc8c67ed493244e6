package web

import (
	"net/http"
	"strings"

	"lianxin/planner"
	"lianxin/planner/pipeline"
)

// answersPage lists the answers to invitations that came by mail and wait, since nobody vouches for their sender.
type answersPage struct {
	Answers []pipeline.HeldAnswer `json:"answers"`
}

var heldAnswers = view{"answers", func(s *Server, r *request) (any, error) {
	list, err := s.App.HeldAnswers(r.Context(), r.p)
	return answersPage{list}, err
}}

// settleAnswer takes an answer as it stands or drops it, with how that was found out.
func (s *Server) settleAnswer(r *request) error {
	do := r.PostFormValue("do")
	if do != "take" && do != "drop" {
		return planner.Fail(planner.Invalid, "请选“照答复记”或“作废”。", "choose to take the answer or to drop it.")
	}
	if err := s.App.SettleAnswer(r.Context(), r.p, r.PathValue("id"), do == "take", strings.TrimSpace(r.PostFormValue("why"))); err != nil {
		return err
	}
	http.Redirect(r.w, r.Request, "/answers?done="+map[bool]string{true: "answer-taken", false: "answer-dropped"}[do == "take"], http.StatusSeeOther)
	return nil
}
