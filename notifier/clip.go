package notifier

import (
	"strings"
	"unicode/utf8"
)

const ellipsis = "…"

// clipBytes cuts s to at most n bytes on a border of runes. A cut text ends in an ellipsis, if there is room for one.
func clipBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	end := ""
	if n >= len(ellipsis) {
		end = ellipsis
	}
	n -= len(end)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + end
}

// clipRunes cuts s to at most n characters; a cut text ends in an ellipsis.
func clipRunes(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:max(n-1, 0)]) + ellipsis
}

// plain is text that every vendor's JSON takes as it is: valid UTF-8 (half characters are dropped) without control characters other than line ends, and
// without the two separators that encoding/json would write as \u2028 and \u2029 (WeCom refuses escapes: its error 40033).
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\u2028' || r == '\u2029':
			return '\n'
		case r == '\r' || r == '\ufeff' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069':
			return -1 // the last two turn the direction of what follows
		case r < ' ' || r >= 0x7f && r < 0xa0:
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// marks are the characters that mean something in the vendors' dialects of Markdown, with what stands for them. None of the
// manuals documents an escape, so each becomes its full-width twin, which every client shows as what it looks like.
var marks = strings.NewReplacer("<", "＜", ">", "＞", "*", "＊", "_", "＿", "`", "｀", "[", "［", "]", "］", "#", "＃", "~", "～", "|", "｜", "\\", "＼", "!", "！")

// unmark makes s plain text in Markdown: nothing in it is a link, a mention, an image or an emphasis.
func unmark(s string) string {
	lines := strings.Split(marks.Replace(plain(s)), "\n")
	for i, l := range lines { // "- ", "+ " and "1. " begin lists, four blanks begin code
		l = strings.TrimLeft(l, " ")
		if rest, ok := strings.CutPrefix(l, "-"); ok {
			l = "－" + rest
		} else if rest, ok := strings.CutPrefix(l, "+"); ok {
			l = "＋" + rest
		}
		lines[i] = l
	}
	return strings.Join(lines, "\n")
}

// untag makes s plain text where only <a> and <@…> mean something.
func untag(s string) string { return strings.ReplaceAll(plain(s), "<", "＜") }
