package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"lianxin/planner"
)

// print shows the summary as a person reads it.
func (d *demo) print() {
	m := d.summary
	p := func(format string, args ...any) { fmt.Fprintf(d.out, format+"\n", args...) }
	p("")
	p("%s · %d 年 · 小结 summary", m.County, demoYear)
	p("  村（社区）villages %d   单位 units %d", m.Villages, m.Units)
	p("  干部 cadres：领导 leaders %d   科级 section-level %d   一般干部 staff %d", m.Cadres[planner.RankLeader], m.Cadres[planner.RankSection], m.Cadres[planner.RankStaff])
	p("  户 households %d，同意 consenting %d，已结对 assigned %d（%.0f%%），每人最多 at most %d 户", m.Households, m.Consenting, m.Assigned, 100*float64(m.Assigned)/float64(max(1, m.Consenting)), m.LoadMax)
	p("  总代价 price %d 秒 = 下界 bound %d 秒，差距 gap %d；核验了 %d 个组合 pairs；刚性规则冲突 hard rules broken %d", m.Price, m.Bound, m.Gap, m.Pairs, m.HardBroken)
	p("  上年结对 %d 户中延续 kept %d 户", m.HadCadre, m.Kept)
	p("  走访 visits %d 户次，每户每年 per household and year %.2f 次", m.Visits, m.VisitsPerHome)
	var days []string
	for _, w := range m.WorkDays {
		mark := ""
		if w.On != w.Nominal {
			mark = "（顺延）"
		}
		days = append(days, w.On.String()[5:]+mark)
	}
	p("  群众工作日 mass-work-days：%s", strings.Join(days, "  "))
	for _, c := range m.Collisions {
		p("    %s", c.Say.ZH)
	}
	p("  接访 reception slots %d，主要负责人 by heads %d；%s", m.Slots, m.HeadSlots, provisional(m.Provisional))
	p("  全年提醒 reminders planned for the year：%s", counts(m.Planned))
	var ledger []string
	for _, c := range m.Reminders {
		ledger = append(ledger, fmt.Sprintf("%s/%s %d", c.Channel, c.State, c.Count))
	}
	p("  台账中 in the ledger：%s", strings.Join(ledger, "  "))
	tasks := map[string]int{}
	for k, v := range m.Tasks {
		tasks[string(k)] = v
	}
	p("  跟进事项 tasks：%s", counts(tasks))
	total := 0.0
	for _, st := range m.Stages {
		total += st.Seconds
	}
	p("  共用 %.1f 秒；成果在 %s：summary.json plan.json plan.xlsx feeds/ roster/ invitations.xlsx", total, d.dir)
}

func provisional(years map[string]string) string {
	var s []string
	for y, st := range years {
		s = append(s, y+" 年 "+st+"（暂定）")
	}
	slices.Sort(s)
	return strings.Join(s, " ")
}

// counts words a map in the order of its keys.
func counts(m map[string]int) string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for i, k := range keys {
		keys[i] = fmt.Sprintf("%s %d", k, m[k])
	}
	return strings.Join(keys, "  ")
}

// persona is somebody the visitor can sign in as.
type persona struct {
	login, password string
	who             planner.Text
	page            string
}

// personas of the demo: the six whose passwords are known. Everybody else comes by invitation.
var personas = []persona{
	{"admin", "demo-lianxin-1", planner.Text{ZH: "管理员：账号与邀请", EN: "administrator: accounts"}, "/accounts"},
	{"zuzhike", "demo-lianxin-2", planner.Text{ZH: "组织科经办人：总览、结对、日历", EN: "planner: overview, pairings, calendar"}, "/"},
	{"ganbu", "demo-lianxin-3", planner.Text{ZH: "干部：我的户、下次走访、订阅", EN: "cadre: my households, my visits"}, "/"},
	{"lingdao", "demo-lianxin-4", planner.Text{ZH: "领导：我的接访和村", EN: "leader: my receptions and village"}, "/"},
	{"lianluoyuan", "demo-lianxin-5", planner.Text{ZH: "联络员：代领导办理", EN: "secretary: acts for the leader"}, "/"},
	{"chuangkou", "demo-lianxin-6", planner.Text{ZH: "大厅窗口：接访日程", EN: "counter clerk: reception schedule"}, "/reception"},
}

// yima is the county of the demo.
const yima planner.AreaCode = "411281"

// makePersonas makes the six accounts.
func (d *demo) makePersonas(ctx context.Context) error {
	op := operator("demo")
	var staff, leader planner.Cadre
	cadres, err := d.app.Cadres(ctx, op)
	if err != nil {
		return err
	}
	for _, c := range cadres {
		if c.Active && c.Rank == planner.RankStaff && len(c.Leaves) == 0 && staff.ID == "" {
			staff = c
		}
		if c.Active && c.Rank == planner.RankLeader && !c.Head && leader.ID == "" {
			leader = c
		}
	}
	county := []planner.AreaCode{yima}
	accounts := map[string]planner.Account{
		"admin":       {Roles: []planner.Role{planner.RoleAdmin}, Areas: county},
		"zuzhike":     {Roles: []planner.Role{planner.RolePlanner}, Areas: county},
		"ganbu":       {Roles: []planner.Role{planner.RoleCadre}, Cadre: staff.ID},
		"lingdao":     {Roles: []planner.Role{planner.RoleLeader}, Cadre: leader.ID},
		"lianluoyuan": {Roles: []planner.Role{planner.RoleSecretary}, ActsFor: []planner.CadreID{leader.ID}},
		"chuangkou":   {Roles: []planner.Role{planner.RoleClerk}, Areas: county},
	}
	for _, p := range personas {
		a := accounts[p.login]
		a.Login, a.Name, a.Lang = p.login, strings.Split(p.who.ZH, "：")[0], "zh"
		if _, err := d.app.Appoint(ctx, op, a); err != nil {
			return err
		}
		if err := d.app.SetPassword(ctx, op, a.Login, p.password); err != nil {
			return err
		}
	}
	return nil
}

// personas says which page to open as whom.
func (d *demo) personas() {
	fmt.Fprintf(d.out, "\n打开 open  %s   登录名/密码 login/password：\n", d.BaseURL)
	var rows [][]string
	for _, p := range personas {
		rows = append(rows, []string{"  " + p.login, p.password, d.BaseURL + p.page, p.who.ZH, p.who.EN})
	}
	table(d.out, []string{"  登录名", "密码", "页面", "是谁", ""}, rows)
	fmt.Fprintln(d.out, "  不用登录 without signing in: ", d.BaseURL+"/reception")
}
