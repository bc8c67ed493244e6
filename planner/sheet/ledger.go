package sheet

import (
	"fmt"
	"io"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// Ledger 台账 is one of the office's forms, made out of what was recorded once. Its rows hold no contact, address or number that
// could name a resident: every cell goes through [MaskNumbers] when it is added.
type Ledger struct {
	Name    string         `json:"name"`
	Title   planner.Text   `json:"title"`
	Office  string         `json:"office"`
	Span    civil.Span     `json:"-"`
	MadeOn  civil.Date     `json:"made_on"`
	Columns []LedgerColumn `json:"columns"`
	Rows    [][]string     `json:"rows"`
}

// LedgerColumn is one column of a ledger. Key is what a layout calls it.
type LedgerColumn struct {
	Key   string       `json:"key"`
	Head  planner.Text `json:"head"`
	Width float64      `json:"-"` // in characters
	Fill  bool         `json:"-"` // to be written by hand: signatures
}

// Add appends a row: one cell a column, in the ledger's order.
func (l *Ledger) Add(cells ...string) {
	if len(cells) != len(l.Columns) {
		panic(fmt.Sprintf("sheet: the ledger %s has %d columns, not %d", l.Name, len(l.Columns), len(cells)))
	}
	for i, c := range cells {
		cells[i] = MaskNumbers(c)
	}
	l.Rows = append(l.Rows, cells)
}

// Subtitle says the span, the office and the day.
func (l Ledger) Subtitle() string {
	parts := []string{}
	if l.Office != "" {
		parts = append(parts, l.Office)
	}
	if !l.Span.From.IsZero() && !l.Span.Until.IsZero() {
		parts = append(parts, zhDate(l.Span.From)+"至"+zhDate(l.Span.Until.AddDays(-1)))
	}
	if !l.MadeOn.IsZero() {
		parts = append(parts, "制表："+zhDate(l.MadeOn))
	}
	return strings.Join(append(parts, fmt.Sprintf("共%d行", len(l.Rows))), "　")
}

// WriteLedger writes a ledger as a workbook with one sheet, on A4 landscape with its header on every page. The same rows give the
// same bytes.
func WriteLedger(w io.Writer, ls ...Ledger) error {
	f := newBook()
	defer f.Close()
	pw := &planWriter{f: f, b: PlanBook{Status: planner.PlanPublished}}
	if len(ls) > 0 {
		pw.b.County = ls[0].Office
	}
	if err := pw.styles(); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	for _, l := range ls {
		if err := pw.ledger(l); err != nil {
			return fmt.Errorf("ledger %s: %w", l.Name, err)
		}
	}
	return writeBook(f, w)
}

func (pw *planWriter) ledger(l Ledger) error {
	tab := []rune(strings.NewReplacer("[", "", "]", "", ":", "", "*", "", "?", "", "/", "", "\\", "", "'", "").Replace(l.Title.ZH))
	t := planTable{name: string(tab[:min(len(tab), 31)]), title: l.Title.ZH, sub: l.Subtitle(), state: -1}
	for i, c := range l.Columns {
		t.heads, t.widths = append(t.heads, c.Head.ZH), append(t.widths, max(c.Width, 4))
		if c.Fill {
			t.open = append(t.open, i)
		}
	}
	put, done, err := pw.table(t)
	if err != nil {
		return err
	}
	for _, r := range l.Rows {
		if err := put(false, r...); err != nil {
			return err
		}
	}
	if len(l.Rows) == 0 {
		empty := make([]string, len(l.Columns))
		empty[0] = "没有记录"
		if err := put(false, empty...); err != nil {
			return err
		}
	}
	return done()
}

// MaskNumbers puts dots over every run of digits in a text that is an ID-card number, a bank card or a mobile number, and keeps
// the rest. It is the one masker of what leaves the house on paper or as a file.
func MaskNumbers(s string) string {
	if secretIn(s, true) == noSecret {
		return s
	}
	for digits, run := range digitRuns(s) {
		if secretIn(run, true) != noSecret {
			s = strings.ReplaceAll(s, run, strings.Repeat("•", len(run)))
		} else if secretIn(digits, true) != noSecret {
			s = strings.ReplaceAll(s, digits, strings.Repeat("•", len(digits)))
		}
	}
	return s
}
