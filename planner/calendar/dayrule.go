package calendar

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// DayRule says on which days something is held in a place. Its text is one of
//
//	lunar:3,6,9            农历逢三六九: the lunar day ends in one of the digits (10 is 逢十); after a short month 30 is left out
//	solar:1,4,7            公历逢一四七: the day of the month ends in one of the digits
//	weekday:3,6            每周三、六: 1 is Monday, 7 Sunday
//	branch:子,午           the day's earthly branch 地支
//	lunar-date:2-2..2-4    农历二月初二至初四, each year; a leap month has none
//	solar-date:6-7..6-10   6月7日至10日, each year; may run over New Year
//	term:芒种..夏至        from one solar term to another, both days included
//	date:2026-06-07..2026-06-09 these days once
//
// The zero value holds no day.
type DayRule struct {
	text string
	kind string
	set  [12]bool // by last digit, weekday or branch
	from [3]int   // year, month, day, or the number of a solar term
	to   [3]int
}

var branches = [...]string{"子", "丑", "寅", "卯", "辰", "巳", "午", "未", "申", "酉", "戌", "亥"}

// ParseDayRule reads a rule. What is wrong with it comes as a planner.Error of kind Invalid that names the part.
func ParseDayRule(text string) (DayRule, error) {
	clean := strings.NewReplacer("夏至", "夏至", "冬至", "冬至", "：", ":", "，", ",", "、", ",", "至", "..", "～", "..", " ", "", "\u3000", "").Replace(strings.TrimSpace(text))
	clean = spoken(clean)
	kind, rest, ok := strings.Cut(clean, ":")
	r := DayRule{text: clean, kind: kind}
	bad := func(part string) error {
		return planner.Fail(planner.Invalid,
			fmt.Sprintf("日子规则“%s”里的“%s”看不懂。可以写：lunar:3,6,9（农历逢三六九）、solar:1,4,7（公历逢一四七）、weekday:3,6（每周三、六）、branch:子,午、lunar-date:2-2..2-4、solar-date:6-7..6-10、term:芒种..夏至、date:2026-06-07..2026-06-09。", text, part),
			fmt.Sprintf("%q in the rule %q is not understood; write lunar:3,6,9, solar:1,4,7, weekday:3,6, branch:子,午, lunar-date:2-2..2-4, solar-date:6-7..6-10, term:芒种..夏至 or date:2026-06-07..2026-06-09.", part, text))
	}
	if !ok || rest == "" {
		return DayRule{}, bad(text)
	}
	switch kind {
	case "lunar", "solar", "weekday", "branch":
		for part := range strings.SplitSeq(rest, ",") {
			n, err := strconv.Atoi(part)
			switch {
			case kind == "branch":
				n = slices.Index(branches[:], part)
				if n < 0 {
					return DayRule{}, bad(part)
				}
			case err != nil || len(part) > 2:
				return DayRule{}, bad(part)
			case kind == "weekday":
				if n < 1 || n > 7 {
					return DayRule{}, bad(part)
				}
				n %= 7
			default:
				if n < 0 || n > 10 {
					return DayRule{}, bad(part)
				}
				n %= 10
			}
			r.set[n] = true
		}
		r.text = r.inOrder()
		return r, nil
	case "lunar-date", "solar-date", "term", "date":
		from, to, ranged := strings.Cut(rest, "..")
		if !ranged {
			to = from
		}
		if r.from, ok = endOf(kind, from); !ok {
			return DayRule{}, bad(from)
		}
		if r.to, ok = endOf(kind, to); !ok || kind == "date" && slices.Compare(r.to[:], r.from[:]) < 0 {
			return DayRule{}, bad(to)
		}
		return r, nil
	}
	return DayRule{}, bad(kind)
}

// endOf reads one end of a span.
func endOf(kind, text string) (end [3]int, ok bool) {
	switch kind {
	case "term":
		i := slices.Index(civil.SolarTerms(), text)
		return [3]int{0, 0, i}, i >= 0
	case "date":
		d, err := civil.ParseDate(text)
		return [3]int{d.Year, int(d.Month), d.Day}, err == nil && !d.IsZero()
	}
	month, day, ok := strings.Cut(text, "-")
	m, err1 := strconv.Atoi(month)
	d, err2 := strconv.Atoi(day)
	most := 30
	if kind == "solar-date" && m >= 1 && m <= 12 {
		most = civil.DaysIn(2024, time.Month(m))
	}
	return [3]int{0, m, d}, ok && err1 == nil && err2 == nil && m >= 1 && m <= 12 && d >= 1 && d <= most
}

