package planner

import (
	"errors"
	"fmt"
	"strconv"
)

// Kind says what a person can do about an error. Each front end maps it once:
// Invalid 422, NotFound 404, Conflict 409, Forbidden 403, Unavailable 503, else 500;
// exit codes 3, 3, 3, 3, 4 and 1.
type Kind int

const (
	Internal    Kind = iota // ours to mend
	Invalid                 // what was given is wrong; Say tells how to mend it
	NotFound                // the thing named does not exist, or not for this user
	Conflict                // the thing changed meanwhile, or stands in the way
	Forbidden               // this user may not
	Unavailable             // a database, file or server cannot be reached now
)

// Error is an error that a user can act on. Say is shown; Err is for the log only.
type Error struct {
	Kind  Kind
	Where string // file, sheet, row, field or command; may be empty
	Say   Text
	Err   error
}

// Error gives the English sentence with its place and cause, for logs.
func (e *Error) Error() string {
	s := e.Say.EN
	if e.Where != "" {
		s = e.Where + ": " + s
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Fail makes an Error of a kind from a sentence in both languages.
func Fail(kind Kind, zh, en string) *Error { return &Error{Kind: kind, Say: Text{zh, en}} }

// KindOf returns the kind of the first [Error] in err's chain, Internal if none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// Severity of a [Finding].
type Severity int

const (
	Stop Severity = iota // nothing is taken in until this is mended
	Warn                 // taken in; a person should look
	Note                 // for information
)

// Place is where a finding stands, as the user's spreadsheet shows it. Row counts from 1
// with the header as row 1; Column is the header's text. Zero parts are unknown.
type Place struct {
	File   string `json:"file,omitempty"`
	Sheet  string `json:"sheet,omitempty"`
	Row    int    `json:"row,omitempty"`
	Column string `json:"column,omitempty"`
}

// Text words the place: 《干部》第42行“姓名” / staff.xlsx, sheet 干部, row 42, column 姓名.
func (p Place) Text() Text {
	var t Text
	if p.File != "" {
		t.ZH, t.EN = p.File, p.File
	}
	if p.Sheet != "" {
		t.ZH += "《" + p.Sheet + "》"
		t.EN += ", sheet " + p.Sheet
	}
	if p.Row > 0 {
		t.ZH += "第" + strconv.Itoa(p.Row) + "行"
		t.EN += ", row " + strconv.Itoa(p.Row)
	}
	if p.Column != "" {
		t.ZH += "“" + p.Column + "”"
		t.EN += ", column " + p.Column
	}
	return t
}

// Finding 核对意见 is one thing found in what was given: how grave, where, what is wrong and what to do.
type Finding struct {
	Severity Severity `json:"severity"`
	Code     string   `json:"code"` // stable slug such as "unknown-village"; for tests and filters
	Place    Place    `json:"place"`
	Say      Text     `json:"say"` // the whole sentence without the place: what is wrong (value seen), what to do
}

// Sentence is the finding with its place in front.
func (f Finding) Sentence() Text {
	p := f.Place.Text()
	if p.ZH == "" {
		return f.Say
	}
	return Text{p.ZH + "：" + f.Say.ZH, p.EN + ": " + f.Say.EN}
}

// Stops reports whether any finding is a [Stop].
func Stops(fs []Finding) bool {
	for _, f := range fs {
		if f.Severity == Stop {
			return true
		}
	}
	return false
}

// MarshalText writes stop, warn or note.
func (s Severity) MarshalText() ([]byte, error) {
	return []byte([]string{"stop", "warn", "note"}[s]), nil
}

// UnmarshalText reads what MarshalText writes.
func (s *Severity) UnmarshalText(b []byte) error {
	switch string(b) {
	case "stop":
		*s = Stop
	case "warn":
		*s = Warn
	case "note":
		*s = Note
	default:
		return fmt.Errorf("no severity %q", b)
	}
	return nil
}
