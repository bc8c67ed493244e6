package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"lianxin/planner"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// itipCmd is calendars by mail (RFC 5546, RFC 6047), for those who chose invitations.
type itipCmd struct {
	List   itipListCmd   `cmd:"" default:"1" help:"发出的邀请和答复。 Invitations and their answers."`
	Send   itipSendCmd   `cmd:"" help:"把该发的邀请、改期、取消发出去（serve 每五分钟自动做）。 Send what is due; serve does it every five minutes."`
	Inbox  itipInboxCmd  `cmd:"" help:"读取一个邮件目录（Maildir 或一封一个文件）里的答复。 Read answers from a Maildir or a folder of mails."`
	Settle itipSettleCmd `cmd:"" help:"处理待核实的答复：问过本人后 --accept，否则 --drop。 Settle an answer that waits, after asking the person."`
	Listen itipListenCmd `cmd:"" help:"开一个只收答复的 SMTP 端口，由本地邮件服务器转来。 An SMTP port for answers, behind the office's mail server."`
}

type itipListCmd struct {
	Cadre string `help:"只看某人（工号）。 Of one cadre, by code."`
	Held  bool   `help:"只看待核实的答复。 Only those with an answer that waits."`
}

// Run lists by day.
func (c *itipListCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "itip", func(app *pipeline.App) error {
		var id planner.CadreID
		if c.Cadre != "" {
			cadre, err := app.CadreByCode(ctx, operator("itip"), c.Cadre)
			if err != nil {
				return err
			}
			id = cadre.ID
		}
		list, err := app.Invitations(ctx, operator("itip"), id)
		if err != nil {
			return err
		}
		if c.Held {
			list = slices.DeleteFunc(list, func(v pipeline.InviteView) bool { return v.Held == "" })
		}
		if s.JSON {
			return s.writeJSON(list)
		}
		var rows [][]string
		for _, v := range list {
			waits := ""
			if v.Held != "" {
				waits = v.Held + "：" + heldWhy[v.HeldWhy].In(s.Lang) + " " + v.ID
			}
			rows = append(rows, []string{v.On.String(), v.Name, v.Title.In(s.Lang), v.Method, v.PartStat, waits})
		}
		table(s.out, []string{"日期 on", "谁 who", "事由 what", "最后发出 sent", "答复 answer", "待核实 waits"}, rows)
		return nil
	})
}

// heldWhy says why an answer waits.
var heldWhy = map[string]planner.Text{
	store.HeldSender:   {ZH: "发件人不是本人", EN: "sent from another address"},
	store.HeldUnproved: {ZH: "发件人未经邮件服务器证明", EN: "its sender is not proved"},
}

type itipSettleCmd struct {
	ID     string `arg:"" help:"编号，见 itip list --held。 ID, see itip list --held."`
	Accept bool   `xor:"do" required:"" help:"问过本人，照答复记。 The person was asked: take it."`
	Drop   bool   `xor:"do" required:"" help:"不是本人的意思，作废。 It is not theirs: drop it."`
	Reason string `required:"" help:"怎样核实的，例如“电话问过本人”，记入审计。 How that was found out; the audit keeps it."`
}

// Run takes or drops one answer.
func (c *itipSettleCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "itip", func(app *pipeline.App) error {
		if err := app.SettleAnswer(ctx, operator("itip"), c.ID, c.Accept, c.Reason); err != nil {
			return err
		}
		if c.Accept {
			s.say("已照答复记。", "Taken.")
		} else {
			s.say("已作废。", "Dropped.")
		}
		return nil
	})
}

type itipSendCmd struct{}

// Run sends what is due.
func (itipSendCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "itip", func(app *pipeline.App) error {
		rep, err := app.SendInvitations(ctx)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(rep)
		}
		s.say("发出邀请 %d 封、取消 %d 封，未发出 %d 封。", "%d requests and %d cancellations sent, %d failed.", rep.Requests, rep.Cancels, rep.Failed)
		return nil
	})
}

type itipInboxCmd struct {
	Dir string `arg:"" help:"Maildir，或一封一个文件的目录。 A Maildir, or a folder with one file a mail."`
}

// inboxReport counts what a folder held.
type inboxReport struct {
	Answers int `json:"answers"`
	Held    int `json:"held"`  // wait for somebody to ask the person
	Other   int `json:"other"` // no answers to invitations of ours
}

