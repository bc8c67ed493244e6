package web

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-ical"

	"lianxin/planner"
	"lianxin/planner/feed"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// shelves is what public suites of CalDAV need and Lianxin does not have: collections that anybody may fill. They hold what a
// suite puts; all that it reads, finds, compares and synchronises is answered by the product's own code over them: PROPFIND,
// REPORT, GET, PROPPATCH, the preconditions, the refusals. Only MKCALENDAR, PUT and DELETE within the shelves are of the tests.
type shelves struct {
	t     *testing.T
	s     *Server
	mu    sync.Mutex
	kept  map[string]*shelf
	inner http.Handler
}

// shelf is one collection.
type shelf struct {
	title   string
	tasks   bool
	plain   bool // of anything, for litmus, which knows nothing of calendars
	objects map[string]feed.Object
}

// newShelves puts shelves in front of a town's server.
func newShelves(t *testing.T) (*shelves, device) {
	t.Helper()
	town := newTown(t)
	h := &shelves{t: t, s: town.server, kept: map[string]*shelf{}, inner: town.server.Handler()}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return h, town.device(t, srv.URL, "cadre")
}

func (h *shelves) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	login, password, ok := hr.BasicAuth()
	if !strings.HasPrefix(hr.URL.Path, davRoot+"calendars/") || !ok || hr.Method == http.MethodOptions {
		h.inner.ServeHTTP(w, hr)
		return
	}
	p, err := h.s.App.Program(hr.Context(), login, password)
	if err != nil {
		h.inner.ServeHTTP(w, hr)
		return
	}
	r := &davRequest{Request: hr, w: w, p: p, brief: wantsBrief(hr.Header)}
	rest, ours := strings.CutPrefix(hr.URL.Path, r.home())
	name, member, _ := strings.Cut(strings.TrimSuffix(rest, "/"), "/")
	w.Header()["Dav"] = []string{davClasses}
	switch {
	case ours && rest == "" && hr.Method == "PROPFIND":
		err = h.list(r)
	case ours && h.kept[name] == nil && member == "" && (hr.Method == "MKCALENDAR" || hr.Method == "MKCOL") && !slices.Contains(h.s.App.DavHome(p), name):
		err = h.make(r, name)
	case ours && h.kept[name] != nil:
		err = h.within(r, name, member)
	default:
		h.inner.ServeHTTP(w, hr)
		return
	}
	if err != nil {
		h.s.davFail(w, err)
	}
}

// list is the home with the shelves in it: the product's answer for the home, and its answer for each shelf.
func (h *shelves) list(r *davRequest) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	ask := func(n node, depth string) (string, error) {
		rec := httptest.NewRecorder()
		one := r.Clone(r.Context())
		one.Body = io.NopCloser(bytes.NewReader(body))
		one.Header.Set("Depth", depth)
		err := h.s.davAnswer(&davRequest{Request: one, w: rec, p: r.p, brief: r.brief, node: n})
		return rec.Body.String(), err
	}
	const end = `</D:multistatus>`
	all, err := ask(node{kind: nodeHome, href: r.home()}, r.Header.Get("Depth"))
	if err != nil {
		return err
	}
	if all = strings.TrimSuffix(all, end); r.Header.Get("Depth") == "1" {
		for _, name := range slices.Sorted(maps.Keys(h.kept)) {
			c, err := h.collection(r, name)
			if err != nil {
				return err
			}
			one, err := ask(node{kind: nodeCollection, href: r.collection(name), c: c}, "0")
			if err != nil {
				return err
			}
			all += strings.TrimSuffix(one[strings.Index(one, `<D:response>`):], end)
		}
	}
	writeXML(r.w, http.StatusMultiStatus, []byte(all+end))
	return nil
}

func (h *shelves) make(r *davRequest, name string) error {
	e, err := readXML(r.Body)
	if err != nil || e != nil && !e.is(nsCal, "mkcalendar") && !e.is(nsDAV, "mkcol") {
		return httpError(http.StatusUnsupportedMediaType)
	}
	c := &shelf{title: name, plain: e == nil, objects: map[string]feed.Object{}}
	if prop := e.kid(nsDAV, "set").kid(nsDAV, "prop"); prop != nil {
		if t := prop.kid(nsDAV, "displayname").word(); t != "" {
			c.title = t
		}
		if set := prop.kid(nsCal, "supported-calendar-component-set"); set != nil {
			if len(set.kids) != 1 || set.kids[0].attr("name") != ical.CompEvent && set.kids[0].attr("name") != ical.CompToDo {
				return refuse(http.StatusForbidden, nsCal, "supported-calendar-component")
			}
			c.tasks = set.kids[0].attr("name") == ical.CompToDo
		}
	}
	h.kept[name] = c
	if _, err := h.collection(r, name); err != nil {
		return err
	}
	r.w.WriteHeader(http.StatusCreated)
	return nil
}

