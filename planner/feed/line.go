package feed

import (
	"strings"
	"time"
	"unicode/utf8"
)

// maxOctets of a line without its CRLF (RFC 5545 §3.1).
const maxOctets = 75

// writer appends content lines to out. The line being written stands at the end of out, from start on; end folds it
// there, which for most lines is nothing to do.
type writer struct {
	out      []byte
	start    int
	fold     []byte   // scratch: a long line while it is folded
	attendee *Mailbox // of an invitation
	quiet    bool     // for CalDAV: no program may mail the people named
	err      error    // the first refusal; the rest is still written, and thrown away

	at     time.Time // the instant last written, and its text: most events of a feed were laid at once
	atText []byte
}

// begin starts a line with a property name, which must be one of ours.
func (w *writer) begin(name string) {
	w.start = len(w.out)
	w.out = append(w.out, name...)
}

// end folds the line and closes it.
func (w *writer) end() {
	if len(w.out)-w.start <= maxOctets {
		w.out = append(w.out, '\r', '\n')
		return
	}
	w.fold = append(w.fold[:0], w.out[w.start:]...)
	w.out = appendFolded(w.out[:w.start], w.fold)
}

// text writes a property of type TEXT.
func (w *writer) text(name, value string) {
	w.begin(name)
	w.out = append(w.out, ':')
	w.out = appendText(w.out, value)
	w.end()
}

// texts writes a property whose value is a comma-separated list of TEXT, or nothing for an empty list.
func (w *writer) texts(name string, values []string) {
	if len(values) == 0 {
		return
	}
	w.begin(name)
	sep := byte(':')
	for _, v := range values {
		w.out = append(w.out, sep)
		w.out = appendText(w.out, v)
		sep = ','
	}
	w.end()
}

// raw writes a property whose value is ours: a constant, a number, a date. It may hold parameters in its name.
func (w *writer) raw(name, value string) {
	w.begin(name)
	w.out = append(w.out, ':')
	w.out = append(w.out, value...)
	w.end()
}

// token writes a value that is no TEXT and comes from outside (a UID, a URI): it is refused if it holds anything that
// could end the line or that a URI may not hold.
func (w *writer) token(name, value string) {
	if !plain(value) {
		w.refuse(name, value)
		return
	}
	w.raw(name, value)
}

// param appends ;NAME=value to the line begun.
func (w *writer) param(name, value string) {
	w.out = append(w.out, ';')
	w.out = append(w.out, name...)
	w.out = append(w.out, '=')
	w.out = appendParam(w.out, value)
}

func (w *writer) refuse(name, value string) {
	if w.err == nil {
		w.err = refusal(name, value)
	}
}

// plain reports whether s can stand unescaped as a UID, URI or address: not empty, valid UTF-8, no control character and
// no space.
func plain(s string) bool {
	return s != "" && !dirty(s) && !strings.ContainsAny(s, " \t\n")
}

// appendFolded appends line and CRLF, broken before an octet would be the 76th of a line. A break never stands inside
// a character. Bytes that are no UTF-8 are broken anywhere.
func appendFolded(b, line []byte) []byte {
	room := maxOctets
	for len(line) > room {
		n := room
		for n > room-utf8.UTFMax && !utf8.RuneStart(line[n]) {
			n--
		}
		if !utf8.RuneStart(line[n]) {
			n = room
		}
		b = append(b, line[:n]...)
		b = append(b, '\r', '\n', ' ')
		line = line[n:]
		room = maxOctets - 1 // the blank that marks a continuation counts
	}
	b = append(b, line...)
	return append(b, '\r', '\n')
}

// Clean is what becomes of a text in a feed: CR LF, CR, NEL and the line and paragraph separators U+2028 and U+2029 are LF,
// other control characters (C0 but TAB, DEL, C1) vanish, and each run of invalid UTF-8 is one U+FFFD. Text without any
// of these is unchanged. NEL and the separators are legal in RFC 5545, but khal and vdirsyncer take them for line ends.
func Clean(s string) string {
	if !dirty(s) {
		return s
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = lineEnds.Replace(s)
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || 0x7f <= r && r < 0xa0 {
			return -1
		}
		return r
	}, s)
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// dirty reports whether Clean would change s.
func dirty(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c < ' ' && c != '\n' && c != '\t' || c == 0x7f:
			return true
		case c == 0xc2 && i+1 < len(s) && s[i+1] < 0xa0: // U+0080 to U+009F
			return true
		case c == 0xe2 && i+2 < len(s) && s[i+1] == 0x80 && s[i+2]|1 == 0xa9: // U+2028, U+2029
			return true
		}
	}
	return !utf8.ValidString(s)
}

// appendText appends s as TEXT (RFC 5545 §3.3.11).
func appendText(b []byte, s string) []byte {
	s = Clean(s)
	from := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '\\', ';', ',':
			b = append(b, s[from:i]...)
			b = append(b, '\\', c)
			from = i + 1
		case '\n':
			b = append(b, s[from:i]...)
			b = append(b, '\\', 'n')
			from = i + 1
		}
	}
	return append(b, s[from:]...)
}

// appendParam appends s as a parameter value: ^ " and LF by RFC 6868, quoted where RFC 5545 §3.2 asks for it.
func appendParam(b []byte, s string) []byte {
	s = Clean(s)
	quote := strings.ContainsAny(s, ";:,")
	if quote {
		b = append(b, '"')
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '^':
			b = append(b, '^', '^')
		case '"':
			b = append(b, '^', '\'')
		case '\n':
			b = append(b, '^', 'n')
		default:
			b = append(b, c)
		}
	}
	if quote {
		b = append(b, '"')
	}
	return b
}

// unText is the reverse of appendText for one value. It is lenient as readers must be: an unknown \x is x.
func unText(s string) string {
	if !strings.ContainsRune(s, '\\') {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\\' && i+1 < len(s) {
			i++
			if c = s[i]; c == 'n' || c == 'N' {
				c = '\n'
			}
		}
		b = append(b, c)
	}
	return string(b)
}

// unTexts splits a list of TEXT at its unescaped commas.
func unTexts(s string) []string {
	var list []string
	from := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case ',':
			list = append(list, unText(s[from:i]))
			from = i + 1
		}
	}
	return append(list, unText(s[from:]))
}

// unParam is the reverse of appendParam, without the quotes.
func unParam(s string) string {
	return strings.NewReplacer("^^", "^", "^'", `"`, "^n", "\n").Replace(s)
}