// Run takes each mail once: what was read moves to the folder lianxin-done, what was no answer of use to lianxin-other, so
// that a crash reads at most one mail again, which changes nothing.
func (c *itipInboxCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "itip", func(app *pipeline.App) error {
		var rep inboxReport
		dirs := []string{c.Dir}
		if info, err := os.Stat(filepath.Join(c.Dir, "new")); err == nil && info.IsDir() {
			dirs = []string{filepath.Join(c.Dir, "new"), filepath.Join(c.Dir, "cur")}
		}
		for _, dir := range dirs {
			entries, err := os.ReadDir(dir)
			if err != nil {
				return &planner.Error{Kind: planner.NotFound, Where: dir, Err: err, Say: planner.Text{ZH: "读不到这个目录。", EN: "the folder cannot be read."}}
			}
			for _, e := range entries {
				if !e.Type().IsRegular() || strings.HasPrefix(e.Name(), ".") {
					continue
				}
				if err := c.take(ctx, s, app, filepath.Join(dir, e.Name()), &rep); err != nil {
					return err
				}
			}
		}
		if s.JSON {
			return s.writeJSON(rep)
		}
		s.say("收到答复 %d 封，待核实 %d 封（见 itip list --held），其他邮件 %d 封。", "%d answers, %d that wait (see itip list --held), %d other mails.", rep.Answers, rep.Held, rep.Other)
		return nil
	})
}

func (c *itipInboxCmd) take(ctx context.Context, s *Settings, app *pipeline.App, path string, rep *inboxReport) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	to := "lianxin-done"
	got, err := app.ReceiveReply(ctx, b)
	switch {
	case err == nil && got.Held != "":
		rep.Held++
	case err == nil:
		rep.Answers++
	case ofNoUse(err):
		rep.Other++
		to = "lianxin-other"
		s.say("%s：%s", "%s: %s", filepath.Base(path), err)
	default:
		return err
	}
	dir := filepath.Join(c.Dir, to)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.Rename(path, filepath.Join(dir, filepath.Base(path)))
}

// ofNoUse reports whether a mail can never become an answer, however often it is read.
func ofNoUse(err error) bool {
	return slices.Contains([]planner.Kind{planner.Invalid, planner.NotFound, planner.Forbidden}, planner.KindOf(err))
}

type itipListenCmd struct {
	Listen string `default:"127.0.0.1:2525" help:"监听地址。 Address to listen on."`
}

// Run takes mails until it is told to stop.
func (c *itipListenCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "itip", func(app *pipeline.App) error {
		l, err := net.Listen("tcp", c.Listen)
		if err != nil {
			return &planner.Error{Kind: planner.Unavailable, Where: c.Listen, Err: err, Say: planner.Text{ZH: "这个地址用不了。", EN: "this address cannot be used."}}
		}
		s.say("等待答复：%s   （Ctrl-C 停止）", "Waiting for answers: %s   (Ctrl-C stops)", l.Addr())
		return listenReplies(ctx, l, app, s.Host)
	})
}

// replyBackend hands each mail to the use case. What is no answer is taken and dropped: a bounce to a stranger's forged
// address would help nobody.
type replyBackend struct {
	ctx context.Context
	app *pipeline.App
}

// listenReplies serves SMTP until ctx ends.
func listenReplies(ctx context.Context, l net.Listener, app *pipeline.App, domain string) error {
	srv := smtp.NewServer(replyBackend{ctx, app})
	srv.Domain, srv.MaxMessageBytes, srv.MaxRecipients = domain, 2<<20, 10
	srv.ReadTimeout, srv.WriteTimeout = time.Minute, time.Minute
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer stop()
	err := srv.Serve(l)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// NewSession begins one.
func (b replyBackend) NewSession(*smtp.Conn) (smtp.Session, error) { return &replySession{b}, nil }

type replySession struct{ replyBackend }

// Reset, Logout, Mail and Rcpt take whatever comes: who it is from is read in the mail itself.
func (*replySession) Reset()                               {}
func (*replySession) Logout() error                        { return nil }
func (*replySession) Mail(string, *smtp.MailOptions) error { return nil }
func (*replySession) Rcpt(string, *smtp.RcptOptions) error { return nil }

// Data takes one mail.
func (s *replySession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if _, err := s.app.ReceiveReply(s.ctx, b); err != nil && !ofNoUse(err) {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: fmt.Sprintf("try again later: %v", planner.KindOf(err))}
	}
	return nil
}
