package sheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"sort"

	"github.com/xuri/excelize/v2"
)

// The fonts are those that every office computer in China has, named and not embedded: WPS and Excel for Windows ship
// 宋体, 黑体 and 仿宋, LibreOffice substitutes Noto. Sizes follow GB/T 9704—2012: 小二 18, 三号 16, 小四 12, 五号 10.5.
const (
	fontBody  = "宋体"
	fontHead  = "黑体"
	fontText  = "仿宋"
	fontTitle = "方正小标宋简体"

	colorInk    = "262626"
	colorRule   = "B8B2A7"
	colorPaper  = "F3EFE7" // header ground, after the look of the pages
	colorDone   = "2F6B4F"
	colorChange = "8A5A00"
)

// newBook is an empty workbook in our font. Its properties carry no clock: the same rows give the same bytes.
func newBook() *excelize.File {
	f := excelize.NewFile()
	_ = f.SetDefaultFont(fontBody)
	_ = f.SetDocProps(&excelize.DocProperties{Creator: "连心", LastModifiedBy: "连心", Language: "zh-CN",
		Created: "2026-01-01T00:00:00Z", Modified: "2026-01-01T00:00:00Z"})
	return f
}

// addSheet adds a sheet; the first takes the place of the one that a new workbook has.
func addSheet(f *excelize.File, name string, first bool) error {
	if first {
		return f.SetSheetName("Sheet1", name)
	}
	_, err := f.NewSheet(name)
	return err
}

// frozen keeps the first rows in view.
func frozen(rows int) *excelize.Panes {
	return &excelize.Panes{Freeze: true, YSplit: rows, TopLeftCell: fmt.Sprintf("A%d", rows+1), ActivePane: "bottomLeft",
		Selection: []excelize.Selection{{SQRef: fmt.Sprintf("A%d", rows+1), ActiveCell: fmt.Sprintf("A%d", rows+1), Pane: "bottomLeft"}}}
}

// look is the styles of an import sheet.
type look struct {
	header, required, text, number, date int
}

func (l look) cell(f Form) int {
	switch f {
	case FormNumber:
		return l.number
	case FormDate:
		return l.date
	}
	return l.text
}

func newLook(f *excelize.File) (l look, err error) {
	head := excelize.Style{Font: &excelize.Font{Family: fontHead, Size: 11, Color: colorInk},
		Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colorPaper}},
		Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "center"}, Border: lines("bottom", colorInk, 1)}
	body := excelize.Style{Font: &excelize.Font{Family: fontBody, Size: 11, Color: colorInk}, Alignment: &excelize.Alignment{Vertical: "center"}}
	st := stylist{f: f}
	l.header = st.style(head)
	must := head
	must.Font = &excelize.Font{Family: fontHead, Size: 11, Bold: true, Color: "9B2C1F"}
	l.required = st.style(must)
	body.NumFmt = 49 // "@": codes and phones keep their zeros when someone types into the cell
	l.text = st.style(body)
	body.NumFmt = 1
	l.number = st.style(body)
	day := "yyyy-mm-dd"
	body.NumFmt, body.CustomNumFmt = 0, &day
	l.date = st.style(body)
	return l, st.err
}

// stylist makes styles and keeps the first error.
type stylist struct {
	f   *excelize.File
	err error
}

func (s *stylist) style(st excelize.Style) int {
	id, err := s.f.NewStyle(&st)
	if err != nil && s.err == nil {
		s.err = err
	}
	return id
}

// lines are borders of one side, or of all sides for "all".
func lines(side, color string, style int) []excelize.Border {
	if side != "all" {
		return []excelize.Border{{Type: side, Color: color, Style: style}}
	}
	var bs []excelize.Border
	for _, t := range []string{"left", "right", "top", "bottom"} {
		bs = append(bs, excelize.Border{Type: t, Color: color, Style: style})
	}
	return bs
}

// writeBook writes the workbook with its parts in a fixed order: excelize writes streamed sheets in the order of a map,
// which would make the same rows different bytes.
func writeBook(f *excelize.File, w io.Writer) error {
	var buf bytes.Buffer
	if err := f.Write(&buf); err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	zr, err := zip.NewReader(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	// [Content_Types].xml first: that is where readers look to tell a workbook from any other zip.
	sort.Slice(zr.File, func(i, j int) bool {
		a, b := zr.File[i].Name, zr.File[j].Name
		if (a == contentTypes) != (b == contentTypes) {
			return a == contentTypes
		}
		return a < b
	})
	zw := zip.NewWriter(w)
	for _, part := range zr.File {
		if err := zw.Copy(part); err != nil {
			return fmt.Errorf("write workbook: %w", err)
		}
	}
	return zw.Close()
}

const contentTypes = "[Content_Types].xml"
