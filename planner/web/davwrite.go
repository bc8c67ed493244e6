package web

import (
	"encoding/xml"
	"errors"
	"net/http"
	"strconv"

	"lianxin/planner"
	"lianxin/planner/feed"
)

// maxDavObject is what an object that is put may measure.
const maxDavObject = 1 << 20

// davGet serves an object, or a whole collection as one calendar for programs that only fetch files.
func (s *Server) davGet(r *davRequest) error {
	h := r.w.Header()
	var body []byte
	var tag string
	switch r.node.kind {
	case nodeObject:
		body, tag = r.node.o.Data, r.node.o.Tag
	case nodeCollection:
		list := make([]feed.Object, len(r.node.c.Objects))
		for i, o := range r.node.c.Objects {
			list[i] = o.Object
		}
		body, tag = feed.Join(list), `"`+r.node.c.Tag+`"`
	default:
		http.Redirect(r.w, r.Request, "/programs", http.StatusSeeOther) // somebody opened the address in a browser
		return nil
	}
	h["Content-Type"] = calendarType
	h["Etag"] = []string{tag}
	h["Cache-Control"] = []string{"private, no-cache"}
	h["Last-Modified"] = []string{r.node.c.Modified.UTC().Format(http.TimeFormat)}
	if list := r.Header.Get("If-Match"); list != "" && !hasStrong(list, tag) {
		return httpError(http.StatusPreconditionFailed)
	}
	if notModified(r.Request, tag, r.node.c.Modified) {
		delete(h, "Content-Type")
		r.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	r.w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = r.w.Write(body)
	}
	return nil
}

// davPut takes a task back that a client ticked off. What is stored is ours and not what was sent, so the answer bears no
// entity tag, and the client fetches the object anew (RFC 4791 §5.3.4).
func (s *Server) davPut(r *davRequest) error {
	if r.node.kind != nodeObject {
		return httpError(http.StatusMethodNotAllowed)
	}
	if err := preconditions(r); err != nil {
		return err
	}
	if r.node.missing != "" {
		return r.needs("bind")
	}
	if !r.node.c.Tasks {
		return r.needs("write-content")
	}
	if r.ContentLength > maxDavObject {
		return refuse(http.StatusForbidden, nsCal, "max-resource-size")
	}
	sent, err := feed.Decode(http.MaxBytesReader(r.w, r.Body, maxDavObject+1))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return refuse(http.StatusForbidden, nsCal, "max-resource-size")
	}
	if err != nil {
		return refuse(http.StatusForbidden, nsCal, "valid-calendar-data")
	}
	err = s.App.TickTask(r.Context(), r.p, r.node.o, sent)
	var e *planner.Error
	switch {
	case err == nil:
		r.w.WriteHeader(http.StatusNoContent)
		return nil
	case !errors.As(err, &e):
		return err
	case e.Kind == planner.Forbidden:
		return &precondition{status: http.StatusForbidden, name: xml.Name{Space: nsDAV, Local: "cannot-modify-protected-property"}, say: &e.Say}
	case e.Kind == planner.Invalid, e.Kind == planner.Conflict: // no step of ours: a cancelled one without reason, a closed one opened
		return &precondition{status: http.StatusForbidden, name: xml.Name{Space: nsCal, Local: "valid-calendar-object-resource"}, say: &e.Say}
	}
	return err
}

// ownLooks are the properties that a person's programs may set.
var ownLooks = map[xml.Name]string{
	{Space: nsDAV, Local: "displayname"}: "displayname", {Space: nsApple, Local: "calendar-color"}: "calendar-color", {Space: nsApple, Local: "calendar-order"}: "calendar-order",
}

// proppatch sets how the person's programs show a collection; all else is protected. It is all or nothing, each property with
// its own status (RFC 4918 §9.2).
func (s *Server) proppatch(r *davRequest) error {
	e, err := readXML(r.Body)
	switch {
	case err == errTooLarge:
		return httpError(http.StatusRequestEntityTooLarge)
	case err != nil || !e.is(nsDAV, "propertyupdate"):
		return httpError(http.StatusBadRequest)
	}
	if r.node.kind == nodeObject {
		if err := preconditions(r); err != nil {
			return err
		}
	}
	set := map[string]string{}
	var good, bad []xml.Name
	for _, k := range e.kids {
		remove := k.is(nsDAV, "remove")
		if !remove && !k.is(nsDAV, "set") {
			continue
		}
		list := k.kid(nsDAV, "prop")
		if list == nil {
			return httpError(http.StatusBadRequest)
		}
		for _, p := range list.kids {
			name, ours := ownLooks[p.Name]
			if !ours || r.node.kind != nodeCollection {
				bad = append(bad, p.Name)
				continue
			}
			good = append(good, p.Name)
			if set[name] = p.word(); remove {
				set[name] = ""
			}
		}
	}
	status := "HTTP/1.1 200 OK"
	if len(bad) > 0 {
		status = "HTTP/1.1 424 Failed Dependency"
	} else if err := s.App.SetDavProps(r.Context(), r.p, r.node.c.Name, set); err != nil {
		return err
	}
	if len(bad) == 0 && r.brief {
		r.w.Header().Set("Preference-Applied", "return=minimal")
		r.w.WriteHeader(http.StatusOK)
		return nil
	}
	b := append(multistatus(1024), `<D:response>`...)
	b = href(b, r.node.href)
	b = appendNames(b, good, status, "")
	b = appendNames(b, bad, "HTTP/1.1 403 Forbidden", `<D:error><D:cannot-modify-protected-property/></D:error>`)
	r.endMultistatus(append(b, `</D:response>`...))
	return nil
}

// appendNames is one propstat of names without values.
func appendNames(b []byte, names []xml.Name, status, more string) []byte {
	if len(names) == 0 {
		return b
	}
	b = append(b, `<D:propstat><D:prop>`...)
	for _, n := range names {
		b = appendTag(b, n, "/")
	}
	return append(append(append(append(b, `</D:prop><D:status>`...), status...), `</D:status>`...), more+`</D:propstat>`...)
}
