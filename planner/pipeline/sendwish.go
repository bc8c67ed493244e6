package pipeline

import (
	"context"
	"slices"
	"strings"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/lang"
	"lianxin/planner/store"
)

// MaxSendMuteDays is the longest that a person is muted at a time; urgent notices pass. [office practice]
const MaxSendMuteDays = 31

// SendWishView is what a person chose, with what there is to choose from.
type SendWishView struct {
	Cadre      planner.CadreID `json:"cadre"`
	Name       string          `json:"name"`
	Channels   []string        `json:"channels"`  // chosen, the preferred one first; empty: the office's order
	Available  []string        `json:"available"` // of the office, in its order
	Works      []string        `json:"works"`     // those that reach this person
	QuietFrom  civil.Clock     `json:"quiet_from"`
	QuietUntil civil.Clock     `json:"quiet_until"`
	DigestAt   civil.Clock     `json:"digest_at"`
	AnyDay     bool            `json:"any_day"`
	MuteUntil  civil.Date      `json:"mute_until,omitzero"`
	Lang       string          `json:"lang"`
}

// usualWish is that of somebody who chose nothing.
func usualWish(id planner.CadreID) planner.SendWish {
	return planner.SendWish{Cadre: id, QuietFrom: quietFrom, QuietUntil: quietUntil, Lang: lang.ZH}
}

// SendWish returns how a cadre wants to be told. It goes to the person and who acts for them. NotFound for an unknown cadre.
func (a *App) SendWish(ctx context.Context, p planner.Principal, cadre planner.CadreID) (v SendWishView, err error) {
	if !p.Speaks(cadre) && !p.IsSystem() {
		return v, notTheirs()
	}
	err = a.DB.Read(ctx, planner.System("show how a cadre wants to be told"), func(tx *store.Tx) error {
		c, err := tx.Cadre(cadre)
		if err != nil {
			return err
		}
		d, err := a.directoryOf(tx, []planner.Cadre{c})
		if err != nil {
			return err
		}
		w, chose := d.wish[cadre]
		if !chose {
			w = usualWish(cadre)
		}
		v = SendWishView{Cadre: cadre, Name: c.Name, Channels: w.Channels, Available: d.channels, QuietFrom: w.QuietFrom, QuietUntil: w.QuietUntil,
			DigestAt: w.DigestAt, AnyDay: w.AnyDay, MuteUntil: w.MuteUntil, Lang: w.Lang}
		delete(d.wish, cadre)
		for _, to := range d.addresses(cadre) {
			v.Works = append(v.Works, to.Channel)
		}
		return nil
	})
	return v, err
}

// SetSendWish stores how a cadre wants to be told: which channels in which order, when not, whether the day's digest has an hour,
// until when nothing but what is urgent. What already waits is put off or sent accordingly at the next sweep. It returns nothing of
// the contacts, which the roster holds.
//
// Errors: Forbidden for others; Invalid for an unknown channel, quiet hours that leave less than an hour a day, a digest in them, or a
// mute of more than [MaxSendMuteDays].
func (a *App) SetSendWish(ctx context.Context, p planner.Principal, w planner.SendWish) error {
	if !p.Speaks(w.Cadre) && !p.IsSystem() {
		return notTheirs()
	}
	if err := a.checkSendWish(w); err != nil {
		return err
	}
	return a.DB.Write(ctx, p, store.Op{Name: "send-wish", Now: a.Now()}, func(tx *store.Tx) error {
		if err := tx.PutSendWish(w); err != nil {
			return err
		}
		return notifier.Reconsider(ctx, tx.SQL(), a.Now(), string(w.Cadre))
	})
}

func (a *App) checkSendWish(w planner.SendWish) error {
	bad := func(zh, en string) error { return planner.Fail(planner.Invalid, zh, en) }
	names := a.channelNames()
	for i, c := range w.Channels {
		if !slices.Contains(names, c) || slices.Contains(w.Channels[:i], c) {
			return bad("渠道“"+c+"”没有或写了两次，可用的有："+strings.Join(names, "、")+"。", "channel "+c+" does not exist or stands twice; there are: "+strings.Join(names, ", "))
		}
	}
	day := civil.Clock(24 * 60)
	quiet := (w.QuietUntil - w.QuietFrom + day) % day
	in := w.QuietFrom != w.QuietUntil && (w.DigestAt-w.QuietFrom+day)%day < quiet
	switch {
	case w.Lang != lang.ZH && w.Lang != lang.EN:
		return bad("语言请选中文或英文。", "choose Chinese or English.")
	case w.QuietFrom < 0 || w.QuietFrom > day || w.QuietUntil < 0 || w.QuietUntil > day || quiet > 23*60:
		return bad("免打扰以外每天至少留一个小时。", "leave at least one hour a day outside quiet hours.")
	case w.DigestAt < 0 || w.DigestAt >= day || w.DigestAt > 0 && in:
		return bad("汇总的时刻在免打扰时段内，请改一个。", "the hour of the digest lies in the quiet hours; choose another.")
	case !w.MuteUntil.IsZero() && w.MuteUntil.Sub(a.Today()) > MaxSendMuteDays:
		return bad("暂不打扰一次最长31天；请假请由单位登记。", "being muted lasts 31 days at most; leave is registered by the unit.")
	}
	return nil
}
