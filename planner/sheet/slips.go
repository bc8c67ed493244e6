package sheet

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// Slip 邀请条 is one invitation on paper: a unit's liaison cuts the sheet and hands each person theirs. The code is a
// secret of that person and works once.
type Slip struct {
	Unit  string
	Name  string
	Login string
	Code  string
	Link  string
}

// WriteSlips writes the invitations in the order given, one row a person, printed by unit on A4.
func WriteSlips(w io.Writer, slips []Slip) error {
	f := newBook()
	defer f.Close()
	const name = "邀请条"
	if err := addSheet(f, name, true); err != nil {
		return err
	}
	l, err := newLook(f)
	if err != nil {
		return fmt.Errorf("invitation slips: %w", err)
	}
	size, orientation := 9, "landscape" // A4
	if err := f.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &size, Orientation: &orientation}); err != nil {
		return fmt.Errorf("invitation slips: %w", err)
	}
	sw, err := f.NewStreamWriter(name)
	if err != nil {
		return fmt.Errorf("invitation slips: %w", err)
	}
	for i, width := range []float64{26, 14, 14, 26, 64} {
		if err := sw.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	if err := sw.SetPanes(frozen(1)); err != nil {
		return err
	}
	row := func(n, style int, cells ...string) error {
		values := make([]any, len(cells))
		for i, c := range cells {
			values[i] = excelize.Cell{StyleID: style, Value: c}
		}
		return sw.SetRow(fmt.Sprintf("A%d", n), values)
	}
	if err := row(1, l.header, "单位", "姓名", "登录名", "邀请码（一次有效，请勿转发）", "网址"); err != nil {
		return err
	}
	for i, s := range slips {
		if err := row(i+2, l.text, s.Unit, s.Name, s.Login, s.Code, s.Link); err != nil {
			return err
		}
	}
	if err := sw.Flush(); err != nil {
		return fmt.Errorf("invitation slips: %w", err)
	}
	return writeBook(f, w)
}
