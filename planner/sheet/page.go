package sheet

import (
	"fmt"

	"github.com/xuri/excelize/v2"
)

// page is how a sheet is printed: A4 landscape, as wide as the page, headers repeated.
type page struct {
	sheet     string
	titleRows int // rows repeated on each page; 0: none
	titleFrom int // first of them; 0: row 1
	cols      int
	header    string // in Excel's header codes; empty: none
	footer    string
	margins   [4]float64 // top, right, bottom, left in inches; zero: a narrow default
}

// pageSetup sets paper, margins, running titles and page numbers. For a streamed sheet it must be called before the
// stream begins, since a stream writes these parts from what the sheet has then.
func pageSetup(f *excelize.File, p page) error {
	a4, landscape, one, asMany := 9, "landscape", 1, 0
	if err := f.SetPageLayout(p.sheet, &excelize.PageLayoutOptions{Size: &a4, Orientation: &landscape, FitToWidth: &one, FitToHeight: &asMany}); err != nil {
		return err
	}
	fit := true
	if err := f.SetSheetProps(p.sheet, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	m := p.margins
	if m == [4]float64{} {
		m = [4]float64{0.7, 0.6, 0.7, 0.6}
	}
	hf, centre := 0.35, true
	if err := f.SetPageMargins(p.sheet, &excelize.PageLayoutMarginsOptions{Top: &m[0], Right: &m[1], Bottom: &m[2], Left: &m[3], Header: &hf, Footer: &hf, Horizontally: &centre}); err != nil {
		return err
	}
	if p.header != "" || p.footer != "" {
		if err := f.SetHeaderFooter(p.sheet, &excelize.HeaderFooterOptions{OddHeader: p.header, OddFooter: p.footer}); err != nil {
			return err
		}
	}
	if p.titleRows == 0 {
		return nil
	}
	from := max(p.titleFrom, 1)
	return f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", Scope: p.sheet,
		RefersTo: fmt.Sprintf("'%s'!$%d:$%d", p.sheet, from, from+p.titleRows-1)})
}
