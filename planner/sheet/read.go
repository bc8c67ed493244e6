package sheet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"lianxin/planner"
)

// titleRows is how many rows from the top may stand above the header: a title, who filled it in, the date.
const titleRows = 10

// Read reads all files and says everything that is wrong with them. The findings stand in the order of the files, then
// of the sheets, rows and columns. The error is for what no sender can mend (a disk, a cancelled context) and for a file
// that cannot be opened ([planner.Unavailable]); the batch is then incomplete.
func Read(ctx context.Context, srcs []Source) (Batch, []planner.Finding, error) {
	r := &reader{ctx: ctx, masked: map[planner.Place]int{}}
	for _, src := range srcs {
		r.file = src.Name
		r.tables = 0
		err := src.tables(r.table)
		if bad, ok := errors.AsType[*notATable](err); ok {
			r.Add(planner.Stop, bad.code, planner.Place{File: src.Name}, bad.say)
			continue
		}
		if err != nil {
			return r.batch, r.All(), err
		}
		if r.tables == 0 {
			r.Add(planner.Stop, "no-rows", planner.Place{File: src.Name}, planner.Text{
				ZH: "文件里没有填写任何内容。请检查是否选错了文件。", EN: "nothing is filled in. Check whether it is the right file."})
		}
	}
	r.noteMasked()
	return r.batch, r.All(), nil
}

// reader gathers rows and findings over all files.
type reader struct {
	Findings
	ctx    context.Context
	batch  Batch
	masked map[planner.Place]int // names cut by sheet
	file   string
	tables int // of this file that held anything
}

// noteMasked says once a sheet how many names were cut.
func (r *reader) noteMasked() {
	places := slices.SortedFunc(maps.Keys(r.masked), func(a, b planner.Place) int {
		return strings.Compare(a.File+"\x00"+a.Sheet, b.File+"\x00"+b.Sheet)
	})
	for _, p := range places {
		r.Add(planner.Note, "head-masked", p, planner.Text{
			ZH: fmt.Sprintf("有%d行填了全名，系统只保留姓氏，如“张某某”。", r.masked[p]),
			EN: fmt.Sprintf("%d rows gave a full name; only the surname is kept, such as 张某某.", r.masked[p])})
	}
}

// line is one row as read.
type line struct {
	cells []string
	row   int
}

func (l line) empty() bool {
	return !slices.ContainsFunc(l.cells, func(c string) bool { return strings.TrimFunc(c, blank) != "" })
}

// table reads one sheet.
func (r *reader) table(t *table) error {
	if slices.Contains(noData, t.name) {
		return nil
	}
	var head []line // rows until the header is found
	for len(head) < titleRows {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		cells, row, err := t.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if l := (line{slices.Clone(cells), row}); !l.empty() {
			head = append(head, l)
		} else if row > 1000 {
			break // a sheet formatted to its last row and empty
		}
	}
	if len(head) == 0 {
		return nil
	}
	r.tables++
	place := planner.Place{File: r.file, Sheet: t.name}
	kind, at := recognise(t.name, r.file, head)
	if at < 0 {
		r.unknownSheet(place, head[0])
		return nil
	}
	if t.name == "" {
		t.name = kind.Name().ZH // a CSV is one sheet without a name
	}
	p := r.header(t, kind, head[at])
	rows := head[at+1:]
	for n := 0; ; n++ {
		if n%1024 == 0 {
			if err := r.ctx.Err(); err != nil {
				return err
			}
		}
		var l line
		if n < len(rows) {
			l = rows[n]
		} else {
			cells, row, err := t.next()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			l = line{cells, row}
		}
		if !l.empty() {
			p.line = l
			parsers[kind](p)
		}
	}
}

// noData are sheets of our own templates that hold no rows.
var noData = []string{noteSheet, listSheet}

func (r *reader) unknownSheet(place planner.Place, first line) {
	var names []string
	for _, k := range Kinds() {
		names = append(names, k.Name().ZH)
	}
	var why []planner.Text // a sheet of nothing but forbidden columns deserves its reason too
	for _, c := range first.cells {
		if _, bad := Refused(c); bad {
			why = append(why, refusedSay(strings.TrimFunc(c, blank)))
		}
	}
	if len(why) > 0 {
		for _, w := range why {
			place.Row = first.row
			r.Add(planner.Stop, "refused-column", place, w)
		}
		return
	}
	r.Add(planner.Stop, "unknown-sheet", place, planner.Text{
		ZH: "认不出这是哪种表。请把工作表命名为" + strings.Join(names, "、") + "之一，或使用模板里的表头；不用导入的工作表请删除。",
		EN: "this sheet is of no known kind. Name it one of " + strings.Join(names, ", ") + ", or use the headers of the template; delete a sheet that is not to be imported."})
}

