package main

import (
	"context"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
)

// remindWishCmd shows or sets how a person wants to be told.
type remindWishCmd struct {
	Cadre    string  `arg:"" help:"工号。 Code of the cadre."`
	Channels *string `placeholder:"A,B" help:"渠道的先后，用逗号隔开；空为按单位的顺序。 Channels in order; empty: the office's order."`
	Quiet    string  `name:"quiet-hours" placeholder:"21:00-07:00" help:"免打扰时段。 Quiet hours."`
	Digest   *string `placeholder:"HH:MM" help:"每天汇总的时刻；空为有事就发。 Hour of the daily digest; empty: none."`
	AnyDay   *bool   `negatable:"" help:"休息日也可以发。 Also on days off."`
	Mute     *string `placeholder:"DATE" help:"暂停到这天（不含），最长31天；空为不暂停。 Paused until; empty: not."`
	In       string  `placeholder:"zh|en" help:"语言。 Language."`
}

// Run stores what a person asked for at the counter; without a flag it shows what is stored.
func (c *remindWishCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "remind", func(app *pipeline.App) error {
		who := operator("remind")
		cadre, err := app.CadreByCode(ctx, who, c.Cadre)
		if err != nil {
			return err
		}
		v, err := app.SendWish(ctx, who, cadre.ID)
		if err != nil {
			return err
		}
		w, changed, err := c.wish(v)
		if err != nil {
			return err
		}
		if changed {
			if err := app.SetSendWish(ctx, who, w); err != nil {
				return err
			}
			if v, err = app.SendWish(ctx, who, cadre.ID); err != nil {
				return err
			}
		}
		return s.writeJSON(v)
	})
}

// wish is what is stored with the flags laid over it.
func (c *remindWishCmd) wish(v pipeline.SendWishView) (w planner.SendWish, changed bool, err error) {
	w = planner.SendWish{Cadre: v.Cadre, Channels: v.Channels, QuietFrom: v.QuietFrom, QuietUntil: v.QuietUntil, DigestAt: v.DigestAt, AnyDay: v.AnyDay, MuteUntil: v.MuteUntil, Lang: v.Lang}
	bad := func(name, text string) error {
		return invalid("--"+name+" 的“"+text+"”看不懂，见 lianxin remind wish --help。", "--"+name+" "+text+" is not understood; see lianxin remind wish --help.")
	}
	clock := func(name, text string, to *civil.Clock) {
		if *to, err = civil.ParseClock(strings.TrimSpace(text)); err != nil {
			err = bad(name, text)
		}
	}
	if c.Channels != nil {
		w.Channels, changed = nil, true
		for _, name := range strings.Split(*c.Channels, ",") {
			if name = strings.TrimSpace(name); name != "" {
				w.Channels = append(w.Channels, name)
			}
		}
	}
	if c.Quiet != "" {
		from, until, ok := strings.Cut(c.Quiet, "-")
		if !ok {
			return w, false, bad("quiet-hours", c.Quiet)
		}
		changed = true
		if clock("quiet-hours", from, &w.QuietFrom); err == nil {
			clock("quiet-hours", until, &w.QuietUntil)
		}
	}
	if c.Digest != nil && err == nil {
		w.DigestAt, changed = 0, true
		if *c.Digest != "" {
			clock("digest", *c.Digest, &w.DigestAt)
		}
	}
	if c.AnyDay != nil {
		w.AnyDay, changed = *c.AnyDay, true
	}
	if c.Mute != nil && err == nil {
		w.MuteUntil, changed = civil.Date{}, true
		if *c.Mute != "" {
			if w.MuteUntil, err = civil.ParseDate(*c.Mute); err != nil {
				err = bad("mute", *c.Mute)
			}
		}
	}
	if c.In != "" {
		w.Lang, changed = c.In, true
	}
	return w, changed, err
}
