package web

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/pipeline"
)

// cadrePage is a person's own page.
type cadrePage struct {
	pipeline.CadreView
	Dates  []pipeline.EventView `json:"-"` // the person's events without the days that stand above as visits
	QR     *qrCode              `json:"-"` // of the subscription, nil if the reader has none
	Webcal template.URL         `json:"-"`
}

var cadre = view{"cadre", func(s *Server, r *request) (any, error) {
	v, err := s.App.CadrePage(r.Context(), r.p, planner.CadreID(r.PathValue("id")))
	if err != nil {
		return nil, err
	}
	return newCadre(v)
}}

// newCadre adds the QR code. The address inside is a webcal one: a telephone's camera then offers to subscribe, where an
// https one would only download today's state.
func newCadre(v pipeline.CadreView) (cadrePage, error) {
	c := cadrePage{CadreView: v}
	for _, e := range v.Events {
		if e.Kind != planner.EventMassWorkDay || !slices.ContainsFunc(v.NextVisits, func(d pipeline.VisitDayView) bool { return d.On == e.On }) {
			c.Dates = append(c.Dates, e)
		}
	}
	if v.WebcalURL == "" {
		return c, nil
	}
	qr, err := drawQR(v.WebcalURL)
	if err != nil {
		return c, err
	}
	c.QR = qr
	if strings.HasPrefix(v.WebcalURL, "webcal://") { // html/template trusts no scheme but http, https and mailto
		c.Webcal = template.URL(v.WebcalURL)
	}
	return c, nil
}

// cadreCalendar is the .ics file to keep, for calendars that cannot subscribe.
func (s *Server) cadreCalendar(r *request) error {
	f, err := s.App.FeedOf(r.Context(), r.p, "cadre", r.PathValue("id"))
	if err != nil {
		return err
	}
	keep := "attachment" + strings.TrimPrefix(f.Headers().Disposition[0], "inline")
	s.serveCalendar(r.w, r.Request, f, []string{keep})
	return nil
}

// wishCalendar stores the language of a person's calendar and whether it comes by subscription or by mail.
func (s *Server) wishCalendar(r *request) error {
	id := planner.CadreID(r.PathValue("id"))
	w := pipeline.WishView{Lang: r.PostFormValue("lang"), Way: r.PostFormValue("way")}
	if err := s.App.SetCalendarWish(r.Context(), r.p, id, w); err != nil {
		return err
	}
	http.Redirect(r.w, r.Request, "/cadres/"+url.PathEscape(string(id))+"?done=wish#subscribe", http.StatusSeeOther)
	return nil
}

// rotateFeed voids the subscription link, for a link that has come into wrong hands.
func (s *Server) rotateFeed(r *request) error {
	id := planner.CadreID(r.PathValue("id"))
	if err := s.App.RotateFeed(r.Context(), r.p, id); err != nil {
		return err
	}
	http.Redirect(r.w, r.Request, "/cadres/"+url.PathEscape(string(id))+"?done=rotated#subscribe", http.StatusSeeOther)
	return nil
}
