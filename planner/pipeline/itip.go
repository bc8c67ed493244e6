package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/feed"
	"lianxin/planner/lang"
	"lianxin/planner/store"
)

// InviteReport says what a sweep of invitations did.
type InviteReport struct {
	Requests int `json:"requests"` // new or changed days
	Cancels  int `json:"cancels"`
	Failed   int `json:"failed"` // tried again by the next sweep
}

// inviteDays is how far ahead people are invited: a year at once would be thirty mails in one morning.
const inviteDays = 45

// mailer is the office's mail channel, nil if it has none.
func (a *App) mailer() *notifier.SMTP {
	for _, c := range a.Channels {
		if m, ok := c.(notifier.SMTP); ok {
			return &m
		}
	}
	return nil
}

// invitation is one message to be sent.
type invitation struct {
	store.Invite
	to     feed.Mailbox
	lang   string
	drawn  feed.Event
	method string
}

// SendInvitations mails their days to those who chose mail: a REQUEST for a new or changed day, a CANCEL for one that is
// off, is no longer theirs, or comes by subscription from now on. It may run at any time and as often as one likes.
//
// What was sent is noted after the server took it. A crash between the two sends the same message again, with the same UID,
// SEQUENCE and Message-ID, which changes nothing in anybody's calendar; the other order would lose it. That is why
// invitations need no ledger of their own.
func (a *App) SendInvitations(ctx context.Context) (rep InviteReport, err error) {
	mail := a.mailer()
	if mail == nil {
		return rep, nil
	}
	due, err := a.dueInvitations(ctx)
	if err != nil {
		return rep, fmt.Errorf("invitations: %w", err)
	}
	var failures []error
	for _, in := range due {
		m, err := a.letter(in)
		if err != nil {
			return rep, err
		}
		if _, err := mail.Send(ctx, m); err != nil {
			rep.Failed++
			failures = append(failures, err)
			if ctx.Err() != nil {
				return rep, ctx.Err()
			}
			continue
		}
		in.Invite.SentAt = a.Now()
		in.Invite.Method = strings.ToLower(in.method)
		err = a.DB.Write(ctx, planner.System("note an invitation that was sent"), store.Op{Name: "invite-sent", Now: a.Now()}, func(tx *store.Tx) error {
			return tx.PutInvites([]store.Invite{in.Invite})
		})
		if err != nil {
			return rep, err
		}
		if in.method == feed.Request {
			rep.Requests++
		} else {
			rep.Cancels++
		}
	}
	if len(failures) > 0 && a.Log != nil {
		a.Log.WarnContext(ctx, "invitations not taken by the mail server", "count", rep.Failed, "first", failures[0])
	}
	return rep, nil
}

