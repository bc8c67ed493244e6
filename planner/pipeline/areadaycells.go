package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/sheet"
	"lianxin/planner/store"
)

// areaDayColumns are the columns of the sheet 村组 that hold days of an area, in the order of [sheet.AreaRow.Days].
var areaDayColumns = [...]struct {
	header string
	kind   planner.AreaDayKind
	wish   planner.DayWish // where the cell names none
}{
	{"逢集", planner.DayMarket, ""}, {"庙会", planner.DayFair, ""}, {"农忙", planner.DayFarm, planner.WishAvoid}, {"不入户", planner.DayNoGo, ""},
}

// readAreaDays reads a cell such as “lunar:3,6,9 西关集 避开；weekday:7”: rules, each with a name and a wish behind it. “-” is none.
func readAreaDays(area planner.AreaCode, column int, cell string) (days []planner.AreaDay, err error) {
	if cell == "-" {
		return nil, nil
	}
	of := areaDayColumns[column]
	for part := range strings.FieldsFuncSeq(cell, func(r rune) bool { return strings.ContainsRune("；;\n", r) }) {
		words := strings.Fields(strings.ReplaceAll(part, "　", " "))
		if len(words) == 0 {
			continue
		}
		d := planner.AreaDay{Area: area, Kind: of.kind, Rule: words[0], Wish: of.wish}
		var name []string
		for _, w := range words[1:] {
			if wish, ok := wishWords[w]; ok {
				d.Wish = wish
			} else {
				name = append(name, w)
			}
		}
		d.Name = strings.Join(name, " ")
		if err := cleanAreaDay(&d); err != nil {
			return nil, err
		}
		days = append(days, d)
	}
	return days, nil
}

// writeAreaDays words the days of one kind as a cell that [readAreaDays] reads.
func writeAreaDays(column int, days []planner.AreaDay) string {
	var cells []string
	for _, d := range days {
		if d.Kind != areaDayColumns[column].kind {
			continue
		}
		cell := d.Rule
		if d.Name != "" {
			cell += " " + d.Name
		}
		for word, wish := range wishWords {
			if wish == d.Wish && word != "" {
				cell += " " + word
			}
		}
		cells = append(cells, cell)
	}
	slices.Sort(cells)
	return strings.Join(cells, "；")
}

// checkAreaDays reports each cell of days that cannot be read, with its row and column.
func (c *importCheck) checkAreaDays(r sheet.AreaRow) {
	for i, cell := range r.Days {
		if cell == "" {
			continue
		}
		var e *planner.Error
		if _, err := readAreaDays(r.Code, i, cell); errors.As(err, &e) {
			c.stop(r.Place, areaDayColumns[i].header, "area-day", e.Say.ZH, e.Say.EN)
		}
	}
}

// mergeAreaDays finds which days of areas are new or differ, and which go. An empty cell leaves what is stored, “-” takes it away, any
// other replaces it.
func (m *merged) mergeAreaDays(b sheet.Batch, old []planner.AreaDay) {
	for _, r := range b.Areas {
		for i, cell := range r.Days {
			if cell == "" {
				continue
			}
			days, err := readAreaDays(r.Code, i, cell)
			if err != nil {
				continue // reported by the check, which stops the import
			}
			for _, d := range days {
				same := func(o planner.AreaDay) bool { return o.Area == d.Area && o.Kind == d.Kind && o.Rule == d.Rule }
				at := slices.IndexFunc(old, same)
				switch {
				case slices.ContainsFunc(m.days, same) || at >= 0 && old[at] == d:
					m.same++
					continue
				case at < 0:
					m.newDays++
				}
				m.days = append(m.days, d)
			}
			for _, o := range old {
				if o.Area == r.Code && o.Kind == areaDayColumns[i].kind && !slices.ContainsFunc(days, func(d planner.AreaDay) bool { return d.Rule == o.Rule }) {
					m.gone = append(m.gone, o)
				}
			}
		}
	}
}

// AreaSheet writes the sheet 村组 as it stands, with the days of each area as its import reads them. Planners and administrators.
func (a *App) AreaSheet(ctx context.Context, p planner.Principal, out io.Writer) error {
	if err := mayLay(p); err != nil {
		return err
	}
	var rows []sheet.Row
	err := a.DB.Read(ctx, p, func(tx *store.Tx) error {
		areas, err := tx.Areas()
		if err != nil {
			return err
		}
		days, err := tx.AreaDays()
		if err != nil {
			return err
		}
		of := map[planner.AreaCode][]planner.AreaDay{}
		for _, d := range days {
			of[d.Area] = append(of[d.Area], d)
		}
		rows = nil
		for _, x := range areas {
			r := sheet.AreaRow{Code: x.Code, Name: x.Name, Level: x.Level, Parent: x.Parent}
			for i := range r.Days {
				r.Days[i] = writeAreaDays(i, of[x.Code])
			}
			rows = append(rows, r)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("sheet of areas: %w", err)
	}
	w := sheet.NewXLSX(out)
	if err := w.Begin(sheet.Areas); err != nil {
		return err
	}
	if err := w.Write(rows...); err != nil {
		return err
	}
	return w.Close()
}

// yearNote is a line for a print: what holds in a place all year, such as 逢集（西关集，农历逢三、六、九）.
func (o *officeDays) yearNote(place planner.AreaCode) planner.Text {
	var t planner.Text
	seen := map[string]bool{}
	for _, code := range []planner.AreaCode{place.County(), place.Township(), place.Village(), place} {
		for _, d := range o.areas[code] {
			say, key := d.rule.Say(), string(d.Area)+string(d.Kind)+d.Rule
			if seen[key] {
				continue
			}
			seen[key] = true
			if d.Name != "" {
				say = planner.Text{ZH: d.Name + "，" + say.ZH, EN: d.Name + ", " + say.EN}
			}
			word := areaDayNames[d.Kind]
			t = joinText(t, planner.Text{ZH: word.ZH + "（" + say.ZH + "）", EN: word.EN + " (" + say.EN + ")"})
		}
	}
	return t
}
