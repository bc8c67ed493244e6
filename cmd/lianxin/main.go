// Command lianxin 连心 pairs cadres with villages and households, lays the calendars of visits and receptions, sends the
// reminders, and serves pages and calendar feeds. It is one program with subcommands; `lianxin --help` teaches them.
//
// Exit codes: 0 done, 1 internal error, 2 wrong usage, 3 invalid input, not found, conflict or forbidden, 4 something needed
// (database, port, tool) cannot be reached. With --json every table is JSON on standard output; progress and messages go
// to standard error.
//
// Configuration is read from defaults, then the file lianxin.yaml, then LIANXIN_* variables, then flags; `lianxin doctor` prints
// each value with its origin. Only this package reads the clock; --now moves it, which a demonstration and a rehearsal need.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // a county server may have no zone files

	"github.com/alecthomas/kong"

	"lianxin/planner"
)

// version is set by the build: -ldflags "-X main.version=…".
var version = "0.1.0"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// commands is the command line; the order is the order of work.
type commands struct {
	Settings `embed:""`

	Init      initCmd      `cmd:"" help:"建库：密钥文件、数据库、首个管理员。 Set up the database, the key file and the first administrator."`
	Demo      demoCmd      `cmd:"" help:"演示：在真实社区上走完全程，再打开网页。 A made county over real communities, end to end, then the web pages."`
	Sample    sampleCmd    `cmd:"" help:"生成样例名册文件。 Write made import files."`
	Template  templateCmd  `cmd:"" help:"生成空白导入表（带下拉和说明）。 Write empty workbooks with drop-downs and notes."`
	Import    importCmd    `cmd:"" help:"导入名册；先加 --dry-run 核对。 Import rosters; check first with --dry-run."`
	Undo      undoCmd      `cmd:"" help:"撤销一次导入。 Undo a whole import."`
	Rules     rulesCmd     `cmd:"" help:"结对规则手册。 The rule book in words."`
	Plan      planCmd      `cmd:"" help:"编制结对方案，附最优性证明。 Make the pairing plan, with its proof."`
	Explain   explainCmd   `cmd:"" help:"为什么是这个干部？还有谁可以？ Why this cadre, and who else?"`
	Recommend recommendCmd `cmd:"" help:"这一户还可以由谁联系？按总代价排。 Who else for a household, by exact cost."`
	Pin       pinCmd       `cmd:"" help:"锁定一户；先显示代价，--yes 执行。 Pin a household; shows the price, --yes does it."`
	Unpin     unpinCmd     `cmd:"" help:"取消锁定。 Lift a pin."`
	Move      moveCmd      `cmd:"" help:"把一户改给另一名干部。 Give a household to another cadre."`
	Swap      swapCmd      `cmd:"" help:"对调两户的干部。 Swap the cadres of two households."`
	Replan    replanCmd    `cmd:"" help:"人员变动后微调：换人最少，再求代价最小。 Replan after changes: fewest households change, then least price."`
	WhatIf    whatIfCmd    `cmd:"" help:"几种方案并排比较，不写入。 Plans side by side; nothing is stored."`
	Publish   publishCmd   `cmd:"" help:"发布方案（先做发布前检查）。 Publish the plan, after its pre-flight."`
	Handover  handoverCmd  `cmd:"" help:"清单式交接：每对新老干部一份表。 Handover packages, one workbook a pair of cadres."`
	Calendar  calendarCmd  `cmd:"" help:"排全年日历：群众工作日、例会、接访、走访。 Lay the year's calendar."`
	Visit     visitCmd     `cmd:"" help:"走访：走访表、加排、替访、记录、覆盖。 Visits: sheets, one more, stand-ins, records, coverage."`
	Holidays  holidaysCmd  `cmd:"" help:"节假日：各年状态，导入国务院办公厅通知。 Holidays: state of each year, import of the notice."`
	Local     localCmd     `cmd:"" help:"各地的日子：逢集、庙会、农忙、不入户、本地放假。 Days of areas: markets, fairs, farm seasons, no-go days, local holidays."`
	Reception receptionCmd `cmd:"" help:"领导接访：安排、规则、调换、请假、资料。 Receptions: schedule, rules, swaps, absence, briefs."`
	Book      bookCmd      `cmd:"" help:"重点约访：场次、预约、改期、取消，现场来访，窗口登记。 Appointments and who just comes."`
	Meeting   meetingCmd   `cmd:"" help:"领导小组会议：议程、交办、进展、数据截止。 The leaders' meeting: agenda, decisions, progress."`
	Occasion  occasionCmd  `cmd:"" help:"听证会、政务广场、带案下访、联合接访。 Hearings, sessions, case visits, joint receptions."`
	Feed      feedCmd      `cmd:"" help:"导出日历文件 .ics。 Write a calendar file."`
	Dav       davCmd       `cmd:"" help:"日历软件：排够天数、语言和方式、应用专用密码。 Calendar programs: horizon, wishes, passwords."`
	Itip      itipCmd      `cmd:"" help:"邮件邀请和答复。 Invitations by mail and their answers."`
	Remind    remindCmd    `cmd:"" help:"看到某日为止会提醒谁、为什么；或立即发送。 What would be sent, to whom and why; or send it."`
	Channel   channelCmd   `cmd:"" help:"提醒渠道：状况、成员账号、测试和验证。 Channels of reminders: how they fare, tests."`
	Task      taskCmd      `cmd:"" help:"跟进事项：列出、推进、提级。 Follow-up tasks."`
	Matter    matterCmd    `cmd:"" help:"信访事项：登记、交办、督办、答复、办结、回访，法定期限。 Petition matters and their deadlines."`
	Report    reportCmd    `cmd:"" help:"台账、月报、统计：由记录自动生成。 Ledgers, monthly brief, statistics, made of the records."`
	Account   accountCmd   `cmd:"" help:"账号：批量邀请、代办、移交。 Accounts: invitations, secretaries, hand-over."`
	Serve     serveCmd     `cmd:"" help:"打开网页、日历订阅和提醒。 Serve pages, feeds and reminders."`
	Export    exportCmd    `cmd:"" help:"导出方案表和规范化数据。 Export the plan and the canonical data."`
	Keys      keysCmd      `cmd:"" help:"密钥：查看、轮换。 Keys: list, rotate."`
	Verify    verifyCmd    `cmd:"" help:"核验方案证明和审计链。 Check the plan's proof and the audit chain."`
	Migrate   migrateCmd   `cmd:"" help:"升级数据库结构。 Bring the database up to this version."`
	Doctor    doctorCmd    `cmd:"" help:"检查配置和环境。 Check settings and surroundings."`
	Version   versionCmd   `cmd:"" help:"版本。 The version."`
}

