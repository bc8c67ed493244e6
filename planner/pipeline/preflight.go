package pipeline

import (
	"context"
	"fmt"
	"slices"
	"time"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/lang"
	"lianxin/planner/store"
)

const (
	preflightDays = 31               // of receptions and work days looked at
	burstMost     = 30 * time.Minute // that a morning's messages may take before it is a warning [office practice]
)

// preflight finds what else a planner should know before people are told: receptions without a deputy, leaders who are away on their own
// day, and how long the budgets of the channels make the morning before a mass-work-day. Nothing of it stops a publication.
func (a *App) preflight(ctx context.Context, plan planner.Plan) (fs []planner.Finding, err error) {
	today := a.Today()
	span := civil.Span{From: today, Until: today.AddDays(preflightDays)}
	err = a.DB.Read(ctx, planner.System("pre-flight of a publication"), func(tx *store.Tx) error {
		fs = nil
		events, err := tx.Events(store.EventFilter{Span: span})
		if err != nil {
			return err
		}
		days, err := tx.ReceptionDays(span)
		if err != nil {
			return err
		}
		deputy := map[civil.Date]bool{}
		for _, d := range days {
			deputy[d.On] = d.Deputy != ""
		}
		leaders, err := tx.Leaders()
		if err != nil {
			return err
		}
		of := map[planner.CadreID]planner.Cadre{}
		for _, c := range leaders {
			of[c.ID] = c
		}
		var bare, awayZH, awayEN []string
		for _, e := range events {
			if e.Cadre == "" || e.Status == planner.StatusCancelled {
				continue
			}
			if e.Kind == planner.EventReception && !deputy[e.On] {
				bare = append(bare, e.On.String())
			}
			c, leads := of[e.Cadre]
			if leads && c.OnLeave(e.On) && (e.Kind == planner.EventReception || e.Kind == planner.EventMassWorkDay) {
				awayZH = append(awayZH, fmt.Sprintf("%s %s%s", c.Name, lang.ShortDate(lang.ZH, e.On), eventWords[e.Kind].ZH))
				awayEN = append(awayEN, fmt.Sprintf("%s %s %s", c.Name, lang.ShortDate(lang.EN, e.On), eventWords[e.Kind].EN))
			}
		}
		if bare = slices.Compact(bare); len(bare) > 0 {
			fs = append(fs, planner.Finding{Severity: planner.Warn, Code: "no-deputy", Say: planner.Text{
				ZH: fmt.Sprintf("今后%d天有%d个接访日没有补位领导：%s。", preflightDays, len(bare), few(bare, "、", "等")),
				EN: fmt.Sprintf("%d receptions of the next %d days have no deputy: %s.", len(bare), preflightDays, few(bare, ", ", " and more"))}})
		}
		if n := len(awayZH); n > 0 {
			fs = append(fs, planner.Finding{Severity: planner.Warn, Code: "leader-away", Say: planner.Text{
				ZH: fmt.Sprintf("有%d处安排当天领导不在岗，请调换或补位：%s。", n, few(awayZH, "、", "等")),
				EN: fmt.Sprintf("%d dates fall on a day when the leader is away; swap or name a deputy: %s.", n, few(awayEN, ", ", " and more"))}})
		}
		burst, err := a.burst(tx, plan)
		fs = append(fs, burst...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("pre-flight: %w", err)
	}
	return fs, nil
}

// Burst is the morning on which everybody of a plan gets a message: how many go over a channel, and the time that its budget forces.
type Burst struct {
	Channel string
	N       int
	Limit   notifier.Limit // the one that takes longest; zero: none is stated
	Forced  time.Duration
}

// burstOf reckons the time from the first to the last of n messages under limits: a window's worth goes at its beginning.
func burstOf(channel string, n int, limits []notifier.Limit) Burst {
	b := Burst{Channel: channel, N: n}
	for _, l := range limits {
		if l.N < 1 || n < 1 {
			continue
		}
		if forced := time.Duration((n-1)/l.N) * l.Per; forced > b.Forced || b.Limit.N == 0 {
			b.Limit, b.Forced = l, forced
		}
	}
	return b
}

// burst shows the numbers for each channel that is somebody's first.
func (a *App) burst(tx *store.Tx, plan planner.Plan) (fs []planner.Finding, err error) {
	var ids []planner.CadreID
	for _, p := range plan.Pairings {
		ids = append(ids, p.Cadre)
	}
	cs, err := cadresBy(tx, ids)
	if err != nil {
		return nil, err
	}
	d, err := a.directoryOf(tx, cs)
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	for _, c := range cs {
		count[d.channel(c.ID)]++
	}
	for _, c := range a.Channels {
		limited, ok := c.(notifier.Limited)
		if n := count[c.Name()]; ok && n > 0 && len(limited.Limits()) > 0 {
			b := burstOf(c.Name(), n, limited.Limits())
			f := planner.Finding{Severity: planner.Note, Code: "burst", Say: planner.Text{
				ZH: fmt.Sprintf("群众工作日前的早晨，%s要发%d条；限速每%s%d条，全部发完约需%s。", ChannelWord(lang.ZH, c.Name()), n, perWords(lang.ZH, b.Limit.Per), b.Limit.N, forcedWords(lang.ZH, b.Forced)),
				EN: fmt.Sprintf("on the morning before a mass-work-day %d messages go over %s; at %d a %s the last is sent after %s.", n, ChannelWord(lang.EN, c.Name()), b.Limit.N, perWords(lang.EN, b.Limit.Per), forcedWords(lang.EN, b.Forced))}}
			if b.Forced > burstMost {
				f.Severity, f.Code = planner.Warn, "burst-slow"
				f.Say.ZH += "请分到几个渠道，或向服务商提高限速。"
				f.Say.EN += " Spread it over more channels, or ask the provider for more."
			}
			fs = append(fs, f)
		}
	}
	return fs, nil
}

func perWords(l string, d time.Duration) string {
	switch {
	case d == time.Minute:
		return planner.Text{ZH: "分钟", EN: "minute"}.In(l)
	case d == time.Second:
		return planner.Text{ZH: "秒", EN: "second"}.In(l)
	}
	return d.String()
}

func forcedWords(l string, d time.Duration) string {
	if d < time.Minute {
		return planner.Text{ZH: "不到1分钟", EN: "less than a minute"}.In(l)
	}
	return planner.Text{ZH: "{n}分钟", EN: "{n} minutes"}.Fill("n", fmt.Sprint(int((d+time.Minute-1)/time.Minute))).In(l)
}

// ChannelWord is a channel's name for people: in Chinese for the kinds that the program brings, else the office's own name.
func ChannelWord(l, name string) string {
	if key := "channel." + name; lang.Has(key) {
		return lang.T(l, key)
	}
	return name
}
