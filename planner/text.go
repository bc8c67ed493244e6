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
func (t Text) Fill(pairs ...string) Text { return Text{Fill(t.ZH, pairs...), Fill(t.EN, pairs...)} }

// Fill is [Text.Fill] of one language. A prefecture's plan is worded by millions of these: one that names nothing is
// returned as it is, and any other is written once into as much room as it needs.
func Fill(s string, pairs ...string) string {
	room := len(s)
	for at := 0; ; {
		from, name, value := nextName(s, at, pairs)
		if from < 0 {
			break
		}
		room += len(value) - len(name) - 2
		at = from + len(name) + 2
	}
	var b strings.Builder
	for at := 0; ; {
		from, name, value := nextName(s, at, pairs)
		if from < 0 {
			if at == 0 {
				return s
			}
			b.WriteString(s[at:])
			return b.String()
		}
		if at == 0 {
			b.Grow(room)
		}
		b.WriteString(s[at:from])
		b.WriteString(value)
		at = from + len(name) + 2
	}
}

// nextName finds the first {name} at or after at that the pairs know; from is −1 if there is none.
func nextName(s string, at int, pairs []string) (from int, name, value string) {
	for at < len(s) {
		open := strings.IndexByte(s[at:], '{')
		if open < 0 {
			break
		}
		at += open
		rest := s[at+1:]
		for i := 0; i+1 < len(pairs); i += 2 {
			if n := len(pairs[i]); len(rest) > n && rest[n] == '}' && rest[:n] == pairs[i] {
				return at, pairs[i], pairs[i+1]
			}
		}
		at++
	}
	return -1, "", ""
}

// Both is a text that reads alike in both languages: a code, a number, a name.
func Both(s string) Text { return Text{s, s} }
