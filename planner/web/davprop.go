package web

import (
	"encoding/xml"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"lianxin/planner/feed"
	"lianxin/planner/pipeline"
)

// prop is a property that some kinds of resource have. Write appends its content, without the element around it.
type prop struct {
	name  xml.Name
	extra bool // not part of allprop (RFC 4791 §5.2)
	kinds []nodeKind
	write func(s *Server, r *davRequest, n *node, b []byte) []byte
}

// open and shut are the tags around the content, made once.
type ownProp struct {
	prop
	open, shut []byte
	kinds      [nodeObject + 1]bool
}

func href(b []byte, h string) []byte {
	return append(append(append(b, "<D:href>"...), h...), "</D:href>"...) // hrefs are escaped for paths, which leaves nothing for XML
}

var everyKind = []nodeKind{nodeRoot, nodePrincipals, nodePrincipal, nodeHomes, nodeHome, nodeCollection, nodeObject}

const (
	privilegeRead  = `<D:privilege><D:read/></D:privilege><D:privilege><D:read-current-user-privilege-set/></D:privilege>`
	privilegeTicks = `<D:privilege><D:write-content/></D:privilege>`
)

// props lists every property we have.
var props = []prop{
	{name: xml.Name{Space: nsDAV, Local: "resourcetype"}, kinds: everyKind, write: func(_ *Server, _ *davRequest, n *node, b []byte) []byte {
		switch n.kind {
		case nodePrincipal:
			return append(b, `<D:collection/><D:principal/>`...)
		case nodeCollection:
			return append(b, `<D:collection/><C:calendar/>`...)
		case nodeObject:
			return b
		}
		return append(b, `<D:collection/>`...)
	}},
	{name: xml.Name{Space: nsDAV, Local: "displayname"}, kinds: []nodeKind{nodePrincipal, nodeHome, nodeCollection}, write: func(_ *Server, r *davRequest, n *node, b []byte) []byte {
		if n.kind != nodeCollection {
			return appendEscaped(b, r.p.Name)
		}
		return appendEscaped(b, r.look(n, "displayname", n.c.Title))
	}},
	{name: xml.Name{Space: nsDAV, Local: "current-user-principal"}, kinds: everyKind, write: func(_ *Server, r *davRequest, _ *node, b []byte) []byte { return href(b, r.principal()) }},
	{name: xml.Name{Space: nsDAV, Local: "principal-URL"}, extra: true, kinds: []nodeKind{nodePrincipal}, write: func(_ *Server, r *davRequest, _ *node, b []byte) []byte { return href(b, r.principal()) }},
	{name: xml.Name{Space: nsDAV, Local: "principal-collection-set"}, extra: true, kinds: everyKind, write: func(_ *Server, _ *davRequest, _ *node, b []byte) []byte {
		return href(b, davRoot+"principals/")
	}},
	{name: xml.Name{Space: nsDAV, Local: "owner"}, extra: true, kinds: []nodeKind{nodePrincipal, nodeHome, nodeCollection, nodeObject}, write: func(_ *Server, r *davRequest, _ *node, b []byte) []byte { return href(b, r.principal()) }},
	{name: xml.Name{Space: nsDAV, Local: "current-user-privilege-set"}, extra: true, kinds: everyKind, write: func(_ *Server, _ *davRequest, n *node, b []byte) []byte {
		b = append(b, privilegeRead...)
		if n.c != nil && n.c.Tasks {
			b = append(b, privilegeTicks...)
		}
		if n.kind == nodeCollection {
			b = append(b, `<D:privilege><D:write-properties/></D:privilege>`...)
		}
		return b
	}},
	{name: xml.Name{Space: nsDAV, Local: "supported-privilege-set"}, extra: true, kinds: everyKind, write: func(_ *Server, _ *davRequest, _ *node, b []byte) []byte {
		return append(b, `<D:supported-privilege><D:privilege><D:all/></D:privilege><D:abstract/><D:supported-privilege><D:privilege><D:read/></D:privilege></D:supported-privilege><D:supported-privilege><D:privilege><D:write-content/></D:privilege></D:supported-privilege><D:supported-privilege><D:privilege><D:write-properties/></D:privilege></D:supported-privilege></D:supported-privilege>`...)
	}},
	{name: xml.Name{Space: nsDAV, Local: "supported-report-set"}, extra: true, kinds: everyKind, write: func(_ *Server, _ *davRequest, n *node, b []byte) []byte {
		list := []string{"<D:principal-search-property-set/>", "<D:principal-property-search/>"}
		if n.kind == nodeCollection {
			list = []string{"<C:calendar-query/>", "<C:calendar-multiget/>", "<D:sync-collection/>", "<C:free-busy-query/>"}
		}
		for _, e := range list {
			b = append(append(append(b, `<D:supported-report><D:report>`...), e...), `</D:report></D:supported-report>`...)
		}
		return b
	}},
	{name: xml.Name{Space: nsDAV, Local: "sync-token"}, extra: true, kinds: []nodeKind{nodeCollection}, write: func(_ *Server, _ *davRequest, n *node, b []byte) []byte {
		return append(b, pipeline.DavPoint{Revision: n.c.Revision}.Token()...)
	}},
	{name: xml.Name{Space: nsServer, Local: "getctag"}, extra: true, kinds: []nodeKind{nodeCollection}, write: func(_ *Server, _ *davRequest, n *node, b []byte) []byte { return append(b, n.c.Tag...) }},
	{name: xml.Name{Space: nsDAV, Local: "getetag"}, kinds: []nodeKind{nodeCollection, nodeObject}, write: func(_ *Server, _ *davRequest, n *node, b []byte) []byte {
		if n.o != nil {
			return append(b, n.o.Tag...)
		}
		return append(append(append(b, '"'), n.c.Tag...), '"')
	}},
	{name: xml.Name{Space: nsDAV, Local: "getcontenttype"}, kinds: []nodeKind{nodeCollection, nodeObject}, write: func(_ *Server, _ *davRequest, n *node, b []byte) []byte {
		switch {
		case n.o == nil:
			return append(b, "text/calendar; charset=utf-8"...)
		case n.c.Tasks:
			return append(b, "text/calendar; charset=utf-8; component=VTODO"...)
		}
		return append(b, "text/calendar; charset=utf-8; component=VEVENT"...)
	}},
	{name: xml.Name{Space: nsDAV, Local: "getcontentlength"}, kinds: []nodeKind{nodeObject}, write: func(_ *Server, _ *davRequest, n *node, b []byte) []byte {
		return strconv.AppendInt(b, int64(len(n.o.Data)), 10)
	}},
	{name: xml.Name{Space: nsDAV, Local: "getlastmodified"}, kinds: []nodeKind{nodeCollection, nodeObject}, write: func(_ *Server, _ *davRequest, n *node, b []byte) []byte {
		return n.c.Modified.UTC().AppendFormat(b, http.TimeFormat)
	}},
	{name: xml.Name{Space: nsCal, Local: "calendar-home-set"}, extra: true, kinds: []nodeKind{nodePrincipal}, write: func(_ *Server, r *davRequest, _ *node, b []byte) []byte { return href(b, r.home()) }},
	{name: xml.Name{Space: nsCal, Local: "calendar-user-address-set"}, extra: true, kinds: []nodeKind{nodePrincipal}, write: func(_ *Server, r *davRequest, _ *node, b []byte) []byte { return href(b, r.principal()) }},
	{name: xml.Name{Space: nsCal, Local: "calendar-user-type"}, extra: true, kinds: []nodeKind{nodePrincipal}, write: func(_ *Server, _ *davRequest, _ *node, b []byte) []byte { return append(b, "INDIVIDUAL"...) }},
	{name: xml.Name{Space: nsCal, Local: "supported-calendar-component-set"}, extra: true, kinds: []nodeKind{nodeCollection}, write: func(_ *Server, _ *davRequest, n *node, b []byte) []byte {
		if n.c.Tasks {
			return append(b, `<C:comp name="VTODO"/>`...)
		}
		return append(b, `<C:comp name="VEVENT"/>`...)
	}},
	{name: xml.Name{Space: nsCal, Local: "supported-calendar-data"}, extra: true, kinds: []nodeKind{nodeCollection}, write: func(_ *Server, _ *davRequest, _ *node, b []byte) []byte {
		return append(b, `<C:calendar-data content-type="text/calendar" version="2.0"/>`...)
	}},
	{name: xml.Name{Space: nsCal, Local: "supported-collation-set"}, extra: true, kinds: []nodeKind{nodeCollection}, write: func(_ *Server, _ *davRequest, _ *node, b []byte) []byte {
		for _, c := range feed.Collations {
			b = append(append(append(b, `<C:supported-collation>`...), c...), `</C:supported-collation>`...)
		}
		return b
	}},
	{name: xml.Name{Space: nsCal, Local: "calendar-description"}, extra: true, kinds: []nodeKind{nodeCollection}, write: func(_ *Server, _ *davRequest, n *node, b []byte) []byte { return appendEscaped(b, n.c.About) }},
	{name: xml.Name{Space: nsCal, Local: "calendar-timezone"}, extra: true, kinds: []nodeKind{nodeCollection}, write: func(_ *Server, _ *davRequest, _ *node, b []byte) []byte {
		return pipeline.AppendXML(b, feed.Join(nil))
	}},
	{name: xml.Name{Space: nsCal, Local: "max-resource-size"}, extra: true, kinds: []nodeKind{nodeCollection}, write: func(_ *Server, _ *davRequest, _ *node, b []byte) []byte {
		return strconv.AppendInt(b, maxDavObject, 10)
	}},
	{name: xml.Name{Space: nsApple, Local: "calendar-color"}, extra: true, kinds: []nodeKind{nodeCollection}, write: func(_ *Server, r *davRequest, n *node, b []byte) []byte {
		return appendEscaped(b, r.look(n, "calendar-color", n.c.Color+"FF"))
	}},
	{name: xml.Name{Space: nsApple, Local: "calendar-order"}, extra: true, kinds: []nodeKind{nodeCollection}, write: func(s *Server, r *davRequest, n *node, b []byte) []byte {
		return appendEscaped(b, r.look(n, "calendar-order", strconv.Itoa(1+slices.Index(s.App.DavHome(r.p), n.c.Name))))
	}},
}

