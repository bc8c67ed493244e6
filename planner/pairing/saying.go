package pairing

import "lianxin/planner"

// sayings gives equal sentences one memory: the roads and groups of a village's households are said again and again.
type sayings map[string]string

// sayingsAtMost is how many are kept. Rows come by village, so that what repeats does so soon; what one pair alone says, such
// as its place among its cadre's households, would fill the map for nothing.
const sayingsAtMost = 1 << 15

func (s sayings) share(t *planner.Text) {
	if len(s) >= sayingsAtMost {
		clear(s)
	}
	t.ZH, t.EN = s.one(t.ZH), s.one(t.EN)
}

func (s sayings) one(text string) string {
	if had, ok := s[text]; ok {
		return had
	}
	s[text] = text
	return text
}
