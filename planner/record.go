package planner

import (
	"slices"
	"strings"

	"lianxin/planner/civil"
)

// EditID names an [Edit] for ever: the device, a hyphen, the device's own count. A second arrival of it is no second edit.
type EditID string

// Field of a visit's record. The part before the slash says what its value is:
//
//	outcome          done | not-home | declined | moved 2026-02-03 (the day on which the household would rather be seen)
//	tick/KEY         yes, or empty; KEY is an item of the checklist
//	note/SECTION     free words, at most 300 characters
//	promise/N        KIND DUE-DAY WORDS with a kind of [Promises], such as: errand 2026-03-01 帮问医保报销
//
// An empty value takes the field back.
type Field string

// FieldOutcome is the one field that every record has.
const FieldOutcome Field = "outcome"

// Kind is the part before the slash.
func (f Field) Kind() string { kind, _, _ := strings.Cut(string(f), "/"); return kind }

// Name is the part behind the slash; empty if there is none.
func (f Field) Name() string { _, name, _ := strings.Cut(string(f), "/"); return name }

// Edit is one change of one field of a visit's record, as somebody made it, perhaps without a network. It is never changed
// and never lost: what did not hold stands beside what did.
type Edit struct {
	ID    EditID   `json:"id"`
	Visit VisitID  `json:"visit"`
	Field Field    `json:"field"`
	Value string   `json:"value"`
	Clock int      `json:"clock"`          // the device's Lamport clock: greater than any it had seen
	Over  []EditID `json:"over,omitempty"` // the edits of this field that its writer saw and replaced
}

// Record 走访记录 is what the edits of one visit come to.
type Record struct {
	Visit    VisitID            `json:"visit"`
	Fields   map[Field]string   `json:"fields"`             // what holds; fields taken back are absent
	Heads    map[Field][]EditID `json:"heads"`              // by field, what the next edit names in Over: the edit that holds, then the others
	Both     map[Field][]Other  `json:"both,omitempty"`     // what was written at the same time and did not hold
	Promises []Promise          `json:"promises,omitempty"` // by number
}

// Other is an edit that neither held nor was seen by the one that did.
type Other struct {
	ID    EditID `json:"id"`
	Value string `json:"value"`
}

// Promise 答应的事 is one thing promised at a visit.
type Promise struct {
	Number int        `json:"number"`
	Kind   TaskKind   `json:"kind"` // one of [Promises]
	DueOn  civil.Date `json:"due_on"`
	Say    string     `json:"say"`
}

// Promises are the kinds of task that a visit may promise.
var Promises = []TaskKind{TaskPromise, TaskErrand, TaskEscort}

// Promised reports whether tasks of the kind are promises to a household: they go to a successor with it.
func (k TaskKind) Promised() bool { return slices.Contains(Promises, k) }

// Outcome is the state that the record gives its visit; empty while there is none.
func (r Record) Outcome() VisitState {
	word, _, _ := strings.Cut(r.Fields[FieldOutcome], " ")
	return VisitState(word)
}

// MovedTo is the day that the household asked for; zero if it asked for none.
func (r Record) MovedTo() civil.Date {
	word, day, _ := strings.Cut(r.Fields[FieldOutcome], " ")
	if VisitState(word) != VisitMoved {
		return civil.Date{}
	}
	d, err := civil.ParseDate(day)
	if err != nil {
		return civil.Date{}
	}
	return d
}

// Ticked reports whether an item of the checklist is ticked.
func (r Record) Ticked(item string) bool { return r.Fields[Field("tick/"+item)] != "" }

// Note is the free text of a section; empty if there is none.
func (r Record) Note(section string) string { return r.Fields[Field("note/"+section)] }

// Checklist 走访清单 is what a visit is asked: sections, each with items to tick and room for a few words. It is data, see
// planner/followup/checklists.
type Checklist struct {
	Key      string    `yaml:"key" json:"key"`
	Title    Text      `yaml:"title" json:"title"`
	Conduct  Text      `yaml:"conduct" json:"conduct"` // one line on clean conduct, printed on each sheet
	Rights   Text      `yaml:"rights" json:"rights"`   // what the household may always say
	Sections []Section `yaml:"sections" json:"sections"`
}

// Section is one of the four parts 四员 of a visit.
type Section struct {
	Key   string `yaml:"key" json:"key"`
	Role  Text   `yaml:"role" json:"role"` // 政策法规宣传员
	Title Text   `yaml:"title" json:"title"`
	Items []Item `yaml:"items" json:"items"`
}

// Item is one line to tick. Code is what a paper sheet is typed in by: unique, two digits.
type Item struct {
	Key   string `yaml:"key" json:"key"`
	Code  string `yaml:"code" json:"code"`
	Say   Text   `yaml:"say" json:"say"`
	Theme bool   `yaml:"theme" json:"theme,omitempty"` // counted by village, without names, for causes that many share 举一反三
}

// Item finds an item by key; ok is false if the checklist has none.
func (c Checklist) Item(key string) (it Item, ok bool) {
	for _, s := range c.Sections {
		for _, it := range s.Items {
			if it.Key == key {
				return it, true
			}
		}
	}
	return Item{}, false
}

// Section finds a section by key; ok is false if the checklist has none.
func (c Checklist) Section(key string) (s Section, ok bool) {
	for _, s := range c.Sections {
		if s.Key == key {
			return s, true
		}
	}
	return Section{}, false
}