// Text is the rule as it is stored: without spaces and full-width signs.
func (r DayRule) Text() string { return r.text }

// Has reports whether the rule holds on d. Lunar rules hold on no day outside the lunar table.
func (r DayRule) Has(d civil.Date) bool {
	switch r.kind {
	case "lunar":
		l, ok := civil.Lunar(d)
		return ok && r.set[l.Day%10]
	case "solar":
		return r.set[d.Day%10]
	case "weekday":
		return r.set[d.Weekday()]
	case "branch":
		return r.set[d.Branch()]
	case "lunar-date":
		l, ok := civil.Lunar(d)
		return ok && !l.Leap && r.within(l.Month*100+l.Day, func(e [3]int) int { return e[1]*100 + e[2] })
	case "solar-date":
		return r.within(int(d.Month)*100+d.Day, func(e [3]int) int { return e[1]*100 + e[2] })
	case "term":
		return r.withinTerms(d)
	case "date":
		return r.within(d.Year*10000+int(d.Month)*100+d.Day, func(e [3]int) int { return e[0]*10000 + e[1]*100 + e[2] })
	}
	return false
}

// within compares a day of the year with the span, which may run over the year's end.
func (r DayRule) within(at int, number func([3]int) int) bool {
	from, to := number(r.from), number(r.to)
	if from <= to {
		return from <= at && at <= to
	}
	return at >= from || at <= to
}

// withinTerms is within for solar terms: the day itself of the last term is in.
func (r DayRule) withinTerms(d civil.Date) bool {
	from, to := r.from[2], r.to[2]
	begin, ok1 := civil.TermDay(d.Year, from)
	end, ok2 := civil.TermDay(d.Year, to)
	if !ok1 || !ok2 {
		return false
	}
	if from <= to {
		return !d.Before(begin) && !d.After(end)
	}
	return !d.Before(begin) || !d.After(end)
}

var digitZH = [...]string{"十", "一", "二", "三", "四", "五", "六", "七", "八", "九"}

// Say words the rule: 农历逢三、六、九.
func (r DayRule) Say() planner.Text {
	var zh, en []string
	for i, in := range r.set {
		if !in {
			continue
		}
		switch r.kind {
		case "lunar", "solar":
			zh, en = append(zh, digitZH[i]), append(en, strconv.Itoa(i))
		case "weekday":
			zh, en = append(zh, strings.TrimPrefix(weekdayZH[i], "周")), append(en, time.Weekday(i).String())
		case "branch":
			zh, en = append(zh, branches[i]), append(en, branches[i])
		}
	}
	if r.kind == "lunar" || r.kind == "solar" { // 十 comes after 九
		if r.set[0] {
			zh, en = append(zh[1:], zh[0]), append(en[1:], en[0])
		}
	}
	listZH, listEN := strings.Join(zh, "、"), strings.Join(en, ", ")
	span := func(f func([3]int) (string, string)) (string, string) {
		z1, e1 := f(r.from)
		z2, e2 := f(r.to)
		if r.from == r.to {
			return z1, e1
		}
		return z1 + "至" + z2, e1 + " to " + e2
	}
	switch r.kind {
	case "lunar":
		return planner.Text{ZH: "农历逢" + listZH, EN: "lunar days ending in " + listEN}
	case "solar":
		return planner.Text{ZH: "公历逢" + listZH, EN: "days of the month ending in " + listEN}
	case "weekday":
		return planner.Text{ZH: "每周" + listZH, EN: "every " + listEN}
	case "branch":
		return planner.Text{ZH: "逢" + listZH + "日", EN: "days of the branch " + listEN}
	case "lunar-date":
		z, e := span(func(d [3]int) (string, string) {
			l := civil.LunarDate{Month: d[1], Day: d[2]}
			return l.String(), fmt.Sprintf("lunar %d-%d", d[1], d[2])
		})
		return planner.Text{ZH: "农历" + z, EN: e}
	case "solar-date":
		z, e := span(func(d [3]int) (string, string) {
			return fmt.Sprintf("%d月%d日", d[1], d[2]), fmt.Sprintf("%s %d", time.Month(d[1]), d[2])
		})
		return planner.Text{ZH: "每年" + z, EN: e}
	case "term":
		z, e := span(func(d [3]int) (string, string) { n := civil.SolarTerms()[d[2]]; return n, n })
		return planner.Text{ZH: z, EN: e}
	case "date":
		z, e := span(func(d [3]int) (string, string) { s := civil.Of(d[0], time.Month(d[1]), d[2]).String(); return s, s })
		return planner.Text{ZH: z, EN: e}
	}
	return planner.Text{}
}
