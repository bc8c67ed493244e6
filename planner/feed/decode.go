package feed

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-ical"

	"lianxin/planner"
)

// What a stranger's object may measure. What comes in is a task or an answer of some thirty lines; a year of 250 events with
// two alarms each passes too. An object that uses all of it costs some 25 ms, and 16 MB in all that go-ical takes from the heap.
const (
	maxObject     = 1 << 20 // octets
	maxLine       = 64 << 10
	maxLines      = 8_500 // after unfolding
	maxParam      = 4 << 10
	maxParams     = 32
	maxSquares    = 24 << 20 // sum of squared parameter lengths: go-ical copies a value once per octet
	maxDepth      = 4        // VCALENDAR, VTIMEZONE or VEVENT, STANDARD or VALARM, and one to spare
	maxComponents = 5_000
)

// Decode reads one iCalendar object. A BOM is skipped. The object is looked over before go-ical sees it: it must be
// valid UTF-8 of at most 1 MiB without control characters, each line well-formed by RFC 5545 §3.1, nested and sized
// within the limits above, and each BEGIN closed. Parameter values come back with RFC 6868 undone.
//
// It judges form, not meaning: see [Parse] for that. The error is a [planner.Error] of kind Invalid that names the line.
func Decode(r io.Reader) (cal *ical.Calendar, err error) {
	b, err := io.ReadAll(io.LimitReader(r, maxObject+1))
	if err != nil {
		return nil, fmt.Errorf("read calendar: %w", err)
	}
	if len(b) > maxObject {
		return nil, malformed(0, "大于 1 MB", "it is larger than 1 MB")
	}
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if err := inspect(b); err != nil {
		return nil, err
	}
	defer func() { // inspect leaves nothing known that panics; what is unknown must not stop a server
		if v := recover(); v != nil {
			e := malformed(0, "无法读懂", "it cannot be read")
			e.Err = fmt.Errorf("go-ical: %v", v)
			cal, err = nil, e
		}
	}()
	cal, err = ical.NewDecoder(bytes.NewReader(b)).Decode()
	if err != nil {
		e := malformed(0, "无法读懂", "it cannot be read")
		e.Err = err
		return nil, e
	}
	undoParams(cal.Component)
	return cal, nil
}

// undoParams decodes RFC 6868 in every parameter.
func undoParams(c *ical.Component) {
	for _, props := range c.Props {
		for _, p := range props {
			for _, values := range p.Params {
				for i, v := range values {
					values[i] = unParam(v)
				}
			}
		}
	}
	for _, child := range c.Children {
		undoParams(child)
	}
}

func malformed(line int, zh, en string) *planner.Error {
	e := planner.Fail(planner.Invalid, "这个日历文件"+zh+"，请用日历软件重新导出后再试。",
		"this calendar file is refused: "+en+"; export it again from your calendar program.")
	if line > 0 {
		e.Where = fmt.Sprintf("line %d", line)
	}
	return e
}

// inspect goes once through the content lines of an object without building anything.
func inspect(b []byte) error {
	var open []string
	var content []byte // one unfolded line
	number, lines, components, squares, done := 0, 0, 0, 0, false
	check := func() *planner.Error {
		if len(content) == 0 {
			return nil
		}
		if lines++; lines > maxLines {
			return malformed(number, "行数太多", "it has too many lines")
		}
		if done {
			return malformed(number, "在结尾之后还有内容", "something follows its end")
		}
		if !utf8.Valid(content) { // not before unfolding: a line may legally be folded inside a character
			return malformed(number, "不是 UTF-8 编码", "it is not UTF-8")
		}
		name, value, square, ok := splitLine(content)
		if squares += square; !ok || squares > maxSquares {
			return malformed(number, "有一行格式不对", "a line is malformed")
		}
		switch {
		case strings.EqualFold(name, "BEGIN"):
			open = append(open, strings.ToUpper(value))
			if components++; components > maxComponents || len(open) > maxDepth {
				return malformed(number, "内容过多或嵌套过深", "it holds too much or is nested too deeply")
			}
			if len(open) == 1 && open[0] != "VCALENDAR" {
				return malformed(number, "不以 BEGIN:VCALENDAR 开头", "it does not begin with BEGIN:VCALENDAR")
			}
		case len(open) == 0:
			return malformed(number, "不以 BEGIN:VCALENDAR 开头", "it does not begin with BEGIN:VCALENDAR")
		case strings.EqualFold(name, "END"):
			if open[len(open)-1] != strings.ToUpper(value) {
				return malformed(number, "的 BEGIN 与 END 不成对", "a BEGIN and an END do not match")
			}
			open = open[:len(open)-1]
			done = len(open) == 0
		}
		return nil
	}
	for len(b) > 0 {
		line := b
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			line, b = b[:i], b[i+1:]
		} else {
			b = nil
		}
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) > 0 && (line[0] == ' ' || line[0] == '\t') && number > 0 {
			content = append(content, line[1:]...)
		} else {
			if err := check(); err != nil {
				return err
			}
			content = append(content[:0], line...)
		}
		number++
		if len(content) > maxLine {
			return malformed(number, "有一行太长", "a line is too long")
		}
	}
	if err := check(); err != nil {
		return err
	}
	if !done {
		return malformed(number, "不完整，缺少结尾", "it has no end")
	}
	return nil
}

// splitLine reads one content line by the grammar of RFC 5545 §3.1: name *(";" param) ":" value. Square is the sum of the
// squared lengths of its parameters.
func splitLine(l []byte) (name, value string, square int, ok bool) {
	for _, c := range l {
		if c < ' ' && c != '\t' || c == 0x7f {
			return "", "", 0, false
		}
	}
	i := tokenEnd(l, 0)
	if i == 0 || i == len(l) {
		return "", "", 0, false
	}
	name = string(l[:i])
	for n := 0; i < len(l) && l[i] == ';'; n++ {
		from := i + 1
		if i = tokenEnd(l, from); i == from || i == len(l) || l[i] != '=' || n == maxParams {
			return "", "", 0, false
		}
		for more := true; more; more = i < len(l) && l[i] == ',' {
			if i = paramEnd(l, i+1); i < 0 {
				return "", "", 0, false
			}
		}
		if i-from > maxParam {
			return "", "", 0, false
		}
		square += (i - from) * (i - from)
	}
	if i == len(l) || l[i] != ':' {
		return "", "", 0, false
	}
	return name, string(l[i+1:]), square, true
}

// tokenEnd returns the index after the letters, digits and hyphens at i.
func tokenEnd(l []byte, i int) int {
	for i < len(l) && (l[i] == '-' || '0' <= l[i] && l[i] <= '9' || 'A' <= l[i]&^0x20 && l[i]&^0x20 <= 'Z') {
		i++
	}
	return i
}

// paramEnd returns the index of the delimiter after the parameter value at i, -1 if there is none.
func paramEnd(l []byte, i int) int {
	if i < len(l) && l[i] == '"' {
		n := bytes.IndexByte(l[i+1:], '"')
		if n < 0 {
			return -1
		}
		i += n + 2
	} else {
		for i < len(l) && l[i] != ';' && l[i] != ':' && l[i] != ',' {
			if l[i] == '"' {
				return -1
			}
			i++
		}
	}
	if i == len(l) || l[i] != ';' && l[i] != ':' && l[i] != ',' {
		return -1
	}
	return i
}
