package main

import (
	"context"
	"fmt"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
)

// bookCmd is the counter's side of appointments, and what somebody at the counter's telephone needs to book for a caller.
type bookCmd struct {
	Slots  bookSlotsCmd  `cmd:"" default:"1" help:"可约的场次和余席。 Slots that take appointments."`
	Make   bookMakeCmd   `cmd:"" help:"代人预约，得预约码。 Book for somebody; prints the code."`
	List   bookListCmd   `cmd:"" help:"某天的预约（隐名）和现场来访。 A day's appointments, masked, and who just came."`
	Accept bookAcceptCmd `cmd:"" help:"同意安排一份预约；截止前不答复视为同意。 Accept an appointment; silence until bookings close accepts it."`
	Refuse bookRefuseCmd `cmd:"" help:"不予安排，原因只有四种；本人凭码看到，席位放出。 Refuse one, for one of four reasons that its holder reads."`
	Cancel bookCancelCmd `cmd:"" help:"凭预约码取消。 Cancel by code."`
	Move   bookMoveCmd   `cmd:"" help:"凭预约码改到另一天。 Move by code."`
	WalkIn bookWalkInCmd `cmd:"" name:"walk-in" help:"现场来访取号：只记人数和哪方面的事。 Give a number to who just came."`
	Matter bookMatterCmd `cmd:"" help:"把预约登记为信访事项，不用重打。 Make a matter of an appointment."`
	Terms  bookTermsCmd  `cmd:"" help:"每场可约席位、预约信息保留天数。 Seats of a slot, days to keep."`
	Purge  bookPurgeCmd  `cmd:"" help:"清除到期的姓名、联系方式和事由，并核验。 Purge what is past its days, with proof."`
}

type bookSlotsCmd struct{}

// Run lists what can be booked.
func (bookSlotsCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "book", func(app *pipeline.App) error {
		open, err := app.BookSlots(ctx)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(open)
		}
		var rows [][]string
		for _, x := range open.Slots {
			rows = append(rows, []string{x.On.String(), x.From.String() + "–" + x.Until.String(), x.Leader, x.Title, strings.Join(x.Portfolio, "、"),
				fmt.Sprintf("%d/%d", x.Free, x.Seats), x.BookUntil.In(app.Zone).Format("01-02 15:04")})
		}
		table(s.out, []string{"日期 day", "时间 hours", "领导 leader", "职务 post", "范围 scope", "余席 free", "截止 until"}, rows)
		return nil
	})
}

type bookMakeCmd struct {
	Day     string `arg:"" help:"接待日。 The day."`
	Subject string `arg:"" help:"哪方面的事，如教育。 What it is about."`
	Persons int    `default:"1" help:"来几个人，代表不超过5人。 How many come."`
	Name    string `help:"称呼，存为张某某；可以不写。 Kept masked; may be left out."`
	Contact string `help:"联系方式，加密保存；可以不写。 Encrypted; may be left out."`
	Words   string `help:"事由，不写姓名和电话。 What it is about, without names."`
	Matter  string `name:"matter-code" help:"这件事已有受理单时，单上的查询码。 Code of its slip, if it has one."`
}

// Run books and prints the code once.
func (c *bookMakeCmd) Run(ctx context.Context, s *Settings) error {
	on, err := onDay(c.Day)
	if err != nil {
		return err
	}
	return s.with(ctx, "book", func(app *pipeline.App) error {
		b, err := app.Book(ctx, pipeline.BookWish{On: on, Subject: c.Subject, Persons: c.Persons, Name: c.Name, Contact: c.Contact, Words: c.Words, Matter: c.Matter, Stands: pipeline.StandsNew})
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(b)
		}
		fmt.Fprintf(s.out, "%s  第%d号 seat %d  约%s about %[4]s  %s\n预约码 code: %s\n", b.On, b.Seat, b.Seat, b.About, b.Slot.Leader, b.Code)
		return nil
	})
}

type bookListCmd struct {
	Day string `arg:"" optional:"" help:"哪天；默认今天。 Which day; today."`
}

// Run prints a day of the counter.
func (c *bookListCmd) Run(ctx context.Context, s *Settings) error {
	var on civil.Date
	if c.Day != "" {
		var err error
		if on, err = onDay(c.Day); err != nil {
			return err
		}
	}
	return s.with(ctx, "book", func(app *pipeline.App) error {
		v, err := app.Counter(ctx, operator("book list"), on)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(v)
		}
		var rows [][]string
		for _, x := range v.Booked {
			rows = append(rows, []string{fmt.Sprintf("预约%d", x.Seat), x.About.String(), string(x.State), x.Subject, fmt.Sprint(x.Persons), x.Name, x.Number, string(x.ID)})
		}
		for _, x := range v.WalkIns {
			rows = append(rows, []string{fmt.Sprintf("现场%d", x.Number), "", string(x.State), x.Subject, fmt.Sprint(x.Persons), "", "", string(x.ID)})
		}
		table(s.out, []string{"序 no.", "约 about", "状态 state", "方面 subject", "人数 persons", "称呼 name", "事项 matter", "编号 ID"}, rows)
		return nil
	})
}

type bookAcceptCmd struct {
	Day string `arg:"" help:"接待日。 The day."`
	ID  string `arg:"" help:"预约编号，见 lianxin book list。 ID of the appointment."`
}

