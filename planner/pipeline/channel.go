package pipeline

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// proofLife is how long the code of a test message may be entered.
const proofLife = 24 * time.Hour

// ChannelView is one channel of the office and how it fares.
type ChannelView struct {
	Name    string               `json:"name"`
	Wants   notifier.AddressKind `json:"wants"`
	Keyed   bool                 `json:"keyed"` // a second try of one message cannot arrive twice
	Limits  []string             `json:"limits"`
	TakenAt time.Time            `json:"taken_at,omitzero"`  // when a provider last took a message
	FailAt  time.Time            `json:"failed_at,omitzero"` // when one last failed
	Why     string               `json:"why,omitempty"`
	Waiting int                  `json:"waiting"` // messages ready or under way
	Doubts  int                  `json:"doubts"`  // messages of which nobody knows
	Proven  int                  `json:"proven"`  // people who have proved their address
	State   string               `json:"state"`   // untried, works, fails
}

// ChannelList lists the office's channels in its order, from the ledger of reminders. Planners, administrators and auditors only.
func (a *App) ChannelList(ctx context.Context, p planner.Principal) ([]ChannelView, error) {
	if !p.SeesAll() {
		return nil, planner.Fail(planner.Forbidden, "渠道状况由规划员和管理员查看。", "planners and administrators see how channels fare.")
	}
	views, names := []ChannelView{}, make([]string, len(a.Channels))
	for i, c := range a.Channels {
		names[i] = c.Name()
	}
	err := a.DB.Read(ctx, p, func(tx *store.Tx) error {
		fares, err := notifier.Fares(ctx, tx.SQL(), names...)
		if err != nil {
			return err
		}
		proven, err := tx.ProvenOnChannels()
		if err != nil {
			return err
		}
		views = views[:0]
		for _, c := range a.Channels {
			f := fares[c.Name()]
			v := ChannelView{Name: c.Name(), Wants: a.wants()[c.Name()], Keyed: c.TakesKey(), Limits: []string{}, TakenAt: f.TakenAt, FailAt: f.FailedAt,
				Why: f.Why, Waiting: f.Waiting, Doubts: f.Doubts, Proven: proven[c.Name()], State: "untried"}
			if l, ok := c.(notifier.Limited); ok {
				for _, limit := range l.Limits() {
					v.Limits = append(v.Limits, fmt.Sprintf("%d/%v", limit.N, limit.Per))
				}
			}
			switch {
			case f.FailedAt.After(f.TakenAt):
				v.State = "fails"
			case !f.TakenAt.IsZero():
				v.State = "works"
			}
			views = append(views, v)
		}
		return nil
	})
	return views, err
}

// MyChannel is a channel as one person has it.
type MyChannel struct {
	Name       string               `json:"name"`
	Wants      notifier.AddressKind `json:"wants"`
	Has        bool                 `json:"has"` // there is an address to send to
	AskedAt    time.Time            `json:"asked_at,omitzero"`
	VerifiedOn civil.Date           `json:"verified_on,omitzero"`
}

// ChannelsOf lists the channels as one cadre has them: which have an address and which of these have been proved by a test message.
func (a *App) ChannelsOf(ctx context.Context, p planner.Principal, id planner.CadreID) ([]MyChannel, error) {
	list := []MyChannel{}
	err := a.DB.Read(ctx, p, func(tx *store.Tx) error {
		proofs, err := tx.ChannelProofs(id)
		if err != nil {
			return err
		}
		reach, err := tx.HasContact()
		if err != nil {
			return err
		}
		list = list[:0]
		for _, c := range a.Channels {
			m := MyChannel{Name: c.Name(), Wants: a.wants()[c.Name()]}
			for _, pr := range proofs {
				if pr.Channel == m.Name {
					m.AskedAt, m.VerifiedOn, m.Has = pr.AskedAt, pr.VerifiedOn, pr.Own
				}
			}
			switch m.Wants {
			case notifier.ToMail:
				m.Has = reach[id].Mail
			case notifier.ToMobile:
				m.Has = reach[id].Mobile
			case notifier.ToName:
				m.Has = true
			}
			list = append(list, m)
		}
		return nil
	})
	return list, err
}

// SetMember stores a cadre's member ID on a channel; empty takes it away. It counts only once a test message has proved it.
func (a *App) SetMember(ctx context.Context, p planner.Principal, id planner.CadreID, channel, member string) error {
	if err := a.memberChannel(channel); err != nil {
		return err
	}
	member = strings.TrimPrefix(strings.TrimSpace(member), "@")
	if member != "" && !notifier.MemberID(member) {
		return planner.Fail(planner.Invalid, "成员账号只用字母、数字、下划线、连字符和点，最多64个。", "a member's ID has letters, digits, underscores, hyphens and full stops only, 64 at most.")
	}
	return a.DB.Write(ctx, p, store.Op{Name: "channel-address", Now: a.Now()}, func(tx *store.Tx) error {
		return tx.PutMemberID(id, channel, member)
	})
}

func (a *App) memberChannel(channel string) error {
	if k := a.wants()[channel]; k == notifier.ToMember || k == notifier.ToGroup {
		return nil
	}
	return planner.Fail(planner.Invalid, "渠道“"+channel+"”不用成员账号。", "the channel "+channel+" has no member IDs.")
}

