package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/pipeline"
	"lianxin/planner/sheet"
	"lianxin/planner/web"
)

// serveCmd runs the service.
type serveCmd struct {
	Listen  string `default:"127.0.0.1:8080" help:"监听地址。 Address to listen on."`
	Role    string `default:"all" enum:"all,web,worker" help:"all 全部，web 只开网页，worker 只发提醒。 Split pages and reminders over processes."`
	Cert    string `name:"tls-cert" placeholder:"FILE" help:"证书（PEM），与 --tls-key 一起给出时用 https。 Certificate; with --tls-key the pages are https."`
	Metrics string `name:"metrics-token" env:"LIANXIN_METRICS_TOKEN" placeholder:"TOKEN" help:"监控读 /metrics 用的令牌；不设则只限本机读。 Token for /metrics; without one only this machine may read it."`
	Key     string `name:"tls-key" placeholder:"FILE" help:"证书的私钥。 Its key."`
}

// Run serves until it is told to stop; replicas share a PostgreSQL database.
func (c *serveCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "serve", func(app *pipeline.App) error { return serve(ctx, s, app, *c) })
}

// serve runs the pages and, beside them, the worker that sends reminders.
func serve(ctx context.Context, s *Settings, app *pipeline.App, c serveCmd) error {
	if (c.Cert == "") != (c.Key == "") {
		return invalid("--tls-cert 和 --tls-key 要一起给出。", "--tls-cert and --tls-key go together.")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if s.At != "" {
		// A clock that was moved goes on from there: sessions and lockouts must end in a rehearsal too.
		start, from := time.Now(), app.Now()
		app.Now = func() time.Time { return from.Add(time.Since(start)) }
	}
	app.NewID, app.Series = planner.RandomIDs(), planner.SeriesIDs // a seed is for what commands make, not for what people do on pages
	stopped := make(chan error, 2)
	running := 0
	var health func() []notifier.Health
	if c.Role != "web" {
		running++
		worker := app.NotifierWorker("")
		health = worker.Health
		go func() { stopped <- work(ctx, app, worker) }()
	}
	if c.Role != "worker" {
		l, err := net.Listen("tcp", c.Listen)
		if err != nil {
			return &planner.Error{Kind: planner.Unavailable, Where: c.Listen, Err: err, Say: planner.Text{
				ZH: "这个地址用不了，可能有另一个程序占用了端口。用 --listen 换一个，如 127.0.0.1:8081。",
				EN: "this address cannot be used; perhaps another program holds the port. Choose another with --listen, such as 127.0.0.1:8081."}}
		}
		site := &web.Server{App: app, Version: version, Secure: c.Cert != "" || strings.HasPrefix(app.BaseURL, "https:"),
			MetricsToken: c.Metrics, Health: health}
		srv := site.HTTP()
		scheme := "http"
		if c.Cert != "" {
			scheme = "https"
		}
		s.say("网页已打开：%s://%s   （Ctrl-C 停止）", "Pages are open: %s://%s   (Ctrl-C stops)", scheme, c.Listen)
		running++
		go func() {
			var err error
			if c.Cert != "" {
				err = srv.ServeTLS(l, c.Cert, c.Key)
			} else {
				err = srv.Serve(l)
			}
			if errors.Is(err, http.ErrServerClosed) {
				err = nil
			}
			stopped <- err
		}()
		go func() {
			<-ctx.Done()
			quiet, done := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
			defer done()
			_ = srv.Shutdown(quiet) // what is still open after ten seconds is cut
		}()
	}
	var first error
	for range running {
		err := <-stopped
		if err != nil && first == nil && !errors.Is(err, context.Canceled) {
			first = err
		}
		cancel()
	}
	return first
}

// work runs the reminders' worker and wakes the idempotent sweeps.
func work(ctx context.Context, app *pipeline.App, w *notifier.Worker) error {
	sweep := func(ctx context.Context, _ time.Time) error {
		if _, err := app.EnsureReminders(ctx, pipeline.ReminderHorizonDays); err != nil {
			return err
		}
		if _, err := app.SweepTasks(ctx); err != nil {
			return err
		}
		_, err := app.DB.Seal(ctx, app.Now())
		return err
	}
	horizon := func(ctx context.Context, _ time.Time) error {
		_, err := app.EnsureHorizon(ctx)
		return err
	}
	if err := horizon(ctx, app.Now()); err != nil && app.Log != nil { // the days that were missed while nothing ran
		app.Log.ErrorContext(ctx, "horizon of calendars", "err", err)
	}
	invitations := func(ctx context.Context, _ time.Time) error {
		_, err := app.SendInvitations(ctx)
		return err
	}
	purge := func(ctx context.Context, _ time.Time) error {
		_, err := app.PurgeAppointments(ctx, planner.System("nightly purge of appointments"))
		return err
	}
	months := func(ctx context.Context, _ time.Time) error { return app.CloseMonths(ctx) }
	receipts := func(ctx context.Context, _ time.Time) error {
		_, err := w.LookUpReceipts(ctx)
		return err
	}
	audit := func(ctx context.Context, _ time.Time) error { return app.NightlyAudit(ctx) }
	w.Schedules = []notifier.Schedule{{Name: "audit-reminders", Spec: "40 0 * * *", Do: audit}, {Name: "receipts", Spec: "* * * * *", Do: receipts}, {Name: "sweep", Spec: "*/5 * * * *", Do: sweep}, {Name: "invitations", Spec: "*/5 * * * *", Do: invitations},
		{Name: "horizon", Spec: "10 0 * * *", Do: horizon}, {Name: "purge-appointments", Spec: "20 0 * * *", Do: purge},
		{Name: "close-months", Spec: "30 0 * * *", Do: months}}
	return w.Run(ctx)
}

// invite makes the invitations and writes them as a workbook, a sheet of slips for each unit.
func (s *Settings) invite(ctx context.Context, app *pipeline.App, file string) (int, error) {
	list, err := app.InviteAll(ctx, operator("invite"))
	if err != nil {
		return 0, err
	}
	slips := make([]sheet.Slip, len(list))
	for i, in := range list {
		slips[i] = sheet.Slip{Unit: in.Unit, Login: in.Login, Name: in.Name, Code: in.Code, Link: fmt.Sprintf("%s/invite/%s", app.BaseURL, in.Code)}
	}
	return len(list), create(file, func(w io.Writer) error { return sheet.WriteSlips(w, slips) })
}