// look is how the person's programs show a collection, ours if they chose nothing.
func (r *davRequest) look(n *node, name, ours string) string {
	if v := r.looks[n.c.Name][name]; v != "" {
		return v
	}
	return ours
}

// propsByName finds a property with its tags.
var propsByName = func() map[xml.Name]*ownProp {
	m := map[xml.Name]*ownProp{}
	for _, p := range props {
		o := &ownProp{prop: p, open: appendTag(nil, p.name, ""), shut: appendTag(nil, p.name, "</")}
		for _, k := range p.kinds {
			o.kinds[k] = true
		}
		m[p.name] = o
	}
	return m
}()

// wanted is what a request asks of each resource: our properties in its order, names that nobody has, and calendar-data.
type wanted struct {
	own     []*ownProp
	unknown []xml.Name
	all     bool // allprop: what a resource does not have is no 404
	names   bool // propname
	data    *dataWish
}

// wants reads prop, allprop or propname; a nil e is allprop (RFC 4918 §9.1).
func wants(e *element) (*wanted, error) {
	w := &wanted{}
	list := e.kid(nsDAV, "prop")
	switch {
	case list != nil:
	case e.kid(nsDAV, "propname") != nil:
		w.names = true
		for i := range props {
			w.own = append(w.own, propsByName[props[i].name])
		}
		return w, nil
	case e == nil || e.kid(nsDAV, "allprop") != nil:
		w.all = true
		for i := range props {
			if !props[i].extra {
				w.own = append(w.own, propsByName[props[i].name])
			}
		}
		list = e.kid(nsDAV, "include")
		if list == nil {
			return w, nil
		}
	default:
		return nil, httpError(http.StatusBadRequest)
	}
	names := 0
	for _, k := range list.kids {
		if k.is(nsCal, "calendar-data") {
			wish, err := readDataWish(k)
			if err != nil {
				return nil, err
			}
			w.data = wish
		} else if p := propsByName[k.Name]; p != nil {
			if !slices.Contains(w.own, p) { // once, however often it is asked for
				w.own = append(w.own, p)
			}
		} else if names += len(k.Space) + len(k.Local); len(w.unknown) < maxDavProps && names <= maxDavNames {
			w.unknown = append(w.unknown, k.Name)
		} else {
			return nil, httpError(http.StatusRequestEntityTooLarge)
		}
	}
	return w, nil
}

