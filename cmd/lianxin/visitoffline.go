package main

import (
	"context"
	"os"

	"lianxin/planner/pipeline"
	"lianxin/planner/web"
)

type visitOfflineCmd struct {
	Cadre string `arg:"" help:"工号。 Code of the cadre."`
	On    string `placeholder:"DATE" help:"哪天；默认下一个走访日。 The day; default the next one."`
	Out   string `required:"" placeholder:"FILE.html" help:"写到哪个文件。 The file to write."`
}

// Run writes the sheet as one file; it holds no contact.
func (c *visitOfflineCmd) Run(ctx context.Context, s *Settings) error {
	on, err := day("--on", c.On)
	if err != nil {
		return err
	}
	return s.with(ctx, "visit", func(app *pipeline.App) error {
		p := operator("visit")
		who, err := app.CadreByCode(ctx, p, c.Cadre)
		if err != nil {
			return err
		}
		v, err := app.OfflineSheetOf(ctx, p, who.ID, on)
		if err != nil {
			return err
		}
		f, err := os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		if err := web.WriteOfflineSheet(f, s.Lang, v, true, s.BaseURL); err != nil {
			f.Close()
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
		s.say("%s 的走访表（%d 户）已写到 %s；记完后导出，用 lianxin visit record 或网页“走访”上传。", "The sheet of %s (%d households) is in %s; export it afterwards, and upload on the page of visits or by lianxin visit record.", v.On, len(v.Stops), c.Out)
		return nil
	})
}
