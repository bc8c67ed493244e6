package main

import (
	"context"
	"strings"

	"lianxin/planner"
	"lianxin/planner/pipeline"
)

// davCmd is what an office does for calendar programs.
type davCmd struct {
	Horizon  davHorizonCmd  `cmd:"" help:"把日历往前排够 400 天（serve 每天自动做）。 Keep calendars laid 400 days ahead; serve does it daily."`
	Wish     davWishCmd     `cmd:"" help:"某人的日历用什么语言、订阅还是邮件邀请。 Language of a person's calendar, and subscription or invitations."`
	Password davPasswordCmd `cmd:"" help:"日历软件的应用专用密码。 Passwords of calendar programs."`
}

type davHorizonCmd struct{}

// Run is idempotent.
func (davHorizonCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "dav", func(app *pipeline.App) error {
		rep, err := app.EnsureHorizon(ctx)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(rep)
		}
		s.say("日历已排够，新排 %d 年。", "The horizon is kept; %d years newly laid.", len(rep.Laid))
		return nil
	})
}

type davWishCmd struct {
	Cadre string `arg:"" help:"工号。 Code of the cadre."`
	In    string `default:"zh" enum:"zh,en" help:"zh 或 en"`
	Way   string `default:"feed" enum:"feed,mail" help:"feed 订阅，mail 邮件邀请。 Subscription or invitations by mail."`
}

// Run stores what a person asked for at the counter.
func (c *davWishCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "dav", func(app *pipeline.App) error {
		cadre, err := app.CadreByCode(ctx, operator("dav"), c.Cadre)
		if err != nil {
			return err
		}
		return app.SetCalendarWish(ctx, operator("dav"), cadre.ID, pipeline.WishView{Lang: c.In, Way: c.Way})
	})
}

type davPasswordCmd struct {
	List   davPasswordListCmd   `cmd:"" default:"withargs" help:"列出。 List."`
	Add    davPasswordAddCmd    `cmd:"" help:"新建，只显示一次。 Make one; it is shown once."`
	Revoke davPasswordRevokeCmd `cmd:"" help:"停用。 Revoke."`
}

type davPasswordListCmd struct {
	Login string `arg:"" help:"登录名。 Login."`
}

// Run lists names and days, never a secret.
func (c *davPasswordListCmd) Run(ctx context.Context, s *Settings) error {
	return s.withAccount(ctx, c.Login, func(app *pipeline.App, acc planner.Account) error {
		list, err := app.AppPasswords(ctx, operator("dav"), acc.ID)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(list)
		}
		var rows [][]string
		for _, w := range list {
			rows = append(rows, []string{w.ID, w.Name, w.CreatedOn.String()})
		}
		table(s.out, []string{"编号 id", "给谁用 for", "起 since"}, rows)
		return nil
	})
}

type davPasswordAddCmd struct {
	Login string `arg:"" help:"登录名。 Login."`
	Name  string `arg:"" help:"给哪个软件用。 For which program."`
}

// Run prints the secret and nothing else.
func (c *davPasswordAddCmd) Run(ctx context.Context, s *Settings) error {
	return s.withAccount(ctx, c.Login, func(app *pipeline.App, acc planner.Account) error {
		secret, err := app.AddAppPassword(ctx, operator("dav"), acc.ID, c.Name)
		if err == nil {
			_, err = s.out.Write([]byte(secret + "\n"))
		}
		return err
	})
}

type davPasswordRevokeCmd struct {
	Login string `arg:"" help:"登录名。 Login."`
	ID    string `arg:"" help:"编号或名称。 Its id or name."`
}

// Run revokes at once.
func (c *davPasswordRevokeCmd) Run(ctx context.Context, s *Settings) error {
	return s.withAccount(ctx, c.Login, func(app *pipeline.App, acc planner.Account) error {
		return app.RevokeAppPassword(ctx, operator("dav"), acc.ID, c.ID)
	})
}

// withAccount runs fn for the account of a login.
func (s *Settings) withAccount(ctx context.Context, login string, fn func(*pipeline.App, planner.Account) error) error {
	return s.with(ctx, "dav", func(app *pipeline.App) error {
		acc, err := app.AccountByLogin(ctx, operator("dav"), strings.TrimSpace(login))
		if err != nil {
			return err
		}
		return fn(app, acc)
	})
}
