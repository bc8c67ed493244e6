package pipeline

import (
	"context"
	"time"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/lang"
	"lianxin/planner/store"
)

// RuleReceptionAsked tells a leader at once that they are asked to take a reception, and who asked that it stays theirs.
const RuleReceptionAsked = "reception-asked"

const (
	templateSwapAsked = "reception-asked"
	templateSwapStays = "reception-stays"
)

func init() {
	ruleWords[RuleReceptionAsked] = planner.Text{ZH: "请人接替接访时立即告知对方，不成时告知提出的领导", EN: "who is asked to take a reception hears at once, and who asked hears if it comes to nothing"}
	titleWords[templateSwapAsked] = planner.Text{ZH: "请答复：{when}的接访请您承担", EN: "Please answer: would you receive on {when}?"}
	titleWords[templateSwapStays] = planner.Text{ZH: "接访不变：{when}仍由您接访", EN: "No change: you receive on {when}"}
	bodyWords[templateSwapAsked] = planner.Text{ZH: "{when}由{owner}承担的接访，想请您接替，地点：{place}。请在“接访调换”页答复同意或不同意；批准之前日历不变。",
		EN: "{owner} would like you to receive on {when}, {place}. Please accept or decline on the page of swaps; the calendars stay as they are until it is approved."}
	bodyWords[templateSwapStays] = planner.Text{ZH: "您提出的调换没有办成，{when}的接访仍由您承担，地点：{place}。确实不能到场的，请再提出或联系经办人。",
		EN: "The swap that you asked for came to nothing: you receive on {when}, {place}. If you cannot come, ask anew or speak to the office."}
}

// askedNotices are what a step has somebody told: the taker of a wish that is asked, its giver once it is declined or refused.
func (a *App) askedNotices(ctx context.Context, now time.Time, s planner.Swap) (out []notifier.Notice, err error) {
	recipient, template := s.Taker, templateSwapAsked
	switch s.State {
	case planner.SwapAsked:
	case planner.SwapDeclined, planner.SwapRefused:
		recipient, template = s.Giver, templateSwapStays
	default:
		return nil, nil
	}
	err = a.DB.Read(ctx, planner.System("words of a swap for "+string(recipient)), func(tx *store.Tx) error {
		e, err := slotOn(tx, s.On)
		if err != nil {
			return err
		}
		c, err := tx.Cadre(s.Giver)
		args := eventArgs(e)
		args["owner"] = c.Name
		out = []notifier.Notice{{Recipient: string(recipient), Subject: "swap/" + string(s.ID) + "/" + string(s.State), Rule: RuleReceptionAsked, Template: template,
			Args: args, DueAt: now, ExpiresAt: s.On.At(e.From, a.Zone)}}
		return err
	})
	return out, err
}

// putAsked stores a step of a wish and has those told whom it concerns.
func (a *App) putAsked(ctx context.Context, tx *store.Tx, now time.Time, s planner.Swap, tell []notifier.Notice) error {
	if err := tx.PutSwap(s); err != nil || len(tell) == 0 {
		return err
	}
	_, err := notifier.Enqueue(ctx, tx.SQL(), now, a.NewID, tell...)
	return err
}

// SwapSaid is what was done with a wish, what comes next and who hears of it.
type SwapSaid struct {
	Done planner.Text `json:"done"`
	Next planner.Text `json:"next"`
}

