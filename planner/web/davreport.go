package web

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-ical"

	"lianxin/planner"
	"lianxin/planner/feed"
	"lianxin/planner/pipeline"
)

// maxHrefs of one multiget.
const maxHrefs = 500

// report answers the REPORTs of CalDAV and of synchronisation.
func (s *Server) report(r *davRequest) error {
	e, err := readXML(r.Body)
	switch {
	case err == errTooLarge:
		return httpError(http.StatusRequestEntityTooLarge)
	case err != nil || e == nil:
		return httpError(http.StatusBadRequest)
	}
	if e.is(nsDAV, "principal-search-property-set") {
		writeXML(r.w, http.StatusOK, []byte(declared+`<D:principal-search-property-set xmlns:D="DAV:"/>`))
		return nil
	}
	if e.is(nsDAV, "principal-property-search") { // nobody is found by searching: red line 7
		r.endMultistatus(multistatus(256))
		return nil
	}
	if r.node.kind != nodeCollection {
		return refuse(http.StatusForbidden, nsDAV, "supported-report")
	}
	switch {
	case e.is(nsCal, "calendar-query"):
		return s.query(r, e)
	case e.is(nsCal, "calendar-multiget"):
		return s.multiget(r, e)
	case e.is(nsDAV, "sync-collection"):
		return s.syncCollection(r, e)
	case e.is(nsCal, "free-busy-query"):
		return s.freeBusy(r, e)
	}
	return refuse(http.StatusForbidden, nsDAV, "supported-report")
}

// objects sends the chosen members of the collection.
func (s *Server) objects(r *davRequest, w *wanted, list []*pipeline.DavObject, tail func([]byte) []byte) error {
	b := multistatus(1024 + len(list)*1800)
	var err error
	for _, o := range list {
		n := node{kind: nodeObject, href: r.node.href + o.Name, c: r.node.c, o: o}
		if b, err = s.response(r, &n, w, b); err != nil {
			return err
		}
	}
	if tail != nil {
		b = tail(b)
	}
	r.endMultistatus(b)
	return nil
}

// query is calendar-query (RFC 4791 §7.8).
func (s *Server) query(r *davRequest, e *element) error {
	w, err := wants(e)
	if err != nil {
		return err
	}
	zone := s.App.Zone
	f := e.kid(nsCal, "filter")
	comp := f.kid(nsCal, "comp-filter")
	if comp == nil || comp.attr("name") != ical.CompCalendar || len(f.kids) != 1 || comp.count() > maxDavFilters || comp.letters() > maxDavText {
		return refuse(http.StatusForbidden, nsCal, "valid-filter")
	}
	filter, err := readComp(comp)
	if err != nil {
		return err
	}
	var list []*pipeline.DavObject
	for _, o := range r.node.c.Objects {
		cal, err := o.Parsed()
		if err != nil {
			return err
		}
		if filter.Match(cal, zone) {
			list = append(list, o)
		}
	}
	return s.objects(r, w, list, nil)
}

// multiget is calendar-multiget (§7.9).
func (s *Server) multiget(r *davRequest, e *element) error {
	w, err := wants(e)
	if err != nil {
		return err
	}
	if len(e.kids) > maxHrefs+1 { // and what is wanted of each
		return refuse(http.StatusForbidden, nsDAV, "number-of-matches-within-limits")
	}
	b := multistatus(1024 + len(e.kids)*1800)
	for _, k := range e.kids {
		if !k.is(nsDAV, "href") {
			continue
		}
		h := k.word()
		if o := s.member(r, h); o != nil {
			n := node{kind: nodeObject, href: r.node.href + o.Name, c: r.node.c, o: o}
			if b, err = s.response(r, &n, w, b); err != nil {
				return err
			}
			continue
		}
		b = append(b, `<D:response><D:href>`...)
		b = appendEscaped(b, h)
		b = append(b, `</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>`...)
	}
	r.endMultistatus(b)
	return nil
}

// member finds the object of a href: a path, or an address with scheme and host.
func (s *Server) member(r *davRequest, h string) *pipeline.DavObject {
	if name, ok := strings.CutPrefix(h, r.node.href); ok { // as we write it, which is the common case
		if o := r.node.c.Object(name); o != nil {
			return o
		}
	}
	u, err := url.Parse(h)
	if err != nil {
		return nil
	}
	at, err := url.PathUnescape(r.node.href)
	if err != nil {
		return nil
	}
	name, ok := strings.CutPrefix(u.Path, at)
	if !ok {
		return nil
	}
	return r.node.c.Object(name)
}

