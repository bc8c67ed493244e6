package web

import (
	"math"
	"regexp"
	"strings"
	"unicode/utf8"

	"lianxin/planner"
	"lianxin/planner/lang"
)

// A poster hangs on a wall and is read from a step away, so its print is as large as one page of A4 allows. The page has no script to
// try sizes, so the size is reckoned here: text is as wide as its characters, columns share the page as browsers share it out, lines
// break after 、 and spaces. posterSizes and the classes .poster.pN of style.css are one table in two places; a browser test prints
// the longest and the shortest months.

// posterSize is the print of a poster, in points.
type posterSize struct {
	class         string
	font, lead    float64 // of the table; lead is the height of a line in fonts
	padV, padH    float64 // of a cell
	facts         float64 // print of the lines below the table
	head, changes float64 // height of what stands above the table; print of the changes
}

var posterSizes = []posterSize{
	{"p1", 11, 1.4, 6, 5, 11.5, 92, 11},
	{"p2", 10.4, 1.38, 5, 4.4, 11, 92, 10.4},
	{"p3", 9.8, 1.36, 4, 4, 10.4, 88, 9.8},
	{"p4", 9.2, 1.34, 3.2, 3.4, 10, 88, 9.4},
	{"p5", 8.6, 1.3, 2.6, 3, 9.4, 84, 8.8},
	{"p6", 8.1, 1.24, 2, 2.6, 8.8, 80, 8.4},
	{"p7", 7.6, 1.2, 1.4, 2.4, 8.2, 76, 7.8},
	{"p8", 7.2, 1.12, .6, 2.2, 7.6, 70, 7.4},
}

// What a page of A4 leaves inside its frame, in points.
const (
	posterWide = 482
	posterTall = 700
)

// posterFit is the class of the largest print with which the notice stays on one page.
func posterFit(l string, p receptionPage) string {
	for _, s := range posterSizes {
		if s.height(l, p) <= posterTall {
			return s.class
		}
	}
	return posterSizes[len(posterSizes)-1].class
}

// height reckons how tall the notice is in this print.
func (s posterSize) height(l string, p receptionPage) float64 {
	post, scope := s.share(l, p)
	line := s.font * s.lead
	tall := s.head + 2*line + 2*s.padV
	for _, r := range p.Rows {
		second := 0.0 // of small print below
		if !r.Theme.IsZero() {
			second += s.small(r.Theme, l, scope)
		}
		if p.Places {
			second += 8.3 * s.lead
		}
		cell := max(linesOf(strings.Join(r.Post, "\x00"), s.font, post)*line, linesOf(r.Portfolio, s.font, scope)*line+second, line)
		if r.Beside != "" {
			cell = max(cell, line+8.3*s.lead)
		}
		tall += cell + 2*s.padV + 0.8
	}
	if len(p.Changes) > 0 {
		tall += 22 + s.changes*1.45
		for _, c := range p.Changes {
			tall += linesOf(lang.DayMonth(l, c.On)+"："+c.Change.In(l), s.changes, posterWide-20) * s.changes * 1.45
		}
	}
	facts := []string{lang.T(l, "notice.form"), p.Hall, p.Phone, lang.T(l, "reception.how"), lang.T(l, "reception.rights")}
	if !p.Late.IsZero() {
		facts = append(facts, lang.T(l, "reception.late-say", "why", p.Late.In(l)))
	}
	tall += 18
	for _, f := range facts {
		tall += linesOf(f, s.facts, posterWide-6*s.facts)*s.facts*1.45 + 2
	}
	return tall + 42 // the foot
}

// small is the height of a theme below a portfolio.
func (s posterSize) small(t planner.Text, l string, wide float64) float64 {
	return linesOf(lang.T(l, "notice.theme", "theme", t.In(l)), 8.3, wide) * 8.3 * s.lead
}

// share is how wide the two columns are whose text may wrap: what the others leave, by the width of their longest texts.
func (s posterSize) share(l string, p receptionPage) (post, scope float64) {
	cell := func(text string) float64 { return textWide(text)*s.font + 2*s.padH + 0.8 }
	head := func(key string) float64 {
		h := lang.T(l, key)
		return cell(h) + 0.06*s.font*float64(utf8.RuneCountInString(h))
	}
	fixed := []float64{head("reception.date"), head("reception.weekday"), head("reception.time"), head("reception.leader"), head("reception.form"), head("duty.deputy"), head("reception.book")}
	post, scope = head("reception.post"), head("reception.scope")
	leastPost, leastScope := post, scope*0.65 // the head of the scope may take two lines
	for _, r := range p.Rows {
		form := lang.T(l, "reception.fixed")
		for i, text := range []string{lang.DayMonth(l, r.On), r.Week, lang.Hours(r.From, r.Until), r.Leader, form, r.Deputy, r.Book} {
			fixed[i] = max(fixed[i], cell(text))
		}
		if r.Beside != "" {
			fixed[5] = max(fixed[5], textWide(lang.T(l, "notice.beside", "name", r.Beside))*8.3+2*s.padH)
		}
		post, scope = max(post, cell(r.Title)), max(scope, cell(r.Portfolio))
	}
	left := float64(posterWide)
	for _, w := range fixed {
		left -= w
	}
	if spare := left - leastPost - leastScope; post+scope > left {
		want := post - leastPost + scope - leastScope
		post, scope = leastPost+max(0, spare)*(post-leastPost)/want, leastScope+max(0, spare)*(scope-leastScope)/want
	}
	return 0.95 * (post - 2*s.padH), 0.95 * (scope - 2*s.padH) // browsers share out a little differently
}

var postEnd = regexp.MustCompile(`(?:常务)?副?(?:主任|主席|市长|县长|区长|检察长|院长|部长|局长|书记|主任委员|秘书长)$`)

// postParts splits a long post where a line may break: before the office itself, as in 市人大常委会·副主任.
func postParts(post string) []string {
	at := postEnd.FindStringIndex(post)
	if at == nil || utf8.RuneCountInString(post) < 7 || at[0] == 0 || strings.HasSuffix(post[:at[0]], "、") {
		return []string{post}
	}
	return []string{post[:at[0]], post[at[0]:]}
}

// textWide is the width of a line of text in its own fonts.
func textWide(s string) (w float64) {
	for _, r := range s {
		if r < 0x2e80 && r != '—' && r != '…' {
			w += 0.56
		} else {
			w++
		}
	}
	return w
}

// linesOf is how many lines a text takes that breaks after 、 and ， and spaces, and anywhere if a part alone is wider.
func linesOf(s string, font, wide float64) float64 {
	if s == "" {
		return 0
	}
	lines, at := 1.0, 0.0
	parts := strings.FieldsFunc(strings.NewReplacer("、", "、\x00", "，", "，\x00", "；", "；\x00", "。", "。\x00", " ", " \x00").Replace(s), func(r rune) bool { return r == 0 })
	for _, part := range parts {
		w := textWide(part) * font
		if at > 0 && at+w > wide {
			lines, at = lines+1, 0
		}
		if w > wide {
			more := math.Ceil(w/wide) - 1
			lines, w = lines+more, w-more*wide
		}
		at += w
	}
	return lines
}