// response appends the D:response of one resource.
func (s *Server) response(r *davRequest, n *node, w *wanted, b []byte) ([]byte, error) {
	b = append(b, `<D:response>`...)
	b = href(b, n.href)
	b = append(b, `<D:propstat><D:prop>`...)
	found := 0
	for _, p := range w.own {
		if !p.kinds[n.kind] {
			continue
		}
		found++
		if w.names {
			b = appendTag(b, p.name, "/")
			continue
		}
		b = append(b, p.open...)
		b = p.write(s, r, n, b)
		b = append(b, p.shut...)
	}
	data := false
	if w.data != nil && n.o != nil {
		found++
		var err error
		b = append(b, `<C:calendar-data>`...)
		if b, err = w.data.write(n.o, s.App.Zone, b); err != nil {
			return nil, err
		}
		b, data = append(b, `</C:calendar-data>`...), true
	}
	b = append(b, `</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>`...)
	if missing := len(w.own) + len(w.unknown) - found; missing > 0 || w.data != nil && !data {
		if !w.all && !w.names && (!r.brief || found == 0) {
			b = append(b, `<D:propstat><D:prop>`...)
			for _, p := range w.own {
				if !p.kinds[n.kind] {
					b = appendTag(b, p.name, "/")
				}
			}
			for _, name := range w.unknown {
				b = appendTag(b, name, "/")
			}
			if w.data != nil && !data {
				b = append(b, `<C:calendar-data/>`...)
			}
			b = append(b, `</D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>`...)
		}
	}
	return append(b, `</D:response>`...), nil
}