// recognise finds the kind of a sheet and which of its first rows is the header, -1 if none. The name of the sheet
// decides; else the kind that lacks the fewest required headers, has the most known ones and leaves the fewest
// columns out; else the name of the file.
func recognise(sheet, file string, head []line) (Kind, int) {
	named := Kind("")
	for _, k := range Kinds() {
		if n := plainHeader(sheet); n != "" && (n == plainHeader(k.Name().ZH) || n == plainHeader(k.Name().EN)) {
			named = k
		}
	}
	type fit struct {
		kind                 Kind
		at                   int
		lacks, has, leftover int
		inFile               bool
	}
	var best *fit
	for at, l := range head {
		for _, k := range Kinds() {
			if named != "" && k != named {
				continue
			}
			f := fit{kind: k, at: at, inFile: strings.Contains(file, k.Name().ZH)}
			for _, c := range k.Columns() {
				switch {
				case slices.ContainsFunc(l.cells, c.means):
					f.has++
				case c.Required:
					f.lacks++
				default:
					f.leftover++
				}
			}
			if f.has == 0 || named == "" && f.has < 2 {
				continue
			}
			if best == nil || betterFit(f.lacks, best.lacks, best.has, f.has, boolInt(best.inFile), boolInt(f.inFile), f.leftover, best.leftover, f.at, best.at) {
				best = &f
			}
		}
	}
	if best == nil {
		return "", -1
	}
	return best.kind, best.at
}

// betterFit compares pairs in order; the first pair that differs decides, smaller first.
func betterFit(pairs ...int) bool {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] != pairs[i+1] {
			return pairs[i] < pairs[i+1]
		}
	}
	return false
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// header maps the columns of a sheet and says which are refused, unknown, double or missing.
func (r *reader) header(t *table, kind Kind, l line) *parser {
	cols := kind.Columns()
	p := &parser{r: r, kind: kind, cols: cols, table: t, at: make([]int, len(cols)), heads: make([]string, len(cols))}
	for i, c := range cols {
		p.at[i], p.heads[i] = -1, c.Header.ZH
	}
	for i, h := range l.cells {
		h = strings.TrimFunc(h, blank)
		place := planner.Place{File: r.file, Sheet: t.name, Row: l.row, Column: h}
		n := slices.IndexFunc(cols, func(c Column) bool { return c.means(h) })
		switch {
		case h == "":
			p.headless = append(p.headless, i)
		case n >= 0 && p.at[n] >= 0:
			r.Add(planner.Stop, "double-column", place, planner.Text{ZH: "这一列出现了两次，无法判断用哪一列。请删除其中一列。",
				EN: "this column stands twice, and it is open which one counts. Delete one of them."})
		case n >= 0:
			p.at[n], p.heads[n] = i, h
		default:
			if _, bad := Refused(h); bad {
				r.Add(planner.Stop, "refused-column", place, refusedSay(h))
				continue
			}
			r.Add(planner.Stop, "unknown-column", place, planner.Text{
				ZH: "《" + kind.Name().ZH + "》没有“" + h + "”这一列，系统只收：" + strings.Join(kind.Headers(), "、") + "。请删除该列，或改成其中的表头。",
				EN: "there is no column “" + h + "” in " + kind.Name().ZH + "; taken in are " + strings.Join(kind.Headers(), ", ") + ". Delete the column or give it one of these headers."})
		}
	}
	for i, c := range cols {
		if c.Required && p.at[i] < 0 {
			r.Add(planner.Stop, "missing-column", planner.Place{File: r.file, Sheet: t.name, Row: l.row, Column: c.Header.ZH}, planner.Text{
				ZH: "缺少这一列。请按模板补上。", EN: "this column is missing. Add it as in the template."})
		}
	}
	return p
}

func refusedSay(h string) planner.Text {
	why, _ := Refused(h)
	return planner.Text{ZH: "系统不收“" + h + "”：" + why.ZH + "。请删除该列后再导入。",
		EN: "“" + h + "” is not taken in: " + why.EN + ". Delete the column and import again."}
}
