package sheet

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"

	"lianxin/planner/civil"
)

// RowWriter streams rows into a workbook or a CSV with the headers that [Read] understands. It keeps no row in memory.
// Not safe for concurrent use. After an error every call returns it.
type RowWriter struct {
	to    sink
	begun map[Kind]bool
	err   error
}

// sink is where rows go.
type sink interface {
	begin(Kind) error
	row(Kind, []string) error
	close() error
}

// NewXLSX begins a workbook. Each kind gets its own sheet, in the order of first use; rows of several kinds may
// alternate. Nothing reaches w before [RowWriter.Close].
func NewXLSX(w io.Writer) *RowWriter {
	return &RowWriter{to: &xlsxSink{out: w, file: newBook(), streams: map[Kind]*stream{}}, begun: map[Kind]bool{}}
}

// NewCSV begins a CSV of one kind: GB18030 for old office programs, else UTF-8 with a BOM, without which Excel and WPS
// guess wrong. Lines end in CR LF. A cell that a spreadsheet would take for a formula gets an apostrophe in front,
// which [Read] takes away again.
func NewCSV(w io.Writer, kind Kind, gb18030 bool) *RowWriter {
	s := &csvSink{kind: kind}
	var head error
	if gb18030 {
		s.enc = transform.NewWriter(w, simplifiedchinese.GB18030.NewEncoder())
		w = s.enc
	} else {
		_, head = io.WriteString(w, "\ufeff")
	}
	s.csv = csv.NewWriter(w)
	s.csv.UseCRLF = true
	return &RowWriter{to: s, begun: map[Kind]bool{}, err: head}
}

// Begin writes the header of each kind, even if no row follows.
func (w *RowWriter) Begin(kinds ...Kind) error {
	for _, k := range kinds {
		if w.err != nil {
			return w.err
		}
		if w.begun[k] {
			continue
		}
		w.begun[k] = true
		if err := w.to.begin(k); err != nil {
			w.err = fmt.Errorf("begin sheet %s: %w", k.Name().ZH, err)
		}
	}
	return w.err
}

// Write adds rows in order, each to the sheet of its kind.
func (w *RowWriter) Write(rows ...Row) error {
	for _, r := range rows {
		k := r.Kind()
		if !w.begun[k] || w.err != nil {
			if err := w.Begin(k); err != nil {
				return err
			}
		}
		if err := w.to.row(k, r.cells()); err != nil {
			w.err = fmt.Errorf("write sheet %s: %w", k.Name().ZH, err)
			return w.err
		}
	}
	return w.err
}

// Close finishes the file. It does not close the io.Writer below.
func (w *RowWriter) Close() error {
	err := w.to.close()
	if w.err != nil {
		return w.err
	}
	w.err = fmt.Errorf("sheet: the writer is closed")
	return err
}

type csvSink struct {
	kind Kind
	csv  *csv.Writer
	enc  *transform.Writer // nil for UTF-8
}

func (s *csvSink) begin(k Kind) error {
	if k != s.kind {
		return fmt.Errorf("a CSV of %s holds no rows of %s", s.kind, k)
	}
	return s.csv.Write(k.Headers())
}

func (s *csvSink) row(_ Kind, cells []string) error {
	for i := range cells {
		cells[i] = armour(cells[i])
	}
	return s.csv.Write(cells)
}

func (s *csvSink) close() error {
	s.csv.Flush()
	if err := s.csv.Error(); err != nil {
		return err
	}
	if s.enc != nil {
		return s.enc.Close()
	}
	return nil
}

// armour puts an apostrophe before what a spreadsheet would run as a formula (OWASP: CSV injection).
func armour(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// disarm takes the apostrophe of [armour] away.
func disarm(s string) string {
	if len(s) > 1 && s[0] == '\'' && strings.ContainsRune("=+-@\t\r", rune(s[1])) {
		return s[1:]
	}
	return s
}

type xlsxSink struct {
	out     io.Writer
	file    *excelize.File
	streams map[Kind]*stream
	order   []Kind
	look    look
}

// stream is one sheet being written.
type stream struct {
	*excelize.StreamWriter
	next   int
	forms  []Form
	styles []int
	cells  []any
}

func (s *xlsxSink) begin(k Kind) (err error) {
	if len(s.order) == 0 {
		if s.look, err = newLook(s.file); err != nil {
			return err
		}
	}
	if err := addSheet(s.file, k.Name().ZH, len(s.order) == 0); err != nil {
		return err
	}
	sw, err := s.file.NewStreamWriter(k.Name().ZH)
	if err != nil {
		return err
	}
	st := &stream{StreamWriter: sw, next: 2}
	header := make([]any, 0, len(k.Columns()))
	for i, c := range k.Columns() {
		if err := sw.SetColWidth(i+1, i+1, c.Width); err != nil {
			return err
		}
		st.forms = append(st.forms, c.Form)
		st.styles = append(st.styles, s.look.cell(c.Form))
		header = append(header, excelize.Cell{StyleID: s.look.header, Value: c.Header.ZH})
	}
	st.cells = make([]any, len(st.forms))
	if err := sw.SetPanes(frozen(1)); err != nil {
		return err
	}
	if err := sw.SetRow("A1", header, excelize.RowOpts{Height: 24}); err != nil {
		return err
	}
	s.streams[k] = st
	s.order = append(s.order, k)
	return nil
}

func (s *xlsxSink) row(k Kind, cells []string) error {
	st := s.streams[k]
	for i, c := range cells {
		st.cells[i] = excelize.Cell{StyleID: st.styles[i], Value: cellValue(st.forms[i], c)}
	}
	at, err := excelize.CoordinatesToCellName(1, st.next)
	if err != nil {
		return err
	}
	st.next++
	return st.SetRow(at, st.cells)
}

// cellValue gives a day as the serial number it is stored as and a number as a number, so that the office can sort and
// filter; all else is text.
func cellValue(f Form, s string) any {
	if s == "" {
		return nil
	}
	switch f {
	case FormDate:
		if d, err := civil.ParseDate(s); err == nil {
			return serial(d)
		}
	case FormNumber:
		if n, err := strconv.Atoi(s); err == nil {
			return n
		}
	}
	return s
}

// serial is the day's number in the 1900 system, valid from 1900-03-01 (ECMA-376 Part 1 §18.17.4.1).
func serial(d civil.Date) int { return d.Sub(civil.Date{Year: 1899, Month: 12, Day: 30}) }

func (s *xlsxSink) close() error {
	defer s.file.Close()
	for _, k := range s.order {
		if err := s.streams[k].Flush(); err != nil {
			return err
		}
	}
	return writeBook(s.file, s.out)
}