// syncCollection is RFC 6578. Depth is not looked at: Thunderbird sends 1 where the RFC asks for 0.
func (s *Server) syncCollection(r *davRequest, e *element) error {
	w, err := wants(e)
	if err != nil {
		return err
	}
	if level := e.kid(nsDAV, "sync-level").word(); level != "1" && level != "infinite" && level != "" {
		return httpError(http.StatusBadRequest)
	}
	var since pipeline.DavPoint
	if token := e.kid(nsDAV, "sync-token").word(); token != "" {
		var ok bool
		if since, ok = pipeline.ParseDavToken(token); !ok {
			return refuse(http.StatusForbidden, nsDAV, "valid-sync-token")
		}
	}
	limit := 0
	if n := e.kid(nsDAV, "limit").kid(nsDAV, "nresults").word(); n != "" {
		if limit, err = strconv.Atoi(n); err != nil || limit < 1 {
			return httpError(http.StatusBadRequest)
		}
	}
	news, err := s.App.DavChanges(r.Context(), r.node.c, since, limit)
	if planner.KindOf(err) == planner.Conflict {
		return refuse(http.StatusForbidden, nsDAV, "valid-sync-token")
	}
	if err != nil {
		return err
	}
	return s.objects(r, w, news.Changed, func(b []byte) []byte {
		for _, name := range news.Gone {
			b = append(b, `<D:response>`...)
			b = href(b, r.node.href+url.PathEscape(name))
			b = append(b, `<D:status>HTTP/1.1 404 Not Found</D:status></D:response>`...)
		}
		if news.More { // §3.6: the rest is asked for with the token
			b = append(b, `<D:response>`...)
			b = href(b, r.node.href)
			b = append(b, `<D:status>HTTP/1.1 507 Insufficient Storage</D:status><D:error><D:number-of-matches-within-limits/></D:error></D:response>`...)
		}
		b = append(b, `<D:sync-token>`...)
		b = append(b, news.Next.Token()...)
		return append(b, `</D:sync-token>`...)
	})
}

// freeBusy is free-busy-query (RFC 4791 §7.10): when the person is busy, and no word of what with.
func (s *Server) freeBusy(r *davRequest, e *element) error {
	span, err := readRange(e.kid(nsCal, "time-range"))
	if err != nil || span == nil || span.From.IsZero() || span.Until.IsZero() {
		return httpError(http.StatusBadRequest)
	}
	busy, err := feed.Busy(parsedOf(r.node.c), *span, s.App.Zone)
	if err != nil {
		return err
	}
	h := r.w.Header()
	h["Content-Type"] = calendarType
	h["Content-Length"] = []string{strconv.Itoa(len(busy))}
	_, _ = r.w.Write(busy)
	return nil
}

func parsedOf(c *pipeline.DavCollection) (list []*ical.Calendar) {
	for _, o := range c.Objects {
		if cal, err := o.Parsed(); err == nil {
			list = append(list, cal)
		}
	}
	return list
}

// dataWish is how a client wants calendar-data (§9.6).
type dataWish struct {
	part   *feed.Select
	expand *feed.Range
}

func readDataWish(e *element) (*dataWish, error) {
	w := &dataWish{}
	if t := e.attr("content-type"); t != "" && !strings.EqualFold(t, "text/calendar") {
		return nil, refuse(http.StatusForbidden, nsCal, "supported-calendar-data")
	}
	if v := e.attr("version"); v != "" && v != "2.0" {
		return nil, refuse(http.StatusForbidden, nsCal, "supported-calendar-data")
	}
	if comp := e.kid(nsCal, "comp"); comp != nil {
		switch {
		case comp.attr("name") != ical.CompCalendar:
			return nil, httpError(http.StatusBadRequest)
		case comp.count() > maxDavFilters:
			return nil, httpError(http.StatusRequestEntityTooLarge)
		}
		part := readSelect(comp)
		w.part = &part
	}
	if x := e.kid(nsCal, "expand"); x != nil {
		r, err := readRange(x)
		if err != nil || r.From.IsZero() || r.Until.IsZero() {
			return nil, httpError(http.StatusBadRequest)
		}
		w.expand = r
	}
	return w, nil // limit-recurrence-set and limit-freebusy-set change nothing where nothing recurs
}

