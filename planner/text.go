package planner

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text is a sentence for people in both languages. Both are always filled.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// In returns the sentence in lang: "en" gives English, all else Chinese.
func (t Text) In(lang string) string {
	if lang == "en" {
		return t.EN
	}
	return t.ZH
}

// IsZero reports whether neither language is filled.
func (t Text) IsZero() bool { return t.ZH == "" && t.EN == "" }

// Or is the text, or other if it is empty.
func (t Text) Or(other Text) Text {
	if t.IsZero() {
		return other
	}
	return t
}

// Titled is the text as a title: its English begins with a capital.
func (t Text) Titled() Text {
	r, n := utf8.DecodeRuneInString(t.EN)
	return Text{t.ZH, string(unicode.ToUpper(r)) + t.EN[n:]}
}

// Fill replaces each {name} of both languages by its value. Pairs are name, value,
// name, value, …; the replacement is one pass, so a value with braces stays as it is.
func (t Text) Fill(pairs ...string) Text {
	r := make([]string, len(pairs))
	for i := 0; i+1 < len(pairs); i += 2 {
		r[i], r[i+1] = "{"+pairs[i]+"}", pairs[i+1]
	}
	re := strings.NewReplacer(r...)
	return Text{re.Replace(t.ZH), re.Replace(t.EN)}
}

// Both is a text that reads alike in both languages: a code, a number, a name.
func Both(s string) Text { return Text{s, s} }
