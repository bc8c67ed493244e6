package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// settingsShown are the common flags that the help of a command lists beside its own, by the command's first word. All of them stand in
// lianxin --help; a command that runs on nothing but settings lists them too.
var settingsShown = map[string][]string{
	"rules":   {"preset", "policy"},
	"plan":    {"preset", "policy"},
	"explain": {"policy"},
	"what-if": {"policy"},
	"sample":  {"preset"},
	"demo":    {"preset"},
	"remind":  {"templates", "slips", "channels-file"},
	"channel": {"channels-file", "slips"},
	"task":    {"ladder"},
	"itip":    {"mail", "mail-authserv", "smtp-host"},
}

var settingsWhole = []string{"init", "serve", "doctor"}

// commandHelp prints a command's own flags before anything else, what it is for, and examples that run; the settings common to all
// commands are named in one line.
func commandHelp(options kong.HelpOptions, ctx *kong.Context) error {
	for _, f := range ctx.Model.Flags {
		if f.Name == "help" {
			f.Help = "说明。 This help."
		}
	}
	chosen := ctx.Selected()
	if chosen == nil {
		return kong.DefaultHelpPrinter(options, ctx)
	}
	words := strings.Fields(chosen.Path())
	first := words[0]
	whole := slices.Contains(settingsWhole, first)
	for _, f := range ctx.Model.Flags {
		f.Hidden = !whole && f.Name != "help" && !slices.Contains(settingsShown[first], f.Name)
	}
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	if lines := examplesOf(strings.Join(words, " ")); len(lines) > 0 {
		fmt.Fprint(ctx.Stdout, "\n例子 Examples:\n")
		for _, x := range lines {
			fmt.Fprintf(ctx.Stdout, "  lianxin %s\n      %s %s\n", x.line, x.zh, x.en)
		}
	}
	if !whole {
		fmt.Fprintf(ctx.Stdout, "\n各命令通用 common to all commands: --json  --lang en  --now 2026-01-05T08:00  --database URL  --config FILE …  见 see lianxin --help\n")
	}
	return nil
}

// example is a line that works, with what it is for.
type example struct{ line, zh, en string }

// examplesOf are a command's own, or those of the commands below it.
func examplesOf(path string) (out []example) {
	short := map[string]string{"plan solve": "plan --", "rules list": "rules --"}[path] // what they are when nothing is said
	for _, x := range examples {
		if x.line == path || strings.HasPrefix(x.line, path+" ") || short != "" && strings.HasPrefix(x.line, short) {
			out = append(out, x)
		}
	}
	return out
}

// examples of commands whose flags say less than a line does. A test parses each of them.
var examples = []example{
	{"import 名册/*.xlsx --dry-run", "逐条核对，指到文件、表、行、列，不写入。", "Check every row; nothing is written."},
	{"sample --preset fengshan --out 样例", "一个按凤山做法（8-7-6-5-4）的样例县。", "A made county of that practice."},
	{"rules presets", "七种做法和出处。", "Seven practices and their sources."},
	{"rules --policy policy.yaml", "按本地政策印出全部规则：句子、价、举例。", "The book under the office's policy."},
	{"rules check policy.yaml", "指出错在第几行第几列；没有错就说改了什么。", "Names line and column of what is wrong."},
	{"plan --policy policy.yaml", "按本地政策求解，存为草案；不能都安排时说出矛盾和三个办法，退出码 3。", "Solve by the policy; if not all can be served, why and three ways out, exit code 3."},
	{"plan show --period 2026", "户数、总代价和证明的下界。", "Figures and the proof."},
	{"plan review --out 征求意见", "每个单位一个表，收回后用 plan corrections。", "One workbook a unit, taken back by plan corrections."},
	{"plan tiers", "单位包村、第二责任人、志愿者、十户调解员。", "The further tiers."},
	{"plan undo", "撤销草案的上一步，最多 20 步。", "Take back the last step, up to 20."},
	{"explain 81001001-0002", "为什么是这名干部：各项理由加起来就是代价。", "The reasons add up to the price."},
	{"explain 81001001-0002 --not G00146", "为什么不是他：按哪条规则，或多多少代价、要依次动哪些户。", "The rule, or the exact extra cost and the chain of changes."},
	{"explain --help-where", "哪里增加 1 个名额最有用。", "Where one more place helps most."},
	{"explain --infeasible", "为什么不能都安排，怎么办。", "Why not everybody, and what would help."},
	{"recommend 81001001-0002", "还可以由谁联系，按总代价排。", "Who else, by the whole plan's cost."},
	{"pin 81001001-0002 G00146", "先看代价和违反的规则。", "See the price first."},
	{"pin 81001001-0002 G00146 --yes", "锁定；以后每次求解都保留，不能保留时说明原因。", "Pin; later plans keep it or say why not."},
	{"unpin 81001001-0002 --yes", "取消锁定。", "Lift the pin."},
	{"move 81001001-0002 G00146", "改给别人要多少代价。", "What it would cost."},
	{"swap 81001001-0002 81001001-0034", "两户对调要多少代价。", "What exchanging the two would cost."},
	{"replan --leave G00150 --dry-run", "有人调离：哪些户换人、各为什么；不写入。", "Somebody leaves: who changes, and why."},
	{"replan --join 新来的干部.xlsx", "新来的人，或者户籍、同意状态有变：改好的表。", "New cadres, or whatever else changed, as a roster file."},
	{"replan --sick G00150 --until 2026-06-30", "病假：先由同单位同事代管；回来后 --back G00150。", "Sick leave: colleagues first; --back returns the households."},
	{"replan --merge 411281001001=411281001002", "并村：户、组、包联单位随村转入。", "A village merged into another."},
	{"what-if --leave G00150 --try wufeng", "照旧、最少变动、代价最小、换一种做法，并排比较；不写入。", "Plans side by side; nothing is stored."},
	{"publish --dry-run", "只做发布前检查。", "The pre-flight alone."},
	{"handover --out 交接", "发布之后：每对新老干部一份清单，打印签字。", "After publishing: a list for each pair of cadres."},
	{"verify", "重新计算总代价和下界，核对审计链。", "Recompute price and bound, check the audit chain."},
}

// Help teaches the policy file.
func (rulesCheckCmd) Help() string {
	return `政策文件 policy.yaml 写明本地要改的，没写的照预设： A policy file changes a preset:

    rules:
      continuity: 45      # 延续：换人的代价，分钟  price in minutes of travel
      需求对口: off        # 关掉一条规则  a rule switched off
      unserved: 9000      # 一户无人联系的代价  leaving a household out
    loads:                # 每人最多  the most of one person
      leader: 2           # 村  villages
      section: 4          # 组  groups
      staff: 12           # 户  households
    caps:
      units:              # 单位合计户数：上限，或 下限-上限
        D81003: 60
        D81004: 20-60
      villages:           # 每村最多几名干部
        every: 6
        411281001001: 8
    second: {unit: different, most: 5}   # 第二责任人

规则编号和名称见 lianxin rules。回避、同意、请假、锁定保护人，不能关。 Recusal, consent, leave and pins cannot be switched off.`
}
