package pipeline

import (
	"context"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// FetchView is a program that fetched a feed: its name and the day, nothing else.
type FetchView struct {
	Product string     `json:"product"`
	On      civil.Date `json:"on"`
}

// WishView is what a person chose for their calendar.
type WishView struct {
	Lang string `json:"lang"` // zh, en
	Way  string `json:"way"`  // feed: by subscription and CalDAV; mail: by invitations
}

// CalendarWish returns what a cadre chose. It goes to the person and who acts for them.
func (a *App) CalendarWish(ctx context.Context, p planner.Principal, cadre planner.CadreID) (v WishView, err error) {
	if !p.Speaks(cadre) && !p.IsSystem() {
		return v, notTheirs()
	}
	err = a.DB.Read(ctx, planner.System("show what a cadre chose for their calendar"), func(tx *store.Tx) error {
		w, err := tx.Wish(cadre)
		v = WishView{Lang: w.Lang, Way: w.Way}
		return err
	})
	return v, err
}

// SetCalendarWish stores what a cadre chose: the language of their calendar, and whether it comes by subscription or by
// invitations in the mail, never both, so that nothing comes twice. Invalid for other words, and for mail without a mail
// address or a mail server.
func (a *App) SetCalendarWish(ctx context.Context, p planner.Principal, cadre planner.CadreID, w WishView) error {
	if !p.Speaks(cadre) && !p.IsSystem() {
		return notTheirs()
	}
	if w.Lang != "zh" && w.Lang != "en" || w.Way != store.WayFeed && w.Way != store.WayMail {
		return planner.Fail(planner.Invalid, "请选择语言（中文或英文）和方式（订阅或邮件邀请）。", "choose a language (zh or en) and a way (feed or mail).")
	}
	return a.DB.Write(ctx, p, store.Op{Name: "calendar-wish", Now: a.Now()}, func(tx *store.Tx) error {
		if w.Way == store.WayMail {
			has, err := tx.HasContact()
			if err != nil {
				return err
			}
			if !has[cadre].Mail || a.mailer() == nil {
				return planner.Fail(planner.Invalid, "还没有登记邮箱，或本系统没有接通邮件服务器，暂时只能订阅。",
					"no mail address is registered, or this system has no mail server; only subscription is possible.")
			}
		}
		return tx.PutWish(store.Wish{Cadre: cadre, Lang: w.Lang, Way: w.Way})
	})
}

func notTheirs() error {
	return planner.Fail(planner.Forbidden, "只有本人和代办人可以看和改。", "only the person and who acts for them may see and change this.")
}
