package sheet

import (
	"iter"
	"slices"
	"strings"

	"lianxin/planner"
)

// packedRows is how many rows one piece of a list holds: a list of a million grows without being copied.
const packedRows = 8192

// pieces is a list that grows by whole pieces.
type pieces[T any] struct {
	full [][]T
	n    int
}

func (p *pieces[T]) add(x T) {
	if p.n%packedRows == 0 {
		p.full = append(p.full, make([]T, 0, packedRows))
	}
	last := &p.full[len(p.full)-1]
	*last = append(*last, x)
	p.n++
}

func (p *pieces[T]) at(i int) *T { return &p.full[i/packedRows][i%packedRows] }

// texts numbers texts that stand in many rows, each kept once.
type texts struct {
	no   map[string]uint32
	list []string
}

func (w *texts) add(s string) uint32 {
	if n, ok := w.no[s]; ok {
		return n
	}
	if w.no == nil {
		w.no = map[string]uint32{}
	}
	s = strings.Clone(s) // not the whole line that it was cut from
	n := uint32(len(w.list))
	w.no[s], w.list = n, append(w.list, s)
	return n
}

// HouseholdRows are the rows of 户名册 in the order of the files. A prefecture has a million: what many rows share is kept
// once, so that a row takes a hundred bytes instead of half a kilobyte.
type HouseholdRows struct {
	rows  pieces[packedHousehold]
	words texts
}

type packedHousehold struct {
	code, contact                            string
	file, sheet, village, group, head, guide uint32
	hours, consent                           uint32
	row                                      int32
	needs, perYear                           uint8 // needs: bit i for planner.Needs[i]
}

func (h *HouseholdRows) add(r HouseholdRow) {
	p := packedHousehold{code: strings.Clone(r.Code), contact: strings.Clone(r.Contact), file: h.words.add(r.Place.File), sheet: h.words.add(r.Place.Sheet),
		village: h.words.add(string(r.Village)), group: h.words.add(r.Group), head: h.words.add(r.Head), guide: h.words.add(r.Guide),
		hours: h.words.add(string(r.Hours)), consent: h.words.add(string(r.Consent)), row: int32(r.Place.Row), perYear: uint8(r.PerYear)}
	for i, n := range planner.Needs {
		if slices.Contains(r.Needs, n) {
			p.needs |= 1 << i
		}
	}
	h.rows.add(p)
}

// Len is how many rows there are.
func (h *HouseholdRows) Len() int { return h.rows.n }

// Code is the 户编号 of row i.
func (h *HouseholdRows) Code(i int) string { return h.rows.at(i).code }

// Place is where row i stands.
func (h *HouseholdRows) Place(i int) planner.Place {
	p, w := h.rows.at(i), h.words.list
	return planner.Place{File: w[p.file], Sheet: w[p.sheet], Row: int(p.row)}
}

// At is row i.
func (h *HouseholdRows) At(i int) HouseholdRow {
	p, w := h.rows.at(i), h.words.list
	r := HouseholdRow{Place: h.Place(i), Code: p.code, Village: planner.AreaCode(w[p.village]), Group: w[p.group], Head: w[p.head], Guide: w[p.guide],
		Contact: p.contact, Hours: planner.Hours(w[p.hours]), Consent: planner.Consent(w[p.consent]), PerYear: int(p.perYear)}
	for i, n := range planner.Needs {
		if p.needs&(1<<i) != 0 {
			r.Needs = append(r.Needs, n)
		}
	}
	return r
}

// All goes through the rows in order.
func (h *HouseholdRows) All() iter.Seq2[int, HouseholdRow] {
	return func(yield func(int, HouseholdRow) bool) {
		for i := range h.Len() {
			if !yield(i, h.At(i)) {
				return
			}
		}
	}
}

// PairingRows are the rows of 上年结对 in the order of the files, kept as small as [HouseholdRows].
type PairingRows struct {
	rows  pieces[packedPairing]
	words texts
}

type packedPairing struct {
	household          string
	cadre, file, sheet uint32
	row                int32
}

func (l *PairingRows) add(r PairingRow) {
	l.rows.add(packedPairing{household: strings.Clone(r.Household), cadre: l.words.add(r.Cadre), file: l.words.add(r.Place.File), sheet: l.words.add(r.Place.Sheet), row: int32(r.Place.Row)})
}

// Len is how many rows there are.
func (l *PairingRows) Len() int { return l.rows.n }

// At is row i.
func (l *PairingRows) At(i int) PairingRow {
	p, w := l.rows.at(i), l.words.list
	return PairingRow{Place: planner.Place{File: w[p.file], Sheet: w[p.sheet], Row: int(p.row)}, Household: p.household, Cadre: w[p.cadre]}
}

// All goes through the rows in order.
func (l *PairingRows) All() iter.Seq2[int, PairingRow] {
	return func(yield func(int, PairingRow) bool) {
		for i := range l.Len() {
			if !yield(i, l.At(i)) {
				return
			}
		}
	}
}
