package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"

	"lianxin/planner"
	"lianxin/planner/pipeline"
	"lianxin/planner/sample"
	"lianxin/planner/sheet"
)

// sampleCmd writes a made roster of the preset: yima (35 communities, 15,000 households), xinyang (3,474 villages,
// 1,000,000 households), or one of the practices of other counties on a few townships; `lianxin rules presets` lists them.
type sampleCmd struct {
	Out string `default:"sample" placeholder:"DIR" help:"写到哪个目录。 Where to write."`
}

// Run writes the import files that an office would send.
func (c *sampleCmd) Run(ctx context.Context, s *Settings) error {
	bar := s.progress("生成样例 sample")
	rep, err := sample.Write(ctx, sample.Options{Preset: s.Preset, Seed: max(s.Seed, 1), Dir: c.Out, Progress: func(_ planner.Text, done, total int) { bar.step(done, total) }})
	bar.end()
	if err != nil {
		return err
	}
	if s.JSON {
		return s.writeJSON(rep)
	}
	s.say("样例已写入 %s。人名、电话、户都是虚构的；村和社区是真实的。", "Sample written to %s. People, phones and households are invented; the villages are real.", c.Out)
	return nil
}

// templateCmd writes empty workbooks.
type templateCmd struct {
	Out string `default:"templates" placeholder:"DIR" help:"写到哪个目录。 Where to write."`
}

// Run writes one workbook for each kind of sheet and one that holds all.
func (c *templateCmd) Run(_ context.Context, s *Settings) error {
	kinds := sheet.Kinds()
	for _, k := range kinds {
		if err := create(filepath.Join(c.Out, string(k)+".xlsx"), func(w io.Writer) error { return sheet.WriteTemplate(w, k) }); err != nil {
			return err
		}
	}
	if err := create(filepath.Join(c.Out, "全部.xlsx"), func(w io.Writer) error { return sheet.WriteTemplate(w, kinds...) }); err != nil {
		return err
	}
	s.say("空白表在 %s：按表头和下拉填写，再运行 lianxin import %[1]s/*.xlsx --dry-run", "Empty workbooks are in %s: fill them in, then run lianxin import %[1]s/*.xlsx --dry-run", c.Out)
	return nil
}

// importCmd takes rosters in.
type importCmd struct {
	Files  []string `arg:"" type:"existingfile" help:"xlsx 或 CSV（UTF-8、GB18030）。 xlsx or CSV."`
	DryRun bool     `help:"只核对，不写入。 Check only, write nothing."`
	Period int      `help:"方案年度；“上年结对”记到它的前一年。默认今年。 Year of the plan; default this year."`
}

// importGC is how much garbage an import lets gather, in percent of what it holds.
const importGC = 50

// Run reports every finding; one that stops leaves the database as it was.
func (c *importCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "import", func(app *pipeline.App) error {
		req := pipeline.ImportRequest{DryRun: c.DryRun, Period: c.Period}
		if req.Period == 0 {
			req.Period = s.now().In(s.zone).Year()
		}
		for _, f := range c.Files {
			req.Sources = append(req.Sources, source(f))
		}
		defer debug.SetGCPercent(debug.SetGCPercent(importGC)) // a prefecture's rows are held once; garbage need not double them
		bar := s.progress("导入 import")
		req.Progress = bar.step
		rep, fs, err := app.Import(ctx, operator("import"), req)
		bar.end()
		s.findings(fs)
		if err != nil {
			if s.JSON {
				_ = s.writeJSON(map[string]any{"findings": fs})
			}
			return err
		}
		if s.JSON {
			return s.writeJSON(map[string]any{"report": rep, "findings": fs})
		}
		kinds := make([]string, 0, len(rep.Counts))
		for k := range rep.Counts {
			kinds = append(kinds, string(k))
		}
		slices.Sort(kinds)
		for _, k := range kinds {
			fmt.Fprintf(s.out, "%s %d\n", k, rep.Counts[sheet.Kind(k)])
		}
		if c.DryRun {
			s.say("核对通过：将新增 %d、更改 %d、不变 %d 行。没有写入任何数据。", "Checked: %d to add, %d to change, %d the same. Nothing was written.", rep.Added, rep.Changed, rep.Same)
		} else {
			s.say("已导入：新增 %d、更改 %d、不变 %d 行。要撤销：lianxin undo %s", "Imported: %d added, %d changed, %d the same. To undo: lianxin undo %s", rep.Added, rep.Changed, rep.Same, rep.ID)
		}
		return nil
	})
}

// source opens a file of the disk.
func source(name string) sheet.Source {
	return sheet.Source{Name: filepath.Base(name), Open: func() (io.ReadCloser, error) { return os.Open(name) }}
}

// undoCmd takes an import back, or lists the imports.
type undoCmd struct {
	Import string `arg:"" optional:"" help:"导入编号；不写则列出各次导入。 ID of the import; without it the imports are listed."`
}

// Run refuses, with the list, an undo that would strand visits.
func (c *undoCmd) Run(ctx context.Context, s *Settings) error {
	defer spareMemory()()
	return s.with(ctx, "undo", func(app *pipeline.App) error {
		if c.Import == "" {
			list, err := app.Imports(ctx, operator("undo"))
			if err != nil {
				return err
			}
			if s.JSON {
				return s.writeJSON(list)
			}
			var rows [][]string
			for _, r := range list {
				undone := ""
				if !r.UndoneAt.IsZero() {
					undone = "已撤销 undone"
				}
				rows = append(rows, []string{string(r.ID), r.At.In(s.zone).Format("2006-01-02 15:04"), r.By, strconv.Itoa(r.Rows), undone})
			}
			table(s.out, []string{"导入 import", "时间 at", "由 by", "行 rows", ""}, rows)
			return nil
		}
		n, err := app.UndoImport(ctx, operator("undo"), planner.ImportID(c.Import))
		if err != nil {
			return err
		}
		s.say("已撤销，恢复了 %d 行。", "Undone; %d rows restored.", n)
		return nil
	})
}
