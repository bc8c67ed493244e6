package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/sample"
	"lianxin/planner/sheet"
)

// demoCmd makes a county and shows it.
type demoCmd struct {
	Out    string `default:"demo/out" placeholder:"DIR" help:"成果写到哪个目录（先清空）。 Where results go; emptied first."`
	Serve  bool   `default:"true" negatable:"" help:"最后打开网页。 Serve the pages at the end."`
	Listen string `default:"127.0.0.1:8080" help:"网页地址。 Address of the pages."`
}

// The demo's clock and seed are pinned, so that everybody sees the same county.
const (
	demoNow  = "2026-01-05T08:00"
	demoYear = 2026
	demoSeed = 1
)

// demo is one run with what the stages leave for one another.
type demo struct {
	*Settings
	app     *pipeline.App
	dir     string
	stages  []stageTime
	summary demoSummary
}

type stageTime struct {
	Stage   string  `json:"stage"`
	Seconds float64 `json:"seconds"`
}

// demoSummary is summary.json.
type demoSummary struct {
	County        string                    `json:"county"`
	Villages      int                       `json:"villages"`
	Units         int                       `json:"units"`
	Cadres        map[planner.Rank]int      `json:"cadres"`
	Households    int                       `json:"households"`
	Consenting    int                       `json:"consenting"`
	Assigned      int                       `json:"assigned"`
	LoadMax       int                       `json:"load_max"`
	Price         planner.Seconds           `json:"price"`
	Bound         planner.Seconds           `json:"bound"`
	Gap           planner.Seconds           `json:"gap"`
	Pairs         int64                     `json:"pairs"`
	HardBroken    int                       `json:"hard_rules_broken"`
	Kept          int                       `json:"kept"`
	HadCadre      int                       `json:"had_cadre"`
	Visits        int                       `json:"visits"`
	VisitsPerHome float64                   `json:"visits_per_household"`
	WorkDays      []workDay                 `json:"work_days"`
	Collisions    []pipeline.CollisionView  `json:"collisions"`
	Slots         int                       `json:"slots"`
	HeadSlots     int                       `json:"head_slots"`
	Provisional   map[string]string         `json:"provisional"` // year → its status
	Events        int                       `json:"events"`
	Feeds         int                       `json:"feeds"`
	Planned       map[string]int            `json:"reminders_planned_by_channel"` // of the whole year, dry run
	Reminders     []pipeline.ChannelCount   `json:"reminders_by_channel"`         // of the ledger
	Tasks         map[planner.TaskState]int `json:"tasks"`
	Invited       int                       `json:"invited"`
	Stages        []stageTime               `json:"stages"`
}

// stage runs one step, shows it and notes its time.
func (d *demo) stage(zh, en string, fn func(bar *progress) error) error {
	start := time.Now()
	bar := d.progress(zh + " " + en)
	err := fn(bar)
	bar.end()
	took := time.Since(start)
	d.stages = append(d.stages, stageTime{en, took.Round(time.Millisecond).Seconds()})
	if err != nil {
		return err
	}
	fmt.Fprintf(d.err, "  ✓ %-30s %6.2f s\n", zh+" "+en, took.Seconds())
	return nil
}

