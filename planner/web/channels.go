package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

// channelsPage is how the office's channels fare. No address, key or secret is on it.
type channelsPage struct {
	Channels  []channelRow      `json:"channels"`
	Templates []string          `json:"-"`
	Preview   map[string]string `json:"preview,omitempty"` // by language
	Shown     string            `json:"-"`                 // of it, in the reader's
	Channel   string            `json:"-"`                 // of the preview or test
	Template  string            `json:"-"`
	Result    string            `json:"-"` // of a test message
	Failed    bool              `json:"-"`
	Tester    bool              `json:"-"` // may send test messages
	Own       bool              `json:"-"` // has a record, to which a test may go
}

type channelRow struct {
	pipeline.ChannelView
	Breaker notifier.BreakerState `json:"breaker,omitempty"` // in this process; empty: it sends nothing
	Took    string                `json:"-"`
	Fell    string                `json:"-"`
}

var channels = view{"channels", func(s *Server, r *request) (any, error) { return s.channels(r) }}

func (s *Server) channels(r *request) (p channelsPage, err error) {
	list, err := s.App.ChannelList(r.Context(), r.p)
	if err != nil {
		return p, err
	}
	var health []notifier.Health
	if s.Health != nil {
		health = s.Health()
	}
	when := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return lang.Instant(r.lang, t, s.App.Zone)
	}
	for _, c := range list {
		row := channelRow{ChannelView: c, Took: when(c.TakenAt), Fell: when(c.FailAt)}
		if i := slices.IndexFunc(health, func(h notifier.Health) bool { return h.Channel == c.Name }); i >= 0 {
			row.Breaker = health[i].State
		}
		p.Channels = append(p.Channels, row)
	}
	p.Templates, p.Tester, p.Own = pipeline.DefaultTemplates().Names(), r.p.Is(planner.RolePlanner, planner.RoleAdmin), r.p.Cadre != ""
	q := r.URL.Query()
	if p.Channel, p.Template = q.Get("channel"), q.Get("template"); p.Channel != "" {
		p.Preview, err = s.App.PreviewChannel(r.Context(), r.p, p.Channel, p.Template, s.today().AddDays(pipeline.ReminderHorizonDays))
		p.Shown = p.Preview[r.lang]
	}
	return p, err
}

// testChannel sends a test message at once and shows what came of it.
func (s *Server) testChannel(r *request) error {
	channel, code := r.PostFormValue("channel"), strings.TrimSpace(r.PostFormValue("who"))
	who := r.p.Cadre
	if code != "" {
		c, err := s.App.CadreByCode(r.Context(), r.p, code)
		if err != nil {
			return err
		}
		who = c.ID
	}
	if who == "" {
		return planner.Fail(planner.Invalid, "请填收测试消息的人的工号。", "enter the code of who gets the test message.")
	}
	sent := s.App.TestChannel(r.Context(), r.p, who, channel)
	p, err := s.channels(r)
	if err != nil {
		return err
	}
	p.Channel = channel
	if p.Result = lang.T(r.lang, "channels.sent"); sent != nil {
		p.Failed, p.Result = true, lang.Sentence(r.lang, sent)
	}
	frame := s.page(r, "channels")
	frame.V = p
	s.render(r, http.StatusOK, frame)
	return nil
}

// myChannel sets a person's own address on a channel, sends a test message there, or takes its code.
func (s *Server) myChannel(r *request) error {
	id, channel := planner.CadreID(r.PathValue("id")), r.PostFormValue("channel")
	var err error
	switch r.PostFormValue("do") {
	case "set":
		err = s.App.SetMember(r.Context(), r.p, id, channel, r.PostFormValue("member"))
	case "test":
		err = s.App.TestChannel(r.Context(), r.p, id, channel)
	case "prove":
		err = s.App.ProveChannel(r.Context(), r.p, id, channel, r.PostFormValue("code"))
	default:
		err = planner.Fail(planner.Invalid, "请选择登记、测试或验证。", "choose to enter, test or prove.")
	}
	if err != nil {
		return err
	}
	http.Redirect(r.w, r.Request, "/cadres/"+url.PathEscape(string(id))+"/sending?done=channel-"+r.PostFormValue("do"), http.StatusSeeOther)
	return nil
}