// multistatus begins a 207.
func multistatus(size int) []byte {
	b, ok := answers.Get().(*[]byte)
	if !ok || cap(*b) < size {
		fresh := make([]byte, 0, size)
		b = &fresh
	}
	return append(append((*b)[:0], declared...), `<D:multistatus`+namespaces+`>`...)
}

// answers keeps the buffers of answers: a multiget of sixty objects takes 110 KB.
var answers sync.Pool

// endMultistatus sends it.
func (r *davRequest) endMultistatus(b []byte) {
	h := r.w.Header()
	h["Vary"] = []string{"Prefer, Brief"}
	if r.brief {
		h["Preference-Applied"] = []string{"return=minimal"}
	}
	b = append(b, `</D:multistatus>`...)
	writeXML(r.w, http.StatusMultiStatus, b)
	if cap(b) <= 1<<20 {
		answers.Put(&b)
	}
}

// propfind answers for a resource and, with Depth 1, its children.
func (s *Server) propfind(r *davRequest) error {
	depth := r.Header.Get("Depth")
	if depth != "0" && depth != "1" {
		if depth != "" && !strings.EqualFold(depth, "infinity") {
			return httpError(http.StatusBadRequest)
		}
		return refuse(http.StatusForbidden, nsDAV, "propfind-finite-depth")
	}
	e, err := readXML(r.Body)
	switch {
	case err == errTooLarge:
		return httpError(http.StatusRequestEntityTooLarge)
	case err != nil, e != nil && !e.is(nsDAV, "propfind"):
		return httpError(http.StatusBadRequest)
	}
	w, err := wants(e)
	if err != nil {
		return err
	}
	w.data = nil // calendar-data is for reports (RFC 4791 §9.6)
	nodes, err := s.children(r, depth == "1")
	if err != nil {
		return err
	}
	if r.looks, err = s.App.DavProps(r.Context(), r.p); err != nil {
		return err
	}
	b := multistatus(1024 + 420*len(nodes))
	for i := range nodes {
		if b, err = s.response(r, &nodes[i], w, b); err != nil {
			return err
		}
	}
	r.endMultistatus(b)
	return nil
}

// children lists the resource itself and, if wanted, what lies in it.
func (s *Server) children(r *davRequest, deep bool) ([]node, error) {
	n := r.node
	list := []node{n}
	if !deep {
		return list, nil
	}
	switch n.kind {
	case nodeRoot:
		list = append(list, node{kind: nodePrincipals, href: davRoot + "principals/"}, node{kind: nodeHomes, href: davRoot + "calendars/"})
	case nodePrincipals:
		list = append(list, node{kind: nodePrincipal, href: r.principal()})
	case nodeHomes:
		list = append(list, node{kind: nodeHome, href: r.home()})
	case nodeHome:
		for _, name := range s.App.DavHome(r.p) {
			c, err := s.App.DavCollection(r.Context(), r.p, name)
			if err != nil {
				return nil, err
			}
			list = append(list, node{kind: nodeCollection, href: r.collection(name), c: c})
		}
	case nodeCollection:
		for _, o := range n.c.Objects {
			list = append(list, node{kind: nodeObject, href: n.href + o.Name, c: n.c, o: o})
		}
	}
	return list, nil
}
