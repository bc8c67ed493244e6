package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"lianxin/planner"
)

// Source is a file as it came in. Open may be called more than once and must give the same bytes each time.
type Source struct {
	Name string // as the user knows it, without folders
	Open func() (io.ReadCloser, error)
}

// unzipLimit bounds what a workbook may grow to when unpacked: a zip bomb ends there. A roster of a million households
// unpacks to about 400 MB.
const unzipLimit = 1 << 30

// table is one sheet, or a CSV, being read row by row.
type table struct {
	name     string // of the sheet; empty for a CSV
	xlsx     bool
	date1904 bool
	next     func() (cells []string, row int, err error) // io.EOF after the last
}

// notATable is a fault of a whole file, worded for its sender.
type notATable struct {
	code string
	say  planner.Text
}

func (e *notATable) Error() string { return e.say.EN }

var (
	errOldXLS = &notATable{"old-xls", planner.Text{
		ZH: "这是旧版表格（.xls 或 .et）或加了密码的表格。请用 WPS 或 Excel 打开，去掉密码，选“文件→另存为→Excel 工作簿（*.xlsx）”，再导入另存的文件。",
		EN: "this is an old spreadsheet (.xls or .et) or one with a password. Open it in WPS or Excel, take the password off, choose File → Save As → Excel Workbook (*.xlsx) and import the new file."}}
	errNoTable = &notATable{"not-a-table", planner.Text{
		ZH: "这不是表格文件。请导入 .xlsx 工作簿或 .csv 文本。",
		EN: "this is not a spreadsheet. Import an .xlsx workbook or a .csv text."}}
	errEmptyFile = &notATable{"empty-file", planner.Text{
		ZH: "文件是空的。请检查是否选错了文件。",
		EN: "the file is empty. Check whether it is the right one."}}
	errBadXLSX = &notATable{"damaged-xlsx", planner.Text{
		ZH: "工作簿打不开，可能没有传完、加了密码，或者不是 xlsx（如 .ods）。请用 WPS 或 Excel 打开后另存为 xlsx，再导入。",
		EN: "the workbook cannot be opened: it may be cut short, have a password, or be no xlsx (such as .ods). Open it in WPS or Excel, save it as xlsx and import that."}}
)

// tables calls each for every visible sheet of the file, in order. A *notATable is a fault of the file itself; other
// errors are of the machine or of each.
func (s Source) tables(each func(*table) error) error {
	r, err := s.Open()
	if err != nil {
		return &planner.Error{Kind: planner.Unavailable, Where: s.Name, Say: planner.Text{ZH: "文件打不开，请检查文件是否存在、是否正被占用。",
			EN: "the file cannot be opened; check that it exists and is not in use."}, Err: err}
	}
	defer r.Close()
	br := bufio.NewReaderSize(r, 1<<16)
	magic, err := br.Peek(8)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read %s: %w", s.Name, err)
	}
	switch {
	case len(magic) == 0:
		return errEmptyFile
	case bytes.HasPrefix(magic, []byte("PK\x03\x04")):
		return xlsxTables(br, each)
	case bytes.HasPrefix(magic, []byte{0xD0, 0xCF, 0x11, 0xE0}):
		return errOldXLS
	}
	text, closeText, err := s.text()
	if err != nil {
		return err
	}
	defer closeText()
	return csvTable(text, each)
}

