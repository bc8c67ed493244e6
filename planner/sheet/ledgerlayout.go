package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"lianxin/planner"
)

// LedgerLayout is how an office wants a ledger: a file such as
//
//	ledger: visits
//	title: 付村街道走访登记簿
//	columns:
//	  - {column: date, header: 日期}
//	  - {column: code}
//	drop: [second]
//
// Columns come first in the order given, under the office's own headers; those that are not named follow in their own order,
// unless they are dropped. A layout can add nothing.
type LedgerLayout struct {
	Ledger  string               `yaml:"ledger" json:"ledger"`
	Title   string               `yaml:"title" json:"title,omitempty"`
	Columns []LedgerLayoutColumn `yaml:"columns" json:"columns,omitempty"`
	Drop    []string             `yaml:"drop" json:"drop,omitempty"`
}

// LedgerLayoutColumn names a column and what to call it.
type LedgerLayoutColumn struct {
	Column string `yaml:"column" json:"column"`
	Header string `yaml:"header" json:"header,omitempty"`
}

// ReadLedgerLayout reads a layout and holds it against the ledgers there are. file is its name, for the sentences.
//
// Errors: Invalid for what is no YAML, an unknown ledger or column, one named twice, all of them dropped, or a header that would
// promise what no ledger may hold; each fault is one sentence, joined by [errors.Join].
func ReadLedgerLayout(file string, b []byte, ledgers []Ledger) (LedgerLayout, error) {
	var l LedgerLayout
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&l); err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("the file is empty")
		}
		return l, &planner.Error{Kind: planner.Invalid, Where: file, Err: err, Say: planner.Text{
			ZH: "读不懂这个文件：" + err.Error() + "。只能写 ledger、title、columns（column、header）和 drop。", EN: "the file cannot be read: " + err.Error() + "; it has ledger, title, columns (column, header) and drop alone"}}
	}
	return l, l.check(file, ledgers)
}

func (l LedgerLayout) check(file string, ledgers []Ledger) error {
	var faults []error
	fault := func(zh, en string) {
		faults = append(faults, &planner.Error{Kind: planner.Invalid, Where: file, Say: planner.Text{ZH: zh, EN: en}})
	}
	at := slices.IndexFunc(ledgers, func(o Ledger) bool { return o.Name == l.Ledger })
	if at < 0 {
		var names []string
		for _, o := range ledgers {
			names = append(names, o.Name)
		}
		fault("没有台账“"+l.Ledger+"”，可用的有："+strings.Join(names, "、")+"。", "there is no ledger "+l.Ledger+"; there are "+strings.Join(names, ", "))
		return errors.Join(faults...)
	}
	known := ledgers[at].Columns
	var seen []string
	name := func(c string) {
		switch {
		case !slices.ContainsFunc(known, func(k LedgerColumn) bool { return k.Key == c }):
			if why, refused := Refused(c); refused {
				fault("不能加“"+c+"”这一栏："+why.ZH+"。", "the column "+c+" cannot be added: "+why.EN)
				return
			}
			fault("台账"+l.Ledger+"没有“"+c+"”这一栏；栏目只能改名、调整次序和去掉，不能新加。", "the ledger "+l.Ledger+" has no column "+c+"; columns can be renamed, moved and dropped, not added")
		case slices.Contains(seen, c):
			fault("“"+c+"”写了两次。", c+" stands twice")
		}
		seen = append(seen, c)
	}
	for _, c := range l.Columns {
		name(c.Column)
		l.header(c.Header, known, fault)
	}
	for _, c := range l.Drop {
		name(c)
	}
	l.header(l.Title, nil, fault)
	if len(known) > 0 && len(l.Drop) >= len(known) {
		fault("栏目都去掉了，至少留一栏。", "all columns are dropped; leave one at least")
	}
	return errors.Join(faults...)
}

// header refuses a header that names what no ledger may hold. The ledgers' own headers are fine.
func (l LedgerLayout) header(h string, known []LedgerColumn, fault func(zh, en string)) {
	if h == "" || slices.ContainsFunc(known, func(k LedgerColumn) bool { return k.Head.ZH == h || k.Head.EN == h }) {
		return
	}
	if why, refused := Refused(h); refused {
		fault("表头“"+h+"”不能用："+why.ZH+"。", "the header "+h+" cannot be used: "+why.EN)
	}
	if len([]rune(h)) > 30 {
		fault("表头“"+string([]rune(h)[:10])+"…”太长，请不超过30字。", fmt.Sprintf("the header %s… is longer than 30 characters", string([]rune(h)[:10])))
	}
}

// Lay gives a ledger the layout.
func (l LedgerLayout) Lay(b Ledger) Ledger {
	if l.Title != "" {
		b.Title = planner.Both(l.Title)
	}
	var order []int
	var cols []LedgerColumn
	at := func(key string) int {
		return slices.IndexFunc(b.Columns, func(c LedgerColumn) bool { return c.Key == key })
	}
	take := func(i int, head string) {
		if i < 0 || slices.Contains(order, i) {
			return
		}
		c := b.Columns[i]
		if head != "" {
			c.Head = planner.Both(head)
		}
		order, cols = append(order, i), append(cols, c)
	}
	for _, c := range l.Columns {
		take(at(c.Column), c.Header)
	}
	for i, c := range b.Columns {
		if !slices.Contains(l.Drop, c.Key) {
			take(i, "")
		}
	}
	rows := make([][]string, len(b.Rows))
	for i, r := range b.Rows {
		for _, j := range order {
			rows[i] = append(rows[i], r[j])
		}
	}
	b.Columns, b.Rows = cols, rows
	return b
}