// collection makes of a shelf what the product serves, and notes its change as the product does.
func (h *shelves) collection(r *davRequest, name string) (*pipeline.DavCollection, error) {
	c := h.kept[name]
	var list []feed.Object
	members := map[string]string{}
	if c != nil {
		for _, member := range slices.Sorted(maps.Keys(c.objects)) {
			list = append(list, c.objects[member])
		}
	} else {
		c = &shelf{}
	}
	made, err := pipeline.GatherDav(pipeline.DavCollection{Name: name, Title: c.title, Tasks: c.tasks, Color: "#336699", Modified: h.s.App.Now()}, list)
	if err != nil {
		return nil, err
	}
	for _, o := range made.Objects {
		members[o.Name] = o.Tag
	}
	today := h.s.App.Today()
	err = h.s.App.DB.Write(r.Context(), planner.System("test"), store.Op{Name: "dav", Now: h.s.App.Now()}, func(tx *store.Tx) (err error) {
		if made.Revision, err = tx.NoteDav(name, members, today, today.AddDays(-120)); err == nil {
			_, made.Oldest, err = tx.DavRevision(name)
		}
		return err
	})
	return made, err
}

// within is a request to a shelf or to what lies on it.
func (h *shelves) within(r *davRequest, name, member string) error {
	c, err := h.collection(r, name)
	if err != nil {
		return err
	}
	r.node = node{kind: nodeCollection, href: r.collection(name), c: c}
	if strings.Contains(member, "/") {
		if r.Method == http.MethodPut || r.Method == "MKCOL" {
			return httpError(http.StatusConflict)
		}
		return httpError(http.StatusNotFound)
	}
	if member != "" {
		r.node = node{kind: nodeObject, href: r.node.href + url.PathEscape(member), c: c, o: c.Object(member)}
		if r.node.o == nil {
			r.node.missing = member
		}
	}
	shelf := h.kept[name]
	switch {
	case r.Method == http.MethodPut && member != "":
		return h.put(r, shelf, name, member)
	case r.Method == http.MethodDelete:
		switch err := preconditions(r); {
		case err != nil:
			return err
		case r.node.missing != "":
			return httpError(http.StatusNotFound)
		case member == "":
			delete(h.kept, name)
		default:
			delete(shelf.objects, member)
		}
		if _, err := h.collection(r, name); err != nil {
			return err
		}
		r.w.WriteHeader(http.StatusNoContent)
		return nil
	case r.Method == "PROPPATCH" && member == "": // the product would look for the collection among its own
		return h.patch(r, shelf)
	case (r.Method == "MKCALENDAR" || r.Method == "MKCOL") && member == "":
		return refuse(http.StatusForbidden, nsDAV, "resource-must-be-null")
	}
	return h.s.davAnswer(r)
}

// put takes an object as RFC 4791 §5.3.2 asks, without changing an octet of it.
func (h *shelves) put(r *davRequest, c *shelf, name, member string) error {
	if err := preconditions(r); err != nil {
		return err
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxDavObject+1))
	if err != nil || len(body) > maxDavObject {
		return refuse(http.StatusForbidden, nsCal, "max-resource-size")
	}
	if c.plain {
		return h.keep(r, c, name, member, body)
	}
	cal, err := feed.Decode(bytes.NewReader(body))
	if err != nil {
		h.t.Logf("put %s: %v", member, err)
		return refuse(http.StatusForbidden, nsCal, "valid-calendar-data")
	}
	kind, uid := "", ""
	for _, child := range cal.Children {
		if child.Name == ical.CompTimezone {
			continue
		}
		id, _ := child.Props.Text(ical.PropUID)
		if id == "" || kind != "" && (kind != child.Name || uid != id) {
			return refuse(http.StatusForbidden, nsCal, "valid-calendar-object-resource")
		}
		kind, uid = child.Name, id
	}
	if kind != ical.CompEvent && !c.tasks || kind != ical.CompToDo && c.tasks {
		return refuse(http.StatusForbidden, nsCal, "supported-calendar-component")
	}
	for other, o := range c.objects {
		if other != member && bytes.Contains(o.Data, []byte("UID:"+uid+"\r\n")) {
			return refuse(http.StatusForbidden, nsCal, "no-uid-conflict")
		}
	}
	return h.keep(r, c, name, member, body)
}

func (h *shelves) keep(r *davRequest, c *shelf, name, member string, body []byte) error {
	_, had := c.objects[member]
	c.objects[member] = feed.Object{Name: member, Data: body}
	made, err := h.collection(r, name)
	if err != nil {
		return err
	}
	r.w.Header()["Etag"] = []string{made.Object(member).Tag}
	if had {
		r.w.WriteHeader(http.StatusNoContent)
	} else {
		r.w.WriteHeader(http.StatusCreated)
	}
	return nil
}

// patch sets how a shelf looks where the product allows a program to; what it does not allow gets the product's answer.
func (h *shelves) patch(r *davRequest, c *shelf) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if err = h.s.proppatch(r); planner.KindOf(err) != planner.NotFound {
		return err
	}
	// All was allowed, and the database has no such collection.
	e, err := readXML(bytes.NewReader(body))
	if err != nil {
		return err
	}
	sys, name := planner.System("test"), r.node.c.Name
	err = h.s.App.DB.Write(r.Context(), sys, store.Op{Name: "dav-props", Now: h.s.App.Now()}, func(tx *store.Tx) error {
		for _, p := range e.kid(nsDAV, "set").kid(nsDAV, "prop").kids {
			if err := tx.PutDavProp(r.p.Account, name, ownLooks[p.Name], p.word()); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		r.w.WriteHeader(http.StatusOK)
	}
	return err
}
