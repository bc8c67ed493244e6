package rule

import "slices"

// SecondLimit is what a policy says about second responsible persons. The zero SecondLimit switches the tier on as the preset
// has it or, where it has none, as Laizhou does: at most five households, of another unit.
type SecondLimit struct {
	Off  bool       `json:"off,omitempty"`
	Most int        `json:"most,omitempty"` // 0: the preset's, else five
	Unit SecondWord `json:"unit,omitempty"` // "": the preset's, else different
}

// SecondWord is a [SecondUnit] as a policy writes it: an absent word is no word.
type SecondWord string

const secondUsual = 5 // 莱州2018

var secondWords = []word{{"same", "同单位"}, {"different", "不同单位"}, {"any", "不限"}}

// second is the practice of second persons: the preset's, as the policy changes it.
func (q Question) second() Second {
	s, l := q.Preset.Second, q.Book.Limits.Second
	switch {
	case l == nil:
		return s
	case l.Off:
		return Second{}
	}
	if l.Most > 0 {
		s.Most = l.Most
	} else if s.Most == 0 {
		s.Most = secondUsual
	}
	return s
}

// settle puts the rule about the second person's unit into a book. A preset without second persons has Laizhou's in it.
func (l *SecondLimit) settle(b *Book) {
	switch {
	case l == nil || l.Off:
	case l.Unit == "same":
		secondUnit(b, SecondSame)
	case l.Unit == "different":
		secondUnit(b, SecondDifferent)
	case l.Unit == "any":
		secondUnit(b, SecondAny)
	}
}

// secondUnit has a book tie the two units in this way.
func secondUnit(b *Book, u SecondUnit) {
	k := slices.IndexFunc(b.Pairs, func(r PairRule) bool { return r.ID == SecondOtherUnit.ID || r.ID == SecondSameUnit.ID })
	if k < 0 {
		k = len(b.Pairs)
		b.Pairs = append(b.Pairs, SecondOtherUnit)
	}
	switch u {
	case SecondSame:
		b.Pairs[k] = SecondSameUnit
	case SecondDifferent:
		b.Pairs[k] = SecondOtherUnit
	default:
		b.Pairs = slices.Delete(b.Pairs, k, k+1)
	}
}

// value is what the canonical form of a policy holds.
func (l *SecondLimit) value() any {
	switch {
	case l.Off:
		return "off"
	case l.Most == 0 && l.Unit == "":
		return "on"
	}
	m := map[string]any{}
	if l.Most > 0 {
		m["most"] = l.Most
	}
	if l.Unit != "" {
		m["unit"] = l.Unit
	}
	return m
}