const about = `连心 Lianxin：干部结对、群众工作日历、提醒与跟进。 Pairing, calendars, reminders and follow-up for organization departments.

从这里开始：  Start here:
  lianxin demo                          看一个做好的县  see a made county
  lianxin init && lianxin template      建库并取空白表  set up, get empty workbooks
  lianxin import *.xlsx --dry-run       核对，不写入    check, write nothing
  lianxin plan && lianxin publish       编制并发布      plan and publish
  lianxin calendar && lianxin serve     排日历并打开网页 lay the year, open the pages`

// run is main without the process: it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var cli commands
	cli.Settings.out, cli.Settings.err = stdout, stderr
	exit := -1
	if err := cli.Settings.load(args); err != nil {
		return report(stderr, err, "zh")
	}
	parser, err := kong.New(&cli,
		kong.Name("lianxin"), kong.Description(about), kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110}), kong.Help(commandHelp),
		kong.Resolvers(cli.Settings.fromFile()), kong.ShortUsageOnError())
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	kctx, err := parser.Parse(args)
	if exit >= 0 { // --help printed and asked to leave
		return exit
	}
	if err != nil {
		fmt.Fprintf(stderr, "用法不对：%v\n看看  lianxin --help\nusage: %[1]v; see lianxin --help\n", err)
		return 2
	}
	if err := cli.Settings.finish(); err != nil {
		return report(stderr, err, cli.Lang)
	}
	kctx.BindTo(ctx, (*context.Context)(nil))
	return report(stderr, kctx.Run(&cli.Settings), cli.Lang)
}

// report prints what a person needs of err and maps it to the exit code.
func report(stderr io.Writer, err error, lang string) int {
	if err == nil {
		return 0
	}
	var e *planner.Error
	if errors.As(err, &e) {
		where := ""
		if e.Where != "" {
			where = e.Where + ": "
		}
		first, second := e.Say.ZH, e.Say.EN
		if lang == "en" {
			first, second = second, ""
		}
		fmt.Fprintf(stderr, "%s%s\n", where, first)
		if second != "" {
			fmt.Fprintf(stderr, "%s%s\n", where, second)
		}
		if e.Kind == planner.Unavailable && e.Err != nil {
			fmt.Fprintf(stderr, "  (%v)\n", e.Err)
		}
	} else if errors.Is(err, context.Canceled) {
		fmt.Fprintln(stderr, "已中断，没有留下半截数据。 Interrupted; nothing is left half done.")
		return 1
	}
	switch planner.KindOf(err) {
	case planner.Invalid, planner.NotFound, planner.Conflict, planner.Forbidden:
		return 3
	case planner.Unavailable:
		return 4
	}
	if e == nil {
		fmt.Fprintf(stderr, "连心内部出错，请把这一行发给维护人员。 Internal error, please send this line to the maintainers:\n  %v\n", err)
	}
	return 1
}
