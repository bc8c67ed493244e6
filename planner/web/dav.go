package web

import (
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

// CalDAV (RFC 4791) as calendar programs need it, over encoding/xml. A home has read-only collections of VEVENTs and, for
// each person, one of VTODOs in which ticking a task off completes it. Everything else is refused in the terms of RFC 3744.
//
//	/dav/                             where discovery begins (RFC 6764)
//	/dav/principals/ACCOUNT/          the person
//	/dav/calendars/ACCOUNT/           their home
//	/dav/calendars/ACCOUNT/NAME/      a collection of it
//	/dav/calendars/ACCOUNT/NAME/X.ics an object
//
// Decision: no scheduling inbox and outbox (RFC 6638): it is not advertised, programs then do not ask, and every ORGANIZER
// bears SCHEDULE-AGENT=NONE so that none of them mails people. Decision: not go-webdav, which lacks sync-collection,
// PROPPATCH, MKCALENDAR and half of the time ranges, and has no hook for them.

// davClasses is what OPTIONS says we can do.
const davClasses = "1, 3, access-control, calendar-access, extended-mkcol, sync-collection"

// node is one resource of the tree.
type node struct {
	kind    nodeKind
	href    string
	c       *pipeline.DavCollection // of a collection and its objects
	o       *pipeline.DavObject     // of an object
	missing string                  // the object's name where there is none yet
}

type nodeKind int

const (
	nodeRoot nodeKind = iota
	nodePrincipals
	nodePrincipal
	nodeHomes
	nodeHome
	nodeCollection
	nodeObject
)

// davRequest is one request with who asks.
type davRequest struct {
	*http.Request
	w     http.ResponseWriter
	p     planner.Principal
	node  node
	brief bool // Prefer: return=minimal (RFC 7240, RFC 8144), or Apple's Brief: t
	looks map[string]map[string]string
}

// precondition is a refusal with the element that names it (RFC 4918 §16).
type precondition struct {
	status int
	name   xml.Name
	href   string        // within need-privileges
	say    *planner.Text // for people who read logs; may be nil
}

func (e *precondition) Error() string { return strconv.Itoa(e.status) + " " + e.name.Local }

func refuse(status int, space, local string) *precondition {
	return &precondition{status: status, name: xml.Name{Space: space, Local: local}}
}

// httpError is a refusal without an element.
type httpError int

func (e httpError) Error() string { return strconv.Itoa(int(e)) }

// wellKnown sends clients to where CalDAV lives (RFC 6764 §5).
func (s *Server) wellKnown(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Location", davRoot)
	w.Header().Set("Cache-Control", "max-age=86400")
	w.WriteHeader(http.StatusMovedPermanently)
}

// dav serves everything under /dav/.
func (s *Server) dav(w http.ResponseWriter, hr *http.Request) {
	h := w.Header()
	h["Dav"] = []string{davClasses}
	if hr.Method == http.MethodOptions {
		h.Set("Allow", "OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND, PROPPATCH, REPORT, MKCALENDAR, MKCOL")
		w.WriteHeader(http.StatusOK)
		return
	}
	login, password, ok := hr.BasicAuth()
	if !ok {
		h.Set("WWW-Authenticate", `Basic realm="Lianxin", charset="UTF-8"`)
		http.Error(w, "请用连心登录名和应用专用密码登录。\nSign in with the login and a program's password.", http.StatusUnauthorized)
		return
	}
	p, err := s.App.Program(hr.Context(), login, password)
	if err != nil {
		if planner.KindOf(err) == planner.Invalid {
			h.Set("WWW-Authenticate", `Basic realm="Lianxin", charset="UTF-8"`)
			http.Error(w, lang.Sentence(lang.ZH, err)+"\n"+lang.Sentence(lang.EN, err), http.StatusUnauthorized)
			return
		}
		s.davFail(w, err)
		return
	}
	r := &davRequest{Request: hr, w: w, p: p, brief: wantsBrief(hr.Header)}
	if err := s.davDo(r); err != nil {
		s.davFail(w, err)
	}
}

// wantsBrief reports whether a program asks to leave out what is not there.
func wantsBrief(h http.Header) bool {
	return strings.Contains(h.Get("Prefer"), "return=minimal") || strings.EqualFold(h.Get("Brief"), "t")
}

func (s *Server) davDo(r *davRequest) (err error) {
	if r.node, err = s.davNode(r, r.URL.EscapedPath()); err != nil {
		return err
	}
	return s.davAnswer(r)
}

// davAnswer answers for the resource that was found.
func (s *Server) davAnswer(r *davRequest) error {
	if r.node.missing != "" && r.Method != http.MethodPut && r.Method != "MKCOL" && r.Method != "MKCALENDAR" {
		return httpError(http.StatusNotFound)
	}
	switch r.Method {
	case "PROPFIND":
		return s.propfind(r)
	case "REPORT":
		return s.report(r)
	case "PROPPATCH":
		return s.proppatch(r)
	case http.MethodGet, http.MethodHead:
		return s.davGet(r)
	case http.MethodPut:
		return s.davPut(r)
	case http.MethodDelete:
		if err := preconditions(r); err != nil {
			return err
		}
		return r.needs("unbind")
	case "MKCALENDAR", "MKCOL":
		return r.needs("bind")
	case "MOVE", "COPY", "ACL":
		return r.needs("write-acl")
	}
	r.w.Header().Set("Allow", "OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND, PROPPATCH, REPORT, MKCALENDAR, MKCOL")
	return httpError(http.StatusMethodNotAllowed)
}

// needs refuses for want of a privilege (RFC 3744 §7.1.1).
func (r *davRequest) needs(privilege string) error {
	return &precondition{status: http.StatusForbidden, name: xml.Name{Space: nsDAV, Local: "need-privileges"}, href: privilege}
}

// davNode finds the resource of a path. Of other people's there are none: whoever probes learns nothing.
func (s *Server) davNode(r *davRequest, escaped string) (node, error) {
	rest, ok := strings.CutPrefix(escaped, davRoot)
	if !ok {
		if escaped+"/" != davRoot {
			return node{}, httpError(http.StatusNotFound)
		}
	}
	parts := strings.Split(strings.TrimSuffix(rest, "/"), "/")
	for i := range parts {
		var err error
		if parts[i], err = url.PathUnescape(parts[i]); err != nil || strings.Contains(parts[i], "/") {
			return node{}, httpError(http.StatusNotFound)
		}
	}
	switch {
	case rest == "":
		return node{kind: nodeRoot, href: davRoot}, nil
	case len(parts) == 1 && parts[0] == "principals":
		return node{kind: nodePrincipals, href: davRoot + "principals/"}, nil
	case len(parts) == 1 && parts[0] == "calendars":
		return node{kind: nodeHomes, href: davRoot + "calendars/"}, nil
	case len(parts) < 2 || parts[1] != string(r.p.Account):
	case len(parts) == 2 && parts[0] == "principals":
		return node{kind: nodePrincipal, href: r.principal()}, nil
	case parts[0] != "calendars" || len(parts) > 4:
	case len(parts) == 2:
		return node{kind: nodeHome, href: r.home()}, nil
	default:
		c, err := s.App.DavCollection(r.Context(), r.p, parts[2])
		if planner.KindOf(err) == planner.NotFound && len(parts) == 3 && (r.Method == "MKCALENDAR" || r.Method == "MKCOL") {
			return node{kind: nodeHome, href: r.home(), missing: parts[2]}, nil
		}
		if planner.KindOf(err) == planner.NotFound && len(parts) == 4 && (r.Method == http.MethodPut || r.Method == "MKCALENDAR" || r.Method == "MKCOL") {
			return node{}, httpError(http.StatusConflict) // nothing to put it into (RFC 4918 §9.3.1, §9.7.1)
		}
		if err != nil {
			return node{}, err
		}
		n := node{kind: nodeCollection, href: r.collection(c.Name), c: c}
		if len(parts) == 4 {
			n = node{kind: nodeObject, href: n.href + url.PathEscape(parts[3]), c: c, o: c.Object(parts[3])}
			if n.o == nil {
				n.missing = parts[3]
			}
		}
		return n, nil
	}
	return node{}, httpError(http.StatusNotFound)
}

func (r *davRequest) principal() string {
	return davRoot + "principals/" + url.PathEscape(string(r.p.Account)) + "/"
}
func (r *davRequest) home() string {
	return davRoot + "calendars/" + url.PathEscape(string(r.p.Account)) + "/"
}
func (r *davRequest) collection(name string) string { return r.home() + url.PathEscape(name) + "/" }

// davFail answers with what went wrong.
func (s *Server) davFail(w http.ResponseWriter, err error) {
	var pre *precondition
	var code httpError
	switch {
	case errors.As(err, &pre):
		b := append([]byte(declared), `<D:error`+namespaces+`>`...)
		b = appendPrecondition(b, pre)
		b = append(b, `</D:error>`...)
		writeXML(w, pre.status, b)
	case errors.As(err, &code):
		http.Error(w, http.StatusText(int(code)), int(code))
	default:
		status := statusOf(err)
		if status >= 500 {
			s.Log.Error("dav", "err", err)
			w.Header().Set("Retry-After", "300")
		}
		http.Error(w, lang.Sentence(lang.ZH, err)+"\n"+lang.Sentence(lang.EN, err), status)
	}
}

func appendPrecondition(b []byte, e *precondition) []byte {
	if e.href == "" {
		b = appendTag(b, e.name, "/")
	} else {
		b = append(b, `<D:need-privileges><D:resource><D:href>`+davRoot+`</D:href><D:privilege><D:`+e.href+`/></D:privilege></D:resource></D:need-privileges>`...)
	}
	if e.say != nil {
		b = append(b, `<D:responsedescription>`...)
		b = appendEscaped(b, e.say.ZH+" "+e.say.EN)
		b = append(b, `</D:responsedescription>`...)
	}
	return b
}

var xmlType = []string{"application/xml; charset=utf-8"}

func writeXML(w http.ResponseWriter, status int, b []byte) {
	h := w.Header()
	h["Content-Type"] = xmlType
	h["Content-Length"] = []string{strconv.Itoa(len(b))}
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

// preconditions applies If-Match and If-None-Match to what a request would change (RFC 9110 §13.1), by the strong comparison.
func preconditions(r *davRequest) error {
	tag := ""
	switch {
	case r.node.o != nil:
		tag = r.node.o.Tag
	case r.node.kind == nodeCollection:
		tag = `"` + r.node.c.Tag + `"`
	}
	if list := r.Header.Get("If-Match"); list != "" && (tag == "" || !hasStrong(list, tag)) {
		return httpError(http.StatusPreconditionFailed)
	}
	if list := r.Header.Get("If-None-Match"); list != "" && tag != "" && hasTag(list, tag) {
		return httpError(http.StatusPreconditionFailed)
	}
	return nil
}

// hasStrong is hasTag by the strong comparison: a weak tag is never equal.
func hasStrong(list, tag string) bool {
	for part := range strings.SplitSeq(list, ",") {
		if part = strings.TrimSpace(part); part == tag || part == "*" {
			return true
		}
	}
	return false
}
