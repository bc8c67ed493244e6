package main

import (
	"context"
	"fmt"
	"os"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
)

// readTemplates reads the office's own words of reminders; an empty name is none.
func readTemplates(name string) (pipeline.Templates, error) {
	if name == "" {
		return nil, nil
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, &planner.Error{Kind: planner.Invalid, Where: name, Err: err, Say: planner.Text{ZH: "读不到模板文件，请检查路径。", EN: "the templates cannot be read; check the path."}}
	}
	return pipeline.ParseTemplates(name, b)
}

// remindTemplatesCmd shows, checks and previews the words of reminders.
type remindTemplatesCmd struct {
	Preview string `placeholder:"NAME" help:"用库里最近一条真实提醒预览这个模板。 Preview a template with a real reminder."`
	Check   string `placeholder:"FILE" help:"核对一个模板文件，不启用。 Check a file without using it."`
}

// Run prints the templates in use as a file to edit: save it, change it, and name it in lianxin.yaml as templates.
func (c *remindTemplatesCmd) Run(ctx context.Context, s *Settings) error {
	if c.Check != "" {
		t, err := readTemplates(c.Check)
		if err == nil {
			s.say("可以用，改了%d个模板。", "It can be used; it changes %d templates.", len(t))
		}
		return err
	}
	if c.Preview == "" {
		own, err := readTemplates(s.Templates)
		if err != nil {
			return err
		}
		t := pipeline.DefaultTemplates()
		for name, w := range own {
			t[name] = w
		}
		return t.Write(s.out)
	}
	return s.with(ctx, "remind", func(app *pipeline.App) error {
		out, err := app.Preview(ctx, operator("remind"), c.Preview, civil.DateIn(s.now(), s.zone).AddDays(60))
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(out)
		}
		fmt.Fprint(s.out, out[s.Lang])
		return nil
	})
}
