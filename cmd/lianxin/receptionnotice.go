package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"lianxin/planner"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
	"lianxin/planner/sheet"
	"lianxin/planner/web"
)

// receptionNoticeCmd writes the notice of a month: to be hung up, printed by a newspaper, or filed.
type receptionNoticeCmd struct {
	Month  string `help:"如 2026-03；默认本月。 Such as 2026-03."`
	Format string `enum:"html,pdf,txt,xlsx" default:"txt" help:"html（自带样式，可打印A4）、pdf（需装有Chromium）、txt（媒体文稿）、xlsx。"`
	Out    string `short:"o" placeholder:"FILE" help:"写到文件；默认 txt 和 html 到屏幕，pdf 和 xlsx 到“接访日程公示-月份”。 File; txt and html go to standard output."`
}

// Run writes it.
func (c *receptionNoticeCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "reception notice", func(app *pipeline.App) error {
		v, err := app.PublicNotice(ctx, c.Month)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(v)
		}
		name := c.Out
		if name == "" && (c.Format == "pdf" || c.Format == "xlsx") {
			name = "接访日程公示-" + v.Month + "." + c.Format
		}
		write := func(w io.Writer) error {
			switch c.Format {
			case "txt":
				_, err := io.WriteString(w, app.NoticeText(v, s.Lang))
				return err
			case "xlsx":
				return sheet.WriteNotice(w, app.NoticeBook(v))
			}
			page, err := (&web.Server{App: app, Version: version}).NoticePage(ctx, lang.Choose(s.Lang), v.Month)
			if err == nil && c.Format == "pdf" {
				page, err = printPDF(ctx, page)
			}
			if err == nil {
				_, err = w.Write(page)
			}
			return err
		}
		if name == "" {
			return write(s.out)
		}
		if err := create(name, write); err != nil {
			return err
		}
		s.say("已写入 %s", "Written to %s", name)
		return nil
	})
}

// printLimit is how long a browser may take to print one page.
const printLimit = time.Minute

// printPDF prints a page on A4 by a Chromium that is installed on this machine.
func printPDF(ctx context.Context, page []byte) ([]byte, error) {
	browser := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "msedge"} {
		if p, err := exec.LookPath(name); err == nil {
			browser = p
			break
		}
	}
	if browser == "" {
		return nil, planner.Fail(planner.Unavailable, "这台机器没有 Chromium，出不了 PDF。请改用 --format html，用任意浏览器打开后“打印”成 PDF 或纸张（A4，不要页眉页脚）。",
			"no Chromium is installed here, so there is no PDF; use --format html and print it from any browser (A4, without headers).")
	}
	dir, err := os.MkdirTemp("", "lianxin-notice-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	in, out := filepath.Join(dir, "notice.html"), filepath.Join(dir, "notice.pdf")
	if err := os.WriteFile(in, page, 0o600); err != nil {
		return nil, err
	}
	ctx, stop := context.WithTimeout(ctx, printLimit)
	defer stop()
	args := []string{"--headless", "--disable-gpu", "--no-pdf-header-footer", "--user-data-dir=" + filepath.Join(dir, "profile"), "--print-to-pdf=" + out}
	if os.Geteuid() == 0 { // Chromium refuses to run as root otherwise; it opens one file of our own
		args = append(args, "--no-sandbox")
	}
	if said, err := exec.CommandContext(ctx, browser, append(args, "file://"+in)...).CombinedOutput(); err != nil {
		return nil, &planner.Error{Kind: planner.Unavailable, Where: browser, Err: fmt.Errorf("%w: %s", err, said),
			Say: planner.Text{ZH: "Chromium 没有打印成功，请改用 --format html 再从浏览器打印。", EN: "Chromium did not print; use --format html and print from a browser."}}
	}
	return os.ReadFile(out)
}

// receptionPublishCmd records that a month's notice is hung up.
type receptionPublishCmd struct {
	Month string `help:"如 2026-03；默认本月。 Such as 2026-03."`
	Late  string `placeholder:"WHY" help:"不足两天的原因：duty 工作调整、urgent 临时公务、holiday 放假安排公布较晚、first 首次启用。 Why less than two days before."`
	Check bool   `help:"只检查，不公布。 Only the pre-flight."`
}

// Run checks, and publishes.
func (c *receptionPublishCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "reception publish", func(app *pipeline.App) error {
		v, err := app.PublicNotice(ctx, c.Month)
		if err != nil {
			return err
		}
		if late := app.SayLate(v); !late.IsZero() && c.Check {
			s.say("! %s；公布时要写明原因（--late duty|urgent|holiday|first）。", "! %s; publishing must say why (--late duty|urgent|holiday|first).", late.In(s.Lang))
		}
		if c.Check {
			if s.JSON {
				return s.writeJSON(map[string]any{"month": v.Month, "pending": v.Pending, "issued_on": v.IssuedOn, "late_days": v.LateDays})
			}
			if !v.Pending {
				s.say("已在%s公布，此后没有变化。", "Published on %s, unchanged since.", v.IssuedOn)
			} else if len(v.LateDays) == 0 {
				s.say("可以公布：各场都提前两天以上。", "Ready: two days before or more for each day.")
			}
			return nil
		}
		n, err := app.PublishNotice(ctx, operator("reception publish"), v.Month, planner.LateWhy(c.Late))
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(n)
		}
		s.say("%s的公示已公布（第%d次，%s，共%d场）。", "The notice of %s is published (turn %d, %s, %d receptions).", n.Month, n.Turn, n.IssuedOn, len(n.Lines))
		return nil
	})
}