// SaySwap words the state in which a step left a swap. For those who plan.
func (a *App) SaySwap(ctx context.Context, p planner.Principal, s planner.Swap) (out SwapSaid, err error) {
	if err := mustPlan(p); err != nil {
		return out, err
	}
	name := map[planner.CadreID]string{}
	hung, heads := false, 0
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		for _, id := range []planner.CadreID{s.Giver, s.Taker} {
			c, err := tx.Cadre(id)
			if err != nil {
				return err
			}
			name[id] = c.Name
			if c.Head {
				heads++
			}
			if id == s.Giver && !c.Head {
				heads = -1
			}
		}
		if rules, err := rotaRules(tx); err != nil {
			return err
		} else if rules.Heads == calendar.HeadShared {
			heads = -1
		}
		turns, err := tx.ReceptionNotices(s.On.String()[:7])
		hung = len(turns) > 0
		return err
	})
	if err != nil {
		return out, err
	}
	told := func(zh, en string) planner.Text {
		return planner.Text{ZH: zh, EN: en}.Fill("日", lang.ShortDate(lang.ZH, s.On), "day", lang.ShortDate(lang.EN, s.On), "还", lang.ShortDate(lang.ZH, s.OtherOn), "other", lang.ShortDate(lang.EN, s.OtherOn),
			"原", name[s.Giver], "接", name[s.Taker], "giver", name[s.Giver], "taker", name[s.Taker], "号", string(s.ID), "id", string(s.ID), "月", s.On.String()[:7], "month", s.On.String()[:7])
	}
	back := planner.Text{}
	if !s.OtherOn.IsZero() {
		back = told("，{原}换回{还}", ", and {giver} on {other} in return")
	}
	switch s.State {
	case planner.SwapAsked:
		out.Done = told("已提出：{日}{原}的接访请{接}承担", "Asked: {taker} is to receive in place of {giver} on {day}")
		out.Next = told("{接}会收到提醒；同意后（lianxin reception swap accept {号}）由经办人批准（lianxin reception swap approve {号}）。批准之前，日历和公示都不变。",
			"{taker} is told and accepts (lianxin reception swap accept {id}); then the planner approves (lianxin reception swap approve {id}). Until then calendars and notice stay as they are.")
	case planner.SwapAccepted:
		out.Done = told("{接}同意承担{日}{原}的接访", "{taker} agrees to receive in place of {giver} on {day}")
		out.Next = told("等经办人批准：lianxin reception swap approve {号}。批准之前，日历和公示都不变。", "The planner approves next: lianxin reception swap approve {id}. Until then calendars and notice stay as they are.")
	case planner.SwapApproved:
		out.Done = told("{日}的接访由{原}改为{接}", "On {day} {taker} receives in place of {giver}")
		if s.Kind == planner.SwapDeputy {
			out.Done = told("已经来不及征求意见，{日}{原}的接访由补位领导{接}承担", "It is too late to ask: on {day} the deputy {taker} receives in place of {giver}")
		}
		out.Next = told("两位领导的日历已更新，都会收到提醒；已约的群众席位不变。", "The calendars of both are changed and both are told; seats that are booked stay booked.")
		if hung {
			out.Next = joinSentence(out.Next, told("{月}的公示已经挂出，请重新公布，注明变动：lianxin reception publish --month {月}。",
				"The notice of {month} hangs already: publish it anew with the change, lianxin reception publish --month {month}."))
		}
	default:
		back = planner.Text{}
		out.Done = told("没有办成，{日}仍由{原}接访", "It came to nothing: {giver} receives on {day}")
		out.Next = told("{原}会收到提醒；确实不能到场的，可以另请人接替：lianxin reception absent {日子} --with 工号。", "{giver} is told. Somebody else can be asked: lianxin reception absent {on} --with CODE.").
			Fill("日子", s.On.String(), "on", s.On.String())
	}
	if heads == 1 && s.OtherOn.IsZero() && (s.State.Open() || s.State == planner.SwapApproved) {
		out.Next = joinSentence(out.Next, planner.Text{ZH: "按规则这一天由主要负责同志接访，改由其他领导承担的，公示会注明变动。",
			EN: "By the rules a head receives on this day; the notice will say that another leader stands in."})
	}
	out.Done = planner.Text{ZH: out.Done.ZH + back.ZH + "。", EN: out.Done.EN + back.EN + "."}
	return out, nil
}

func joinSentence(a, b planner.Text) planner.Text {
	return planner.Text{ZH: a.ZH + b.ZH, EN: a.EN + " " + b.EN}
}
