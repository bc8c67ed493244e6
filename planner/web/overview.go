package web

import (
	"lianxin/planner/pipeline"
)

// overviewPage is the planner's first page with its map.
type overviewPage struct {
	pipeline.Overview
	Map   *villageMap `json:"-"`
	Share int64       `json:"-"` // of households with a cadre last period, per thousand unchanged
}

var overview = view{"overview", func(s *Server, r *request) (any, error) {
	o, err := s.App.Overview(r.Context(), r.p)
	if err != nil {
		return nil, err
	}
	places, err := s.App.Places(r.Context(), r.p)
	if err != nil {
		return nil, err
	}
	return newOverview(o, places), nil
}}

// newOverview joins the figures and the map.
func newOverview(o pipeline.Overview, places pipeline.Places) overviewPage {
	p := overviewPage{Overview: o, Map: drawMap(places.Villages)}
	if o.Plan != nil && o.Plan.HadCadre > 0 {
		p.Share = int64(o.Plan.Kept) * 1000 / int64(o.Plan.HadCadre)
	}
	return p
}

// Percent is Share as people read it: 87.4%, or a dash before there is a year to compare with.
func (p overviewPage) Percent() string {
	if p.Plan == nil || p.Plan.HadCadre == 0 {
		return "–"
	}
	return number(p.Share/10) + "." + number(p.Share%10) + "%"
}
