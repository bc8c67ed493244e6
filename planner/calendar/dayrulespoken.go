package calendar

import (
	"strconv"
	"strings"
)

// spoken turns a rule as villages say it into its written form: 农历逢三六九 is lunar:3,6,9, 公历逢一、四、七 solar:1,4,7, 每周三、周六
// weekday:3,6. What is not said so comes back as it is; 逢三六九 alone is not understood, since it may be either calendar.
func spoken(text string) string {
	for _, say := range []struct{ word, kind, digits string }{
		{"农历逢", "lunar", "一二三四五六七八九十"}, {"阴历逢", "lunar", "一二三四五六七八九十"}, {"公历逢", "solar", "一二三四五六七八九十"}, {"阳历逢", "solar", "一二三四五六七八九十"},
		{"每周", "weekday", "一二三四五六日"}, {"每星期", "weekday", "一二三四五六日"}, {"逢周", "weekday", "一二三四五六日"},
	} {
		rest, ok := strings.CutPrefix(text, say.word)
		if !ok {
			continue
		}
		var numbers []string
		digits := []rune(say.digits)
		for _, c := range strings.NewReplacer(",", "", "每", "", "周", "", "星期", "", "天", "日").Replace(rest) {
			n := 0
			for i, d := range digits {
				if c == d || '0' < c && c <= '9' && int(c-'0') == i+1 {
					n = i + 1
				}
			}
			if n == 0 {
				return text
			}
			numbers = append(numbers, strconv.Itoa(n))
		}
		return say.kind + ":" + strings.Join(numbers, ",")
	}
	return text
}

// inOrder is a rule by digits, weekdays or branches written in rising order, each once, so that one rule has one text; 10 stands for 逢十.
func (r DayRule) inOrder() string {
	last := map[string]string{"weekday": "7", "lunar": "10", "solar": "10"}[r.kind] // what 0 is written as
	var parts []string
	for i, in := range r.set {
		switch {
		case !in || i == 0 && last != "":
		case last == "":
			parts = append(parts, branches[i])
		default:
			parts = append(parts, strconv.Itoa(i))
		}
	}
	if r.set[0] && last != "" {
		parts = append(parts, last)
	}
	return r.kind + ":" + strings.Join(parts, ",")
}