func xlsxTables(r io.Reader, each func(*table) error) error {
	f, err := excelize.OpenReader(r, excelize.Options{RawCellValue: true, UnzipSizeLimit: unzipLimit})
	if err != nil {
		return errBadXLSX
	}
	defer f.Close()
	props, err := f.GetWorkbookProps()
	if err != nil {
		return errBadXLSX
	}
	for _, name := range f.GetSheetList() {
		if visible, err := f.GetSheetVisible(name); err == nil && !visible {
			continue // our own drop lists, or what an office put away
		}
		rows, err := f.Rows(name)
		if err != nil {
			continue // a chart sheet
		}
		row := 0
		t := &table{name: name, xlsx: true, date1904: props.Date1904 != nil && *props.Date1904}
		t.next = func() ([]string, int, error) {
			if !rows.Next() {
				if err := rows.Error(); err != nil {
					return nil, row, errBadXLSX
				}
				return nil, row, io.EOF
			}
			row++
			cells, err := rows.Columns(excelize.Options{RawCellValue: true})
			if err != nil {
				return nil, row, errBadXLSX
			}
			return cells, row, nil
		}
		err = each(t)
		if cerr := rows.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// text opens the file as UTF-8 text. Which encoding it is needs the whole file: a roster may begin with a thousand
// digits and end with a name.
func (s Source) text() (io.Reader, func() error, error) {
	r, err := s.Open()
	if err != nil {
		return nil, nil, fmt.Errorf("open %s: %w", s.Name, err)
	}
	isUTF8, bom, err := sniff(r)
	r.Close()
	if err != nil {
		return nil, nil, err
	}
	if r, err = s.Open(); err != nil {
		return nil, nil, fmt.Errorf("open %s: %w", s.Name, err)
	}
	switch {
	case bom == 16:
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(r), r.Close, nil
	case isUTF8:
		return unicode.UTF8BOM.NewDecoder().Reader(r), r.Close, nil
	}
	return simplifiedchinese.GB18030.NewDecoder().Reader(r), r.Close, nil
}

// sniff reads all of r and reports whether it is UTF-8; bom is 16 for UTF-16, which Excel calls "Unicode text".
// A NUL byte means that it is no text at all.
func sniff(r io.Reader) (isUTF8 bool, bom int, err error) {
	buf := make([]byte, 1<<16)
	var left []byte
	first := true
	isUTF8 = true
	for {
		n, rerr := r.Read(buf)
		chunk := buf[:n]
		if first && n >= 2 {
			first = false
			if chunk[0] == 0xFF && chunk[1] == 0xFE || chunk[0] == 0xFE && chunk[1] == 0xFF {
				return false, 16, nil
			}
		}
		if bytes.IndexByte(chunk, 0) >= 0 {
			return false, 0, errNoTable
		}
		if isUTF8 {
			left = append(left, chunk...)
			for len(left) > 0 {
				c, size := utf8.DecodeRune(left)
				if c == utf8.RuneError && size <= 1 {
					if !utf8.FullRune(left) && rerr == nil {
						break // the rest of the rune comes with the next chunk
					}
					isUTF8 = false
					break
				}
				left = left[size:]
			}
			left = append([]byte(nil), left...)
		}
		if rerr == io.EOF {
			return isUTF8, 0, nil
		}
		if rerr != nil {
			return false, 0, fmt.Errorf("read text: %w", rerr)
		}
	}
}

func csvTable(text io.Reader, each func(*table) error) error {
	br := bufio.NewReaderSize(text, 1<<16)
	head, _ := br.Peek(1 << 12)
	line, _, _ := strings.Cut(string(head), "\n")
	r := csv.NewReader(br)
	r.LazyQuotes = true
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	for _, mark := range []rune{'\t', ';'} {
		if strings.Count(line, string(mark)) > strings.Count(line, string(r.Comma)) {
			r.Comma = mark
		}
	}
	// The row that a spreadsheet shows: it counts empty lines, which encoding/csv skips, and takes a cell with line
	// breaks for one row, whose lines encoding/csv counts.
	row, endLine := 0, 0
	return each(&table{next: func() ([]string, int, error) {
		cells, err := r.Read()
		if err == io.EOF {
			return nil, row, io.EOF
		}
		if err != nil {
			return nil, row + 1, fmt.Errorf("read csv: %w", err)
		}
		start, _ := r.FieldPos(0)
		row += start - endLine
		endLine = start
		for _, c := range cells {
			endLine += strings.Count(c, "\n")
		}
		return cells, row, nil
	}})
}