func readSelect(e *element) feed.Select {
	s := feed.Select{Name: e.attr("name"), AllProps: e.kid(nsCal, "allprop") != nil, AllComps: e.kid(nsCal, "allcomp") != nil}
	for _, k := range e.kids {
		switch {
		case k.is(nsCal, "prop"):
			s.Props = append(s.Props, feed.SelectProp{Name: k.attr("name"), NoValue: k.attr("novalue") == "yes"})
		case k.is(nsCal, "comp"):
			s.Comps = append(s.Comps, readSelect(k))
		}
	}
	return s
}

func (w *dataWish) write(o *pipeline.DavObject, zone *time.Location, b []byte) ([]byte, error) {
	if w.part == nil && w.expand == nil {
		return append(b, o.XML()...), nil
	}
	cal, err := o.Parsed()
	if err != nil {
		return nil, err
	}
	if w.expand != nil {
		cal = feed.Expand(cal, *w.expand, zone)
	}
	if w.part != nil {
		cal = w.part.Cut(cal)
	}
	var out bytes.Buffer
	if err := feed.EncodePart(&out, cal); err != nil {
		return nil, err
	}
	return pipeline.AppendXML(b, out.Bytes()), nil
}

// readRange reads a time-range; a nil element is none. Both ends are UTC and one may be absent (§9.9).
func readRange(e *element) (*feed.Range, error) {
	if e == nil {
		return nil, nil
	}
	var r feed.Range
	for _, end := range []struct {
		name string
		t    *time.Time
	}{{"start", &r.From}, {"end", &r.Until}} {
		v := e.attr(end.name)
		if v == "" {
			continue
		}
		var err error
		if *end.t, err = time.Parse("20060102T150405Z", v); err != nil {
			return nil, refuse(http.StatusForbidden, nsCal, "valid-filter")
		}
	}
	if r.From.IsZero() && r.Until.IsZero() || !r.From.IsZero() && !r.Until.IsZero() && !r.Until.After(r.From) {
		return nil, refuse(http.StatusForbidden, nsCal, "valid-filter")
	}
	return &r, nil
}

func readComp(e *element) (f feed.CompFilter, err error) {
	f = feed.CompFilter{Name: e.attr("name"), NotDefined: e.kid(nsCal, "is-not-defined") != nil}
	for _, k := range e.kids {
		switch {
		case k.is(nsCal, "time-range"):
			f.Range, err = readRange(k)
		case k.is(nsCal, "prop-filter"):
			var p feed.PropFilter
			p, err = readProp(k)
			f.Props = append(f.Props, p)
		case k.is(nsCal, "comp-filter"):
			var c feed.CompFilter
			c, err = readComp(k)
			f.Comps = append(f.Comps, c)
		case k.is(nsCal, "is-not-defined"):
		default:
			err = refuse(http.StatusForbidden, nsCal, "valid-filter")
		}
		if err != nil {
			return f, err
		}
	}
	if f.Name == "" || f.NotDefined && len(e.kids) > 1 {
		return f, refuse(http.StatusForbidden, nsCal, "valid-filter")
	}
	return f, nil
}

func readProp(e *element) (f feed.PropFilter, err error) {
	f = feed.PropFilter{Name: e.attr("name"), NotDefined: e.kid(nsCal, "is-not-defined") != nil}
	if f.Range, err = readRange(e.kid(nsCal, "time-range")); err != nil {
		return f, err
	}
	if f.Text, err = readText(e.kid(nsCal, "text-match")); err != nil {
		return f, err
	}
	for _, k := range e.kids {
		if !k.is(nsCal, "param-filter") {
			continue
		}
		p := feed.ParamFilter{Name: k.attr("name"), NotDefined: k.kid(nsCal, "is-not-defined") != nil}
		if p.Text, err = readText(k.kid(nsCal, "text-match")); err != nil {
			return f, err
		}
		f.Params = append(f.Params, p)
	}
	if f.Name == "" {
		return f, refuse(http.StatusForbidden, nsCal, "valid-filter")
	}
	return f, nil
}

func readText(e *element) (*feed.TextMatch, error) {
	if e == nil {
		return nil, nil
	}
	m := &feed.TextMatch{Text: e.text, Collation: e.attr("collation"), Negate: e.attr("negate-condition") == "yes"}
	if m.Collation == "default" {
		m.Collation = ""
	}
	if m.Collation != "" && !slices.Contains(feed.Collations, m.Collation) {
		return nil, refuse(http.StatusForbidden, nsCal, "supported-collation")
	}
	return m, nil
}
