package web

import (
	"bytes"
	"encoding/xml"
	"strings"
	"unicode/utf8"
)

// parsePlain reads the XML that calendar programs write: elements, attributes in quotes, text; one declaration before it all.
// Whatever else there is (references, comments, CDATA, processing instructions, attributes with prefixes, names beyond ASCII,
// carriage returns, anything wrong) it leaves to encoding/xml by answering false. What it reads it reads as that does, which a
// fuzz test holds; a multiget of sixty hrefs takes a fifth of the time.
func parsePlain(b []byte) (*element, bool) {
	if !utf8.Valid(b) || bytes.ContainsAny(b, "\r&") || bytes.Contains(b, []byte("]]>")) || bytes.Contains(b, []byte("\xef\xbf\xbe")) || bytes.Contains(b, []byte("\xef\xbf\xbf")) {
		return nil, false
	}
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\n' {
			return nil, false
		}
	}
	p := plainXML{s: string(b)}
	if rest, ok := strings.CutPrefix(p.s, "<?xml "); ok {
		head, after, ok := strings.Cut(rest, "?>")
		if !ok || strings.Contains(head, "<") || !plainDeclaration(head) {
			return nil, false
		}
		p.s = after
	}
	return p.document()
}

// plainDeclaration reports whether a declaration says nothing of note.
func plainDeclaration(head string) bool {
	head = strings.Join(strings.Fields(strings.ReplaceAll(head, "'", `"`)), " ")
	switch strings.ToLower(head) {
	case `version="1.0"`, `version="1.0" encoding="utf-8"`, `version="1.0" encoding="utf-8" standalone="yes"`, `version="1.0" encoding="utf-8" standalone="no"`:
		return true
	}
	return false
}

// plainXML is a document being read; s is what is left of it.
type plainXML struct {
	s    string
	open []plainOpen
	ns   []plainSpace
	room []element // for the next elements
	n    int
}

type plainOpen struct {
	e      *element
	name   string // as written
	spaces int    // how many of ns were there before it
}

type plainSpace struct{ prefix, uri string }

func (p *plainXML) document() (root *element, ok bool) {
	for len(p.s) > 0 {
		i := strings.IndexByte(p.s, '<')
		text := p.s
		if i >= 0 {
			text = p.s[:i]
		}
		p.s = p.s[len(text):]
		if len(p.open) == 0 {
			if strings.TrimSpace(text) != "" {
				return nil, false
			}
		} else if text != "" {
			p.say(p.open[len(p.open)-1].e, text)
		}
		if i < 0 {
			break
		}
		if strings.HasPrefix(p.s, "</") {
			if !p.end() {
				return nil, false
			}
			continue
		}
		e, empty := p.start()
		if e == nil {
			return nil, false
		}
		switch {
		case len(p.open) > 1:
			above := p.open[len(p.open)-2].e
			above.kids = append(above.kids, e)
		case root != nil:
			return nil, false
		default:
			root = e
		}
		if empty {
			p.shut()
		}
	}
	return root, root != nil && len(p.open) == 0
}

// say adds text to an open element; the first piece is not copied.
func (p *plainXML) say(e *element, text string) {
	switch {
	case e.words != nil:
		e.words = append(e.words, text...)
	case e.text == "":
		e.text = text
	default:
		e.words = append(append(e.words, e.text...), text...)
	}
}

func (p *plainXML) shut() {
	last := p.open[len(p.open)-1]
	if last.e.words != nil {
		last.e.text, last.e.words = string(last.e.words), nil
	}
	p.open, p.ns = p.open[:len(p.open)-1], p.ns[:last.spaces]
}

// end reads an end tag.
func (p *plainXML) end() bool {
	i := strings.IndexByte(p.s, '>')
	if i < 0 || len(p.open) == 0 || strings.TrimRight(p.s[2:i], " \t\n") != p.open[len(p.open)-1].name {
		return false
	}
	p.s = p.s[i+1:]
	p.shut()
	return true
}

// start reads a start tag and opens its element; nil if it is not plain.
func (p *plainXML) start() (e *element, empty bool) {
	n := plainName(p.s[1:])
	if n == 0 {
		return nil, false
	}
	name := p.s[1 : 1+n]
	p.s = p.s[1+n:]
	if p.n++; p.n > maxDavElements || len(p.open) == maxDavDepth {
		return nil, false
	}
	if len(p.room) == 0 {
		p.room = make([]element, 32)
	}
	e, p.room = &p.room[0], p.room[1:]
	p.open = append(p.open, plainOpen{e, name, len(p.ns)})
	for {
		rest := strings.TrimLeft(p.s, " \t\n")
		spaced := len(rest) < len(p.s)
		p.s = rest
		switch {
		case strings.HasPrefix(rest, ">"):
			p.s = rest[1:]
			return p.named(e, name), false
		case strings.HasPrefix(rest, "/>"):
			p.s = rest[2:]
			return p.named(e, name), true
		}
		n := plainName(rest)
		if n == 0 || !spaced || len(rest) < n+2 || rest[n] != '=' || rest[n+1] != '"' && rest[n+1] != '\'' {
			return nil, false
		}
		till := strings.IndexByte(rest[n+2:], rest[n+1])
		if till < 0 {
			return nil, false
		}
		key, value := rest[:n], rest[n+2:n+2+till]
		if strings.IndexByte(value, '<') >= 0 {
			return nil, false
		}
		p.s = rest[n+3+till:]
		a := xml.Attr{Name: xml.Name{Local: key}, Value: value}
		if key == "xmlns" {
			p.ns = append(p.ns, plainSpace{"", value})
		} else if prefix, ok := strings.CutPrefix(key, "xmlns:"); ok {
			if value == "" || prefix == "xml" || prefix == "xmlns" {
				return nil, false
			}
			p.ns = append(p.ns, plainSpace{prefix, value})
			a.Name = xml.Name{Space: "xmlns", Local: prefix}
		} else if strings.IndexByte(key, ':') >= 0 {
			return nil, false
		}
		e.attrs = append(e.attrs, a)
	}
}

// named gives an element its name once its namespaces are known; nil if its prefix means nothing.
func (p *plainXML) named(e *element, name string) *element {
	prefix, local, ok := strings.Cut(name, ":")
	if !ok {
		prefix, local = "", name
	}
	e.Local = local
	for i := len(p.ns) - 1; i >= 0; i-- {
		if p.ns[i].prefix == prefix {
			if e.Space = p.ns[i].uri; e.Space != "" && strings.IndexByte(e.Space, ':') < 0 {
				return nil
			}
			return e
		}
	}
	if prefix != "" {
		return nil
	}
	return e
}

// plainName is the length of the name at the beginning of s: ASCII, with at most one colon in its midst; 0 if there is none.
func plainName(s string) int {
	colon := -1
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_':
		case c == '-' || c == '.' || '0' <= c && c <= '9':
			if i == 0 || i == colon+1 {
				return 0
			}
		case c == ':':
			if colon >= 0 || i == 0 {
				return 0
			}
			colon = i
		case c >= utf8.RuneSelf:
			return 0
		default:
			if i == colon+1 {
				return 0
			}
			return i
		}
	}
	return 0
}
