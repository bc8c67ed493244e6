package pipeline_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"lianxin/migrations/dbtest"
	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// chat stands for an app that wants a member's ID, and keeps what it is sent.
type chat struct {
	sent *[]notifier.Message
	err  error
}

func (c chat) Name() string                { return "chat" }
func (c chat) TakesKey() bool              { return false }
func (c chat) Wants() notifier.AddressKind { return notifier.ToMember }
func (c chat) Send(_ context.Context, m notifier.Message) (notifier.Receipt, error) {
	*c.sent = append(*c.sent, m)
	return notifier.Receipt{ID: "r"}, c.err
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

func TestAMembersIDCountsOnceATestMessageHasProvedIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r := newRemindTown(t, url)
		var sent []notifier.Message
		r.Channels = append([]notifier.Channel{chat{sent: &sent}}, r.Channels...)
		id := planner.CadreID("id-S0001")
		self := planner.Principal{Account: "a1", Name: "某S0001", Roles: []planner.Role{planner.RoleCadre}, Cadre: id}
		other := planner.Principal{Account: "a2", Name: "别人", Roles: []planner.Role{planner.RoleCadre}, Cadre: "id-S0002"}
		first := func() string {
			t.Helper()
			rows := r.of("某S0001", "2026-01-31")
			return strings.Fields(rows[0])[2]
		}
		code := func() string {
			t.Helper()
			return sixDigits.FindString(sent[len(sent)-1].Text)
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		kind := func(want planner.Kind, err error) {
			t.Helper()
			if planner.KindOf(err) != want {
				t.Errorf("got %v, want %v", err, want)
			}
		}
		if got := first(); got != "mail" {
			t.Errorf("without an ID: got %q, want mail", got)
		}
		kind(planner.Invalid, r.TestChannel(t.Context(), self, id, "chat"))
		kind(planner.Forbidden, r.SetMember(t.Context(), other, id, "chat", "mallory"))
		kind(planner.Invalid, r.SetMember(t.Context(), self, id, "chat", "a|@all"))
		kind(planner.Invalid, r.SetMember(t.Context(), self, id, "mail", "wang"))
		must(r.SetMember(t.Context(), self, id, "chat", "wang.ning"))
		if got := first(); got != "mail" {
			t.Errorf("with an unproved ID: got %q, want mail", got)
		}
		kind(planner.Forbidden, r.TestChannel(t.Context(), other, id, "chat"))
		must(r.TestChannel(t.Context(), self, id, "chat"))
		if sent[0].To != "wang.ning" || code() == "" {
			t.Fatalf("got a test message %+v, want one to wang.ning with a code", sent[0])
		}
		kind(planner.Conflict, r.TestChannel(t.Context(), self, id, "chat"))
		good := code()
		kind(planner.Invalid, r.ProveChannel(t.Context(), self, id, "chat", "not it"))
		kind(planner.Forbidden, r.ProveChannel(t.Context(), other, id, "chat", good))
		must(r.ProveChannel(t.Context(), self, id, "chat", " "+good+" "))
		kind(planner.Invalid, r.ProveChannel(t.Context(), self, id, "chat", good)) // once
		if got := first(); got != "chat" {
			t.Errorf("with a proved ID: got %q, want chat", got)
		}
		mine, err := r.ChannelsOf(t.Context(), self, id)
		must(err)
		if at := slices.IndexFunc(mine, func(m pipeline.MyChannel) bool { return m.Name == "chat" }); at < 0 || mine[at].VerifiedOn != r.Today() || !mine[at].Has {
			t.Errorf("got %+v, want chat verified today", mine)
		}
		if _, err := r.ChannelsOf(t.Context(), other, id); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("another's channels: got %v, want Forbidden", err)
		}
		// A reminder reaches the ID that was proved.
		r.sweep()
		r.at("2026-01-12", "08:00")
		r.send()
		if last := sent[len(sent)-1]; last.To != "wang.ning" || len(last.Items) == 0 || last.Foot == "" {
			t.Errorf("got %+v, want a reminder in pieces to wang.ning", last)
		}
		// Another ID is not proved, and five guesses are all.
		must(r.SetMember(t.Context(), self, id, "chat", "wang.ning2"))
		if got := first(); got != "mail" && !strings.HasPrefix(got, "chat") {
			t.Errorf("with another ID: got %q", got)
		}
		must(r.TestChannel(t.Context(), self, id, "chat"))
		for range store.ProofTries {
			kind(planner.Invalid, r.ProveChannel(t.Context(), self, id, "chat", "x"))
		}
		kind(planner.Invalid, r.ProveChannel(t.Context(), self, id, "chat", code()))
		// A code is good for a day.
		r.now = r.now.Add(time.Hour)
		must(r.TestChannel(t.Context(), self, id, "chat"))
		r.now = r.now.Add(25 * time.Hour)
		kind(planner.Invalid, r.ProveChannel(t.Context(), self, id, "chat", code()))
		// The roster's mail is proved the same way.
		must(r.TestChannel(t.Context(), self, id, "mail"))
		proof := slices.IndexFunc(files(t, r.mails), func(m string) bool { return strings.Contains(m, "测试消息") })
		must(r.ProveChannel(t.Context(), self, id, "mail", sixDigits.FindString(files(t, r.mails)[proof])))
	})
}

func TestChannelsTellHowTheyFare(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		r := newRemindTown(t, url)
		var sent []notifier.Message
		r.Channels = append(r.Channels, chat{sent: &sent, err: &notifier.Permanent{Err: errors.New("no")}})
		if _, err := r.ChannelList(t.Context(), planner.Principal{Account: "a", Roles: []planner.Role{planner.RoleCadre}}); planner.KindOf(err) != planner.Forbidden {
			t.Errorf("a cadre: got %v, want Forbidden", err)
		}
		list, err := r.ChannelList(t.Context(), asPlanner)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 3 || list[0].State != "untried" {
			t.Fatalf("got %+v, want three channels, untried", list)
		}
		r.sweep()
		r.at("2026-01-12", "08:00")
		r.send()
		list, err = r.ChannelList(t.Context(), asPlanner)
		if err != nil {
			t.Fatal(err)
		}
		if list[0].State != "works" || !list[0].TakenAt.Equal(r.now) || list[2].State != "untried" {
			t.Errorf("got %+v, want mail that works since %v and chat untried", list, r.now)
		}
	})
}