// channelNamed finds a channel by its name.
func (a *App) channelNamed(name string) (notifier.Channel, error) {
	at := slices.IndexFunc(a.Channels, func(c notifier.Channel) bool { return c.Name() == name })
	if at < 0 {
		return nil, planner.Fail(planner.NotFound, "没有渠道“"+name+"”。现有："+strings.Join(a.channelNames(), "、")+"。", "there is no channel "+name+"; there are: "+strings.Join(a.channelNames(), ", "))
	}
	return a.Channels[at], nil
}

// addressOf is where a message to a cadre on a channel goes, empty if nowhere.
func (a *App) addressOf(ctx context.Context, id planner.CadreID, channel string) (string, error) {
	to := map[string]string{}
	err := a.DB.Read(ctx, planner.System("send a test message over "+channel), func(tx *store.Tx) error {
		if err := a.revealIn(tx, channel, []planner.CadreID{id}, to); err != nil {
			return err
		}
		if a.wants()[channel] != notifier.ToName && (a.wants()[channel] != notifier.ToGroup || to[string(id)] != "") {
			return nil
		}
		cs, err := cadresBy(tx, []planner.CadreID{id})
		if err != nil {
			return err
		}
		d, err := a.directoryOf(tx, cs)
		to[string(id)] = d.who(id)
		return err
	})
	return to[string(id)], err
}

// TestChannel sends a cadre a test message over one channel at once, beside the ledger, with a code of six digits that proves
// the address when it comes back; see [App.ProveChannel]. Ten minutes must pass between two. The person, who acts for them,
// planners and administrators may. Whatever goes wrong is said without address or secret.
func (a *App) TestChannel(ctx context.Context, p planner.Principal, id planner.CadreID, channel string) error {
	if !p.Speaks(id) && !p.Is(planner.RolePlanner, planner.RoleAdmin) {
		return notTheirs()
	}
	c, err := a.channelNamed(channel)
	if err != nil {
		return err
	}
	to, err := a.addressOf(ctx, id, channel)
	if err != nil {
		return fmt.Errorf("address of a test message: %w", err)
	}
	if to == "" {
		return planner.Fail(planner.Invalid, "这个渠道还没有联系地址，请先登记。", "there is no address for this channel yet; enter one first.")
	}
	code, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return err
	}
	digits := fmt.Sprintf("%06d", code)
	now := a.Now()
	err = a.DB.Write(ctx, p, store.Op{Name: "channel-test", Now: now}, func(tx *store.Tx) error {
		proofs, err := tx.ChannelProofs(id)
		if err != nil {
			return err
		}
		for _, pr := range proofs {
			if pr.Channel == channel && !pr.AskedAt.IsZero() && now.Sub(pr.AskedAt) >= 0 && now.Sub(pr.AskedAt) < testPause {
				return planner.Fail(planner.Conflict, "十分钟内已发过测试消息，请稍后再试。", "a test message went less than ten minutes ago; try again later.")
			}
		}
		return tx.AskProof(id, channel, to, digits, now)
	})
	if err != nil {
		return err
	}
	title := planner.Text{ZH: "测试消息，验证码{code}", EN: "Test message, code {code}"}.Fill("code", digits)
	body := planner.Text{ZH: "收到后请在“我的渠道”填写验证码，以后的提醒就发到这里。", EN: "Please enter the code under My channels; reminders will then come here."}
	text := notifier.Content{Subject: "【连心】" + title.ZH, Text: title.ZH + "\n" + body.ZH + "\n\n" + title.EN + "\n" + body.EN + "\n",
		Items: []notifier.Item{{Template: "test", Title: title.ZH, Body: body.ZH}}, Foot: "——" + a.Office.Name}
	sending, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if _, err := c.Send(sending, text.Message(rand.Text(), to, true)); err != nil {
		return &planner.Error{Kind: planner.Unavailable, Err: err, Say: planner.Text{ZH: "测试消息没有发出：" + err.Error(), EN: "the test message did not go: " + err.Error()}}
	}
	return nil
}

// testPause is the least time between two test messages to one person over one channel.
const testPause = 10 * time.Minute

// ProveChannel takes the code of a test message. Five guesses, a day.
func (a *App) ProveChannel(ctx context.Context, p planner.Principal, id planner.CadreID, channel, code string) error {
	if !p.Speaks(id) && !p.Is(planner.RolePlanner, planner.RoleAdmin) {
		return notTheirs()
	}
	to, err := a.addressOf(ctx, id, channel)
	if err != nil {
		return err
	}
	ok := false
	err = a.DB.Write(ctx, p, store.Op{Name: "channel-prove", Now: a.Now()}, func(tx *store.Tx) (err error) {
		ok, err = tx.Prove(id, channel, to, strings.TrimSpace(code), a.Now(), a.Today(), proofLife)
		return err
	})
	if err == nil && !ok {
		return planner.Fail(planner.Invalid, "验证码不对、已过期，或已试过五次。请核对，或重发测试消息。", "the code is wrong, over or was guessed five times; check it or send another test message.")
	}
	return err
}