// Run does everything a county does in a year's planning, on the database that the settings name (a fresh embedded one by
// default), and then serves the pages.
func (c *demoCmd) Run(ctx context.Context, s *Settings) error {
	if err := os.RemoveAll(c.Out); err != nil {
		return unwritable(c.Out, err)
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return unwritable(c.Out, err)
	}
	for name, own := range map[string]struct {
		value  *string
		preset string
	}{
		"database": {&s.Database, "sqlite:" + filepath.Join(c.Out, "lianxin.db")},
		"keys":     {&s.Keys, filepath.Join(c.Out, "lianxin.key")},
		"slips":    {&s.Slips, filepath.Join(c.Out, "slips")},
		"now":      {&s.At, demoNow},
		"base-url": {&s.BaseURL, "http://" + c.Listen},
	} {
		if s.origins[name] == "" && !s.given(name) {
			*own.value = own.preset
		}
	}
	if s.Seed == 0 {
		s.Seed = demoSeed
	}
	if err := s.finish(); err != nil {
		return err
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	app, err := s.open(ctx, "demo")
	if err != nil {
		return err
	}
	defer app.DB.Close()
	if s.SMTPHost == "" { // a folder stands for the mail server, so that one can read what would be sent
		app.Channels = append([]notifier.Channel{notifier.File{Label: "mail", Dir: filepath.Join(c.Out, "mail")}}, app.Channels...)
	}
	d := &demo{Settings: s, app: app, dir: c.Out}
	s.say("连心演示：义马市 35 个真实社区，虚构的干部和户。时钟拨到 2026 年 1 月 5 日 8:00。", "Lianxin demo: the 35 real communities of Yima, invented people. The clock stands at 2026-01-05 08:00.")
	if err := d.chain(ctx); err != nil {
		return err
	}
	d.print()
	if !c.Serve {
		return nil
	}
	d.personas()
	return serve(ctx, s, app, serveCmd{Listen: c.Listen, Role: "all"})
}

// chain is the whole chain. Each step is the same use case that the single commands call.
func (d *demo) chain(ctx context.Context) error {
	op := operator("demo")
	var files sample.Report
	sum := &d.summary
	steps := []struct {
		zh, en string
		do     func(bar *progress) error
	}{
		{"生成名册", "sample", func(bar *progress) (err error) {
			files, err = sample.Write(ctx, sample.Options{Preset: d.Preset, Seed: d.Seed, Dir: filepath.Join(d.dir, "roster"),
				Progress: func(_ planner.Text, done, total int) { bar.step(done, total) }})
			return err
		}},
		{"导入", "import", func(bar *progress) error {
			rep, fs, err := d.app.Import(ctx, op, pipeline.ImportRequest{Sources: files.Sources(filepath.Join(d.dir, "roster")), Period: demoYear, Progress: bar.step})
			if err != nil || planner.Stops(fs) {
				d.findings(fs)
				return err
			}
			fmt.Fprintf(d.err, "    %d 行 rows\n", rep.Added)
			return nil
		}},
		{"求解方案", "plan", func(bar *progress) error {
			_, err := d.app.Plan(ctx, op, pipeline.PlanRequest{Period: demoYear, Preset: d.Preset, Progress: bar.tier})
			return err
		}},
		{"征求意见稿", "review", func(*progress) error {
			if _, err := d.app.Review(ctx, op, demoYear); err != nil {
				return err
			}
			books, err := d.app.ReviewBooks(ctx, op, demoYear)
			if err != nil || len(books) == 0 {
				return err
			}
			// One is enough to look at; `lianxin plan review` writes all.
			return create(filepath.Join(d.dir, "review", books[0].File), func(w io.Writer) error { return sheet.WriteReview(w, books[0].ReviewBook) })
		}},
		{"发布", "publish", func(*progress) error {
			_, fs, err := d.app.Publish(ctx, op, demoYear, false)
			if err != nil {
				d.findings(fs)
			}
			return err
		}},
		{"全年日历", "calendar", func(bar *progress) error {
			rep, err := d.app.LayYear(ctx, op, demoYear, bar.step)
			if err != nil {
				return err
			}
			sum.Slots, sum.HeadSlots, sum.Visits, sum.Events = rep.Slots, rep.HeadSlots, rep.Visits, rep.Events
			view, err := d.app.Year(ctx, op, demoYear)
			if err != nil {
				return err
			}
			sum.WorkDays, sum.Collisions = workDays(view), view.Collisions
			next, err := d.app.LayYear(ctx, op, demoYear+1, bar.step)
			sum.Events += next.Events
			sum.Provisional = map[string]string{fmt.Sprint(demoYear + 1): next.Status}
			return err
		}},
		{"提醒", "reminders", func(*progress) error {
			if _, err := d.app.EnsureReminders(ctx, pipeline.ReminderHorizonDays); err != nil {
				return err
			}
			if _, err := d.app.SendDue(ctx); err != nil {
				return err
			}
			return nil
		}},
		{"跟进事项", "tasks", func(*progress) error {
			if _, err := d.app.SweepTasks(ctx); err != nil {
				return err
			}
			_, err := d.app.SendDue(ctx)
			return err
		}},
		{"日历文件", "feeds", func(bar *progress) (err error) {
			if err := d.app.EnsureFeedTokens(ctx); err != nil {
				return err
			}
			sum.Feeds, err = d.app.WriteFeeds(ctx, filepath.Join(d.dir, "feeds"), bar.step)
			return err
		}},
		{"账号与邀请", "accounts", func(*progress) (err error) {
			sum.Invited, err = d.invite(ctx, d.app, filepath.Join(d.dir, "invitations.xlsx"))
			if err != nil {
				return err
			}
			return d.makePersonas(ctx)
		}},
		{"方案表", "exports", func(*progress) error { return d.writePlan(ctx, d.app, demoYear, d.dir) }},
		{"核验与封存", "verify", func(*progress) error {
			if _, err := d.app.VerifyPlan(ctx, op, demoYear); err != nil {
				return err
			}
			if _, err := d.app.DB.Seal(ctx, d.now()); err != nil {
				return err
			}
			_, err := d.app.DB.VerifyChain(ctx)
			return err
		}},
	}
	for _, st := range steps {
		if err := d.stage(st.zh, st.en, st.do); err != nil {
			return err
		}
	}
	return d.collect(ctx)
}

// collect fills the rest of the summary from the database and writes summary.json.
func (d *demo) collect(ctx context.Context) error {
	op, sum := operator("demo"), &d.summary
	o, err := d.app.Overview(ctx, op)
	if err != nil {
		return err
	}
	sum.County, sum.Villages, sum.Units, sum.Cadres = o.County, o.Villages, o.Units, o.Cadres
	sum.Households, sum.Consenting = o.Households, o.Consenting
	if p := o.Plan; p != nil {
		sum.Assigned, sum.LoadMax, sum.Price, sum.Bound, sum.Gap = p.Households, p.LoadMax, p.Price, p.Bound, p.Gap
		sum.Pairs, sum.HardBroken, sum.Kept, sum.HadCadre = p.Pairs, p.HardBroken, p.Kept, p.HadCadre
	}
	if sum.Assigned > 0 {
		sum.VisitsPerHome = float64(sum.Visits) / float64(sum.Assigned)
	}
	sum.Reminders = o.Reminders
	if sum.Planned, err = d.app.ReminderPlan(ctx, civil.Of(demoYear, 12, 31)); err != nil {
		return err
	}
	if sum.Tasks, err = d.app.TaskCounts(ctx, op); err != nil {
		return err
	}
	sum.Stages = d.stages
	return create(filepath.Join(d.dir, "summary.json"), func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(sum)
	})
}