// dueInvitations works out which messages are owed now, in a fixed order.
func (a *App) dueInvitations(ctx context.Context) (due []invitation, err error) {
	sys := planner.System("work out which invitations are due")
	today := a.Today()
	type person struct {
		wish   store.Wish
		cadre  planner.Cadre
		mail   string
		index  *feed.Index
		duties map[planner.EventID]feed.Duty
	}
	people := map[planner.CadreID]*person{}
	var old []store.Invite
	ahead := map[planner.EventID]planner.Event{}
	err = a.DB.Read(ctx, sys, func(tx *store.Tx) error {
		wishes, err := tx.WishesFor(store.WayMail)
		if err != nil {
			return err
		}
		if old, err = tx.Invites(""); err != nil {
			return err
		}
		var ids []planner.CadreID
		for _, w := range wishes {
			people[w.Cadre] = &person{wish: w}
			ids = append(ids, w.Cadre)
		}
		for _, v := range old {
			if people[v.Cadre] == nil && v.Method == "request" { // chose mail once, and may have to be told that it is over
				w, err := tx.Wish(v.Cadre)
				if err != nil {
					return err
				}
				people[v.Cadre] = &person{wish: w}
				ids = append(ids, v.Cadre)
			}
		}
		slices.Sort(ids)
		if len(ids) == 0 {
			return nil
		}
		events, err := tx.Events(store.EventFilter{Span: civil.Span{From: today}, WithCancelled: true})
		if err != nil {
			return err
		}
		for _, e := range events {
			ahead[e.ID] = e
		}
		contacts, err := tx.CadreContacts(ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			who := people[id]
			who.mail = contacts[id].Mail
			if who.cadre, err = tx.Cadre(id); err != nil {
				return err
			}
			src := a.feedSource()
			if err := a.readCadreFeed(tx, &src, id); err != nil {
				return err
			}
			who.duties = map[planner.EventID]feed.Duty{}
			who.index = feed.NewIndex(src)
			for _, d := range who.index.Duties(id, who.wish.Lang) {
				who.duties[d.Event.ID] = d
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	invited := map[[2]string]store.Invite{}
	for _, v := range old {
		invited[[2]string{string(v.Cadre), string(v.Event)}] = v
	}
	for id, who := range people {
		wants := who.wish.Way == store.WayMail && who.cadre.Active && who.mail != ""
		for _, d := range who.duties {
			was, known := invited[[2]string{string(id), string(d.Event.ID)}]
			delete(invited, [2]string{string(id), string(d.Event.ID)})
			if in, owed := a.owe(was, known, d, wants, today); owed && who.mail != "" {
				in.Cadre, in.to, in.lang = id, feed.Mailbox{Name: who.cadre.Name, Mail: who.mail}, who.wish.Lang
				due = append(due, in)
			}
		}
	}
	for key, was := range invited { // days that are theirs no longer: given to somebody else, or the county's day where they have their own now
		who, e := people[planner.CadreID(key[0])], ahead[was.Event]
		if who == nil || who.mail == "" || e.ID == "" {
			continue
		}
		if in, owed := a.owe(was, true, feed.Duty{Event: e, Drawn: who.index.Draw(e, who.wish.Lang)}, false, today); owed {
			in.Cadre, in.to, in.lang = was.Cadre, feed.Mailbox{Name: who.cadre.Name, Mail: who.mail}, who.wish.Lang
			due = append(due, in)
		}
	}
	slices.SortFunc(due, func(a, b invitation) int {
		return cmp.Or(cmp.Compare(a.Cadre, b.Cadre), a.drawn.On.Compare(b.drawn.On), cmp.Compare(a.Event, b.Event))
	})
	return due, nil
}

// owe compares what was sent about a day with what it is now.
func (a *App) owe(was store.Invite, known bool, d feed.Duty, wants bool, today civil.Date) (in invitation, owed bool) {
	e := d.Event
	open := known && was.Method == "request"
	in = invitation{Invite: was, drawn: d.Drawn, method: feed.Request}
	switch {
	case e.On.Before(today):
		return in, false
	case !wants || e.Status == planner.StatusCancelled:
		in.method = feed.Cancel
		if !open {
			return in, false
		}
	case !known:
		if e.On.After(today.AddDays(inviteDays)) {
			return in, false
		}
	case open && !e.ChangedAt.After(was.SentAt) && e.Sequence <= was.Sequence:
		return in, false
	}
	if !known {
		in.Invite = store.Invite{ID: a.NewID(), Event: e.ID, Sequence: e.Sequence, PartStat: "needs-action"}
	} else { // the message counts on from the last one, whatever the event counted meanwhile
		in.Sequence = max(e.Sequence, was.Sequence+1)
		in.Invite = in.Released()
		in.PartStat, in.RepliedAt = "needs-action", time.Time{}
	}
	return in, true
}

// letter words one message.
func (a *App) letter(in invitation) (notifier.Message, error) {
	ics, err := feed.Invitation(in.drawn, in.method, in.to, in.Sequence)
	if err != nil {
		return notifier.Message{}, err
	}
	e := in.drawn
	when := lang.Date(in.lang, e.On)
	if !e.AllDay() {
		when += " " + e.From.String() + "–" + e.Until.String()
	}
	subject := e.Summary + " " + when
	if in.method == feed.Cancel {
		subject = planner.Text{ZH: "取消：", EN: "Cancelled: "}.In(in.lang) + subject
	}
	lines := []string{e.Summary, when}
	for _, l := range []string{e.Location, e.Description} {
		if l != "" {
			lines = append(lines, l)
		}
	}
	return notifier.Message{Key: in.ID + "-" + strconv.Itoa(in.Sequence), To: in.to.Mail, Subject: subject, Text: strings.Join(lines, "\n") + "\n",
		Calendar: ics, Method: in.method}, nil
}

// ReplyReport says what became of one mail.
type ReplyReport struct {
	Cadre    planner.CadreID `json:"cadre,omitempty"`
	PartStat string          `json:"partstat,omitempty"`
	Stale    bool            `json:"stale,omitempty"` // an older answer, or one to an older invitation: nothing was changed
	Held     string          `json:"held,omitempty"`  // why it waits for somebody to ask the person, see [store.Invite]
}

// ReceiveReply takes one mail in. An answer to an invitation (METHOD:REPLY) is stored with the invitation. It is matched by
// UID and ATTENDEE; the ORGANIZER, which Exchange leaves out, is not asked for.
//
// A mailbox is open to the world. An answer counts if the mail's From is the attendee's address and, where the office names the
// mail server that it trusts, that server proved it (see vouched). Any other answer to an invitation of ours waits, one an
// invitation, until somebody asked the person: [App.SettleAnswer]. That is so too for one who answers for another (SENT-BY):
// whoever forges the one field forges the other.
//
// Errors: Invalid for a mail that is no such answer, NotFound for one to an invitation that was never sent.
func (a *App) ReceiveReply(ctx context.Context, message []byte) (rep ReplyReport, err error) {
	cal, header, from, err := readReply(message)
	if err != nil {
		return rep, err
	}
	r, err := feed.ParseReply(cal, a.Zone)
	if err != nil {
		return rep, err
	}
	held := ""
	switch {
	case from != r.From:
		held = store.HeldSender
	case a.Authserv != "" && !vouched(header, a.Authserv, from):
		held = store.HeldUnproved
	}
	sys := planner.System("an answer to an invitation")
	err = a.DB.Write(ctx, sys, store.Op{Name: "invite-reply", Now: a.Now()}, func(tx *store.Tx) error {
		rep = ReplyReport{}
		e, err := tx.EventByUID(r.UID)
		if err != nil {
			return noInvite()
		}
		all, err := tx.Invites("")
		if err != nil {
			return err
		}
		var ids []planner.CadreID
		for _, v := range all {
			if v.Event == e.ID {
				ids = append(ids, v.Cadre)
			}
		}
		contacts, err := tx.CadreContacts(ids)
		if err != nil {
			return err
		}
		for _, v := range all {
			if v.Event != e.ID || !strings.EqualFold(contacts[v.Cadre].Mail, r.From) {
				continue
			}
			rep = ReplyReport{Cadre: v.Cadre, PartStat: r.PartStat}
			if r.Sequence >= 0 && r.Sequence < v.Sequence || v.Method != "request" || !v.RepliedAt.IsZero() && r.Stamp.Before(v.RepliedAt) {
				rep.Stale = true
				return nil
			}
			if held == "" {
				v.PartStat, v.RepliedAt = r.PartStat, r.Stamp
				return tx.PutInvites([]store.Invite{v.Released()})
			}
			rep.Held = held
			if v.Held == r.PartStat && v.HeldWhy == held {
				return nil
			}
			v.Held, v.HeldWhy, v.HeldAt = r.PartStat, held, r.Stamp
			return tx.PutInvites([]store.Invite{v})
		}
		return noInvite()
	})
	return rep, err
}

func noInvite() error {
	return planner.Fail(planner.NotFound, "没有发过这个邀请，或不是发给这个人的。", "no such invitation was sent to this person.")
}

// InviteView is an invitation with its answer.
type InviteView struct {
	Cadre    planner.CadreID `json:"cadre"`
	Name     string          `json:"name"`
	On       civil.Date      `json:"on"`
	Title    planner.Text    `json:"title"`
	Method   string          `json:"method"`
	PartStat string          `json:"partstat"`
	Sequence int             `json:"sequence"`
	ID       string          `json:"id"`
	Held     string          `json:"held,omitempty"` // an answer that waits: accepted, declined, tentative
	HeldWhy  string          `json:"held_why,omitempty"`
}

// Invitations lists the invitations in p's scope from today on, by day.
func (a *App) Invitations(ctx context.Context, p planner.Principal, cadre planner.CadreID) (list []InviteView, err error) {
	if !p.Signed() {
		return nil, mustSignIn()
	}
	today := a.Today()
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		all, err := tx.Invites(cadre)
		if err != nil || len(all) == 0 {
			return err
		}
		events, err := tx.Events(store.EventFilter{Span: civil.Span{From: today}, WithCancelled: true})
		if err != nil {
			return err
		}
		byID := map[planner.EventID]planner.Event{}
		for _, e := range events {
			byID[e.ID] = e
		}
		for _, v := range all {
			e, ok := byID[v.Event]
			if !ok {
				continue
			}
			c, err := tx.Cadre(v.Cadre)
			if err != nil {
				return err
			}
			list = append(list, InviteView{v.Cadre, c.Name, e.On, eventTitle(e), v.Method, v.PartStat, v.Sequence, v.ID, v.Held, v.HeldWhy})
		}
		return nil
	})
	slices.SortFunc(list, func(a, b InviteView) int { return cmp.Or(a.On.Compare(b.On), cmp.Compare(a.Cadre, b.Cadre)) })
	return list, err
}

var errNoCalendarPart = errors.New("no calendar in the mail")
