package web

import (
	"net/url"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/pipeline"
)

// perPage is how many pairings one page of the list shows.
const perPage = 50

// pairingsPage is one page of the list with its filter.
type pairingsPage struct {
	pipeline.PairingPage
	Filter   pipeline.PairingFilter `json:"-"`
	Tiers    []planner.Tier         `json:"-"`
	Villages []pipeline.VillageView `json:"-"`
	Units    []pipeline.UnitView    `json:"-"`
	From, To int                    `json:"-"` // rows shown, from 1
	Prev     string                 `json:"-"` // address of the page before, empty at the first
	Next     string                 `json:"-"`
}

var pairings = view{"pairings", func(s *Server, r *request) (any, error) {
	q := r.URL.Query()
	offset, _ := strconv.Atoi(q.Get("offset"))
	f := pipeline.PairingFilter{Tier: planner.Tier(q.Get("tier")), Village: planner.AreaCode(q.Get("village")),
		Unit: planner.UnitID(q.Get("unit")), Cadre: planner.CadreID(q.Get("cadre")), Changed: q.Get("changed") != "",
		Offset: max(0, offset), Limit: perPage}
	if f.Tier == "" {
		f.Tier = planner.TierHousehold
	}
	list, err := s.App.Pairings(r.Context(), r.p, f)
	if err != nil {
		return nil, err
	}
	places, err := s.App.Places(r.Context(), r.p)
	if err != nil {
		return nil, err
	}
	return newPairings(list, f, places, q), nil
}}

// newPairings adds the filter's choices and the neighbouring pages.
func newPairings(list pipeline.PairingPage, f pipeline.PairingFilter, places pipeline.Places, q url.Values) pairingsPage {
	p := pairingsPage{PairingPage: list, Filter: f, Tiers: planner.Tiers, Villages: places.Villages, Units: places.Units}
	if len(list.Rows) > 0 {
		p.From, p.To = f.Offset+1, f.Offset+len(list.Rows)
	}
	at := func(offset int) string {
		n := url.Values{}
		for _, k := range []string{"tier", "village", "unit", "cadre", "changed"} {
			if v := q.Get(k); v != "" {
				n.Set(k, v)
			}
		}
		if offset > 0 {
			n.Set("offset", strconv.Itoa(offset))
		}
		return "/pairings?" + n.Encode()
	}
	if f.Offset > 0 {
		p.Prev = at(max(0, f.Offset-perPage))
	}
	if f.Offset+len(list.Rows) < list.Total && len(list.Rows) > 0 {
		p.Next = at(f.Offset + perPage)
	}
	return p
}

// othersShown is how many alternatives the card "who else" asks for; each is an exact computation.
const othersShown = 6

// pairing answers why this cadre, who else and, with ?not=工号, why not that one.
var pairing = view{"pairing", func(s *Server, r *request) (any, error) {
	r.unhurried()
	household := planner.HouseholdID(r.PathValue("household"))
	e, err := s.App.Explain(r.Context(), r.p, household, othersShown)
	if not := strings.TrimSpace(r.URL.Query().Get("not")); err == nil && not != "" {
		var w pipeline.WhyNot
		w, err = s.App.WhyNot(r.Context(), r.p, household, not)
		e.Not = &w
	}
	return e, err
}}