// Run accepts it.
func (c *bookAcceptCmd) Run(ctx context.Context, s *Settings) error {
	return s.answerBooking(ctx, c.Day, c.ID, "")
}

type bookRefuseCmd struct {
	Day string `arg:"" help:"接待日。 The day."`
	ID  string `arg:"" help:"预约编号，见 lianxin book list。 ID of the appointment."`
	Why string `required:"" enum:"scope,process,final,law" help:"scope 不在分管范围，process 正在办理不满两个月，final 程序已终结，law 应走诉讼、仲裁等法定途径。 Outside the portfolio, in process for less than two months, concluded, or for a court or the like."`
}

// Run refuses it.
func (c *bookRefuseCmd) Run(ctx context.Context, s *Settings) error {
	return s.answerBooking(ctx, c.Day, c.ID, planner.Refusal(c.Why))
}

func (s *Settings) answerBooking(ctx context.Context, day, id string, why planner.Refusal) error {
	on, err := onDay(day)
	if err != nil {
		return err
	}
	return s.with(ctx, "book", func(app *pipeline.App) error {
		if err := app.Answer(ctx, operator("book answer"), on, planner.AppointmentID(id), why); err != nil {
			return err
		}
		if why == "" {
			s.say("已同意，领导和大厅的日历随即更新。", "Accepted; the calendars of leader and hall follow at once.")
		} else {
			s.say("已答复不予安排，席位已放出。本人凭预约码看到：%s", "Refused; the seat is free. Its holder reads by the code: %s", pipeline.RefusalWords[why].In(s.Lang))
		}
		return nil
	})
}

type bookCancelCmd struct {
	Code string `arg:"" help:"预约码。 The code."`
}

// Run gives the seat back.
func (c *bookCancelCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "book", func(app *pipeline.App) error {
		if err := app.CancelBooking(ctx, c.Code); err != nil {
			return err
		}
		s.say("已取消，席位已放出。", "Cancelled; the seat is free.")
		return nil
	})
}

type bookMoveCmd struct {
	Code string `arg:"" help:"预约码。 The code."`
	Day  string `arg:"" help:"改到哪天。 The new day."`
}

// Run moves it.
func (c *bookMoveCmd) Run(ctx context.Context, s *Settings) error {
	on, err := onDay(c.Day)
	if err != nil {
		return err
	}
	return s.with(ctx, "book", func(app *pipeline.App) error {
		b, err := app.MoveBooking(ctx, c.Code, on)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(b)
		}
		s.say("已改到%s，第%d号，约%s。", "Moved to %s, number %d, about %s.", b.On, b.Seat, b.About)
		return nil
	})
}

type bookWalkInCmd struct {
	Persons int    `arg:"" optional:"" default:"1" help:"来了几个人。 How many came."`
	Subject string `help:"哪方面的事。 What it is about."`
}

// Run prints the day's next number.
func (c *bookWalkInCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "book", func(app *pipeline.App) error {
		w, err := app.WalkIn(ctx, operator("book walk-in"), c.Persons, c.Subject)
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(w)
		}
		fmt.Fprintf(s.out, "%s 现场%d号 number %[2]d\n", w.On, w.Number)
		return nil
	})
}

type bookMatterCmd struct {
	Day string `arg:"" help:"接待日。 The day."`
	ID  string `arg:"" help:"预约编号，见 lianxin book list。 ID of the appointment."`
}

// Run registers the matter and prints the code of its slip once.
func (c *bookMatterCmd) Run(ctx context.Context, s *Settings) error {
	on, err := onDay(c.Day)
	if err != nil {
		return err
	}
	return s.with(ctx, "book", func(app *pipeline.App) error {
		r, err := app.MakeMatter(ctx, operator("book matter"), on, planner.AppointmentID(c.ID))
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(r)
		}
		fmt.Fprintf(s.out, "%s\n查询码 code: %s\n", r.Number, r.Code)
		return nil
	})
}

type bookTermsCmd struct {
	Seats    int `help:"每场可约席位，1到60。 Seats of a slot."`
	KeepDays int `help:"预约信息保留天数，1到365。 Days to keep names and contacts."`
}

// Run shows the settings, after changing those given.
func (c *bookTermsCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "book", func(app *pipeline.App) error {
		if c.Seats != 0 || c.KeepDays != 0 {
			if err := app.SetBookTerms(ctx, operator("book terms"), pipeline.BookTerms{Seats: c.Seats, KeepDays: c.KeepDays}); err != nil {
				return err
			}
		}
		t, err := app.BookTerms(ctx, operator("book terms"))
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(t)
		}
		fmt.Fprintf(s.out, "每场席位 seats: %d\n保留天数 keep days: %d\n", t.Seats, t.KeepDays)
		return nil
	})
}

type bookPurgeCmd struct{}

// Run purges and prints the proof.
func (bookPurgeCmd) Run(ctx context.Context, s *Settings) error {
	return s.with(ctx, "book", func(app *pipeline.App) error {
		r, err := app.PurgeAppointments(ctx, operator("book purge"))
		if err != nil {
			return err
		}
		if s.JSON {
			return s.writeJSON(r)
		}
		s.say("清除%d份（%s以前及已取消的）；核验：仍存姓名或联系方式的%d份，仍可解开旧记录的密钥%d把。", "Purged %d (before %s, and cancelled); proof: %d still hold something, %d keys left.",
			r.Purged, r.Before, r.Held, r.Keys)
		return nil
	})
}
