package web

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
)

// Namespaces of WebDAV and its relatives.
const (
	nsDAV    = "DAV:"
	nsCal    = "urn:ietf:params:xml:ns:caldav"
	nsServer = "http://calendarserver.org/ns/"
	nsApple  = "http://apple.com/ns/ical/"
)

// prefixes under which we write them. They are declared once, on the outermost element.
var prefixes = map[string]string{nsDAV: "D", nsCal: "C", nsServer: "S", nsApple: "A"}

const declared = `<?xml version="1.0" encoding="utf-8"?>` + "\n"

const namespaces = ` xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/"`

// element is one XML element of a request.
type element struct {
	xml.Name
	attrs []xml.Attr
	text  string
	kids  []*element
	words []byte // of text, while the element is open: pieces are joined once, not each to all before it
}

// Limits of a request's body. A multiget of 500 hrefs takes some 50 KB and 500 elements.
const (
	maxDavXML      = 256 << 10
	maxDavDepth    = 32
	maxDavElements = 10_000
	maxDavFilters  = 200     // of one query, or parts of one calendar-data: each is put to each object; programs send fewer than ten
	maxDavText     = 4 << 10 // octets of all texts of a query, for the same reason
	maxDavProps    = 100     // asked of each resource that we do not have and answer with 404; Apple's programs ask for some thirty
	maxDavNames    = 8 << 10 // octets of their names, which come back for each resource
)

// errTooLarge is a body beyond the limits; any other error of parseXML is no XML.
var errTooLarge = errors.New("the body is too large")

// readXML reads a request's body; an empty one is nil. Directives (DOCTYPE) are refused: nothing of ours needs an entity.
func readXML(body io.Reader) (*element, error) {
	b, err := io.ReadAll(io.LimitReader(body, maxDavXML+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxDavXML {
		return nil, errTooLarge
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return nil, nil
	}
	return parseXML(b)
}

// parseXML reads a document: a plain one by itself, any other by encoding/xml.
func parseXML(b []byte) (*element, error) {
	if e, ok := parsePlain(b); ok {
		return e, nil
	}
	return parseAny(b)
}

func parseAny(b []byte) (root *element, err error) {
	d := xml.NewDecoder(bytes.NewReader(b))
	d.Strict = true
	var open []*element
	n := 0
	for {
		t, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if n++; n > maxDavElements || len(open) == maxDavDepth {
				return nil, errTooLarge
			}
			if !namespaced(t) {
				return nil, errors.New("a prefix without a namespace")
			}
			e := &element{Name: t.Name, attrs: t.Attr}
			switch {
			case len(open) > 0:
				last := open[len(open)-1]
				last.kids = append(last.kids, e)
			case root != nil:
				return nil, errors.New("two outermost elements")
			default:
				root = e
			}
			open = append(open, e)
		case xml.EndElement:
			last := open[len(open)-1]
			last.text, last.words = string(last.words), nil
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				last := open[len(open)-1]
				last.words = append(last.words, t...)
			}
		case xml.Directive:
			return nil, errors.New("a directive")
		}
	}
	if root == nil || len(open) > 0 {
		return nil, errors.New("no whole element")
	}
	return root, nil
}

// namespaced reports whether an element's prefix means something (Namespaces in XML §2.2, §5), which encoding/xml does not ask:
// it leaves a prefix that was not declared in the place of the namespace. A namespace is a URI with a colon in it.
func namespaced(t xml.StartElement) bool {
	if t.Name.Space != "" && !strings.Contains(t.Name.Space, ":") {
		return false
	}
	return !slices.ContainsFunc(t.Attr, func(a xml.Attr) bool { return a.Name.Space == "xmlns" && a.Value == "" })
}

// is reports whether e is the element of a name; a nil e is none.
func (e *element) is(space, local string) bool {
	return e != nil && e.Space == space && e.Local == local
}

// kid returns the first child of a name, nil if there is none.
func (e *element) kid(space, local string) *element {
	if e != nil {
		for _, k := range e.kids {
			if k.is(space, local) {
				return k
			}
		}
	}
	return nil
}

// count is the number of elements in e, itself included.
func (e *element) count() int {
	n := 1
	for _, k := range e.kids {
		n += k.count()
	}
	return n
}

// letters is the number of octets of text in e and all that it holds.
func (e *element) letters() int {
	n := len(e.text)
	for _, k := range e.kids {
		n += k.letters()
	}
	return n
}

func (e *element) attr(name string) string {
	for _, a := range e.attrs {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// word is the text without the blanks around it; a nil e has none.
func (e *element) word() string {
	if e == nil {
		return ""
	}
	return strings.TrimSpace(e.text)
}

// tag appends an element's name as we write it: with one of our prefixes, or with its namespace declared on the spot.
func appendTag(b []byte, n xml.Name, end string) []byte {
	b = append(b, '<')
	if end == "</" {
		b = append(b, '/')
	}
	if p, ok := prefixes[n.Space]; ok {
		b = append(append(append(b, p...), ':'), n.Local...)
	} else if n.Space == "" {
		b = append(b, n.Local...)
		if end != "</" {
			b = append(b, ` xmlns=""`...)
		}
	} else {
		b = append(append(b, "X:"...), n.Local...)
		if end != "</" {
			b = append(b, ` xmlns:X="`...)
			b = appendEscaped(b, n.Space)
			b = append(b, '"')
		}
	}
	if end == "/" {
		b = append(b, '/')
	}
	return append(b, '>')
}

// appendEscaped appends text as content or as the value of an attribute.
func appendEscaped(b []byte, s string) []byte {
	var buf bytes.Buffer
	if !strings.ContainsAny(s, "&<>\"'\r\n\t") {
		return append(b, s...)
	}
	_ = xml.EscapeText(&buf, []byte(s)) // into memory: cannot fail
	return append(b, buf.Bytes()...)
}
