package web

import (
	"net/http"
	"net/url"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
)

// sendingPage is how a person wants to be told.
type sendingPage struct {
	pipeline.SendWishView
	Order []string             `json:"-"` // of the selects: what is chosen, then blanks
	Until civil.Date           `json:"-"` // the longest mute
	Mine  []pipeline.MyChannel `json:"addresses"`
}

var sending = view{"sending", func(s *Server, r *request) (any, error) {
	v, err := s.App.SendWish(r.Context(), r.p, planner.CadreID(r.PathValue("id")))
	if err != nil {
		return nil, err
	}
	mine, err := s.App.ChannelsOf(r.Context(), r.p, v.Cadre)
	if err != nil {
		return nil, err
	}
	p := sendingPage{SendWishView: v, Mine: mine, Until: s.today().AddDays(pipeline.MaxSendMuteDays)}
	p.Order = append(p.Order, v.Channels...)
	for len(p.Order) < len(v.Available) {
		p.Order = append(p.Order, "")
	}
	return p, nil
}}

// wishSending stores how a person wants to be told.
func (s *Server) wishSending(r *request) error {
	id := planner.CadreID(r.PathValue("id"))
	w := planner.SendWish{Cadre: id, AnyDay: r.PostFormValue("any-day") != "", Lang: r.PostFormValue("lang")}
	for _, c := range r.PostForm["channel"] {
		if c != "" {
			w.Channels = append(w.Channels, c)
		}
	}
	for name, to := range map[string]*civil.Clock{"quiet-from": &w.QuietFrom, "quiet-until": &w.QuietUntil, "digest-at": &w.DigestAt} {
		text := strings.TrimSpace(r.PostFormValue(name))
		if text == "" && name == "digest-at" {
			continue
		}
		var err error
		if *to, err = civil.ParseClock(text); err != nil {
			return planner.Fail(planner.Invalid, "时刻“"+text+"”请写成 21:00 的样子。", "write the time “"+text+"” like 21:00.")
		}
	}
	if text := r.PostFormValue("mute-until"); text != "" {
		var err error
		if w.MuteUntil, err = civil.ParseDate(text); err != nil {
			return planner.Fail(planner.Invalid, "日期“"+text+"”请写成 2026-02-20 的样子。", "write the date “"+text+"” like 2026-02-20.")
		}
	}
	if err := s.App.SetSendWish(r.Context(), r.p, w); err != nil {
		return err
	}
	http.Redirect(r.w, r.Request, "/cadres/"+url.PathEscape(string(id))+"/sending?done=sending", http.StatusSeeOther)
	return nil
}
