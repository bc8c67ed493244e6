package pipeline

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/store"
)

// Rules about hearings, public-square sessions, case visits and joint receptions, and about who sits beside a leader. The people
// concerned are who holds it and the liaisons of the departments that come. [office practice]
const (
	RuleOccasionEarly = "occasion-3" // T-3 08:00
	RuleOccasionEve   = "occasion-1" // T-1 08:00
	RuleBesideEve     = "beside-1"   // who sits beside the leader, T-1 08:00
)

const (
	templateOccasion = "occasion"
	templateAttend   = "occasion-unit" // of a department that comes
	templateBeside   = "beside"
	templateCall     = "festival-call"
)

func init() {
	ruleWords[RuleOccasionEarly] = planner.Text{ZH: "听证会、政务广场等活动前3个工作日，提醒主持领导和到场部门", EN: "three working days before a hearing, session and the like, to its leader and the departments"}
	ruleWords[RuleOccasionEve] = planner.Text{ZH: "听证会、政务广场等活动前1个工作日，提醒主持领导和到场部门", EN: "one working day before a hearing, session and the like, to its leader and the departments"}
	ruleWords[RuleBesideEve] = planner.Text{ZH: "陪同接访前1个工作日提醒", EN: "one working day before sitting beside a leader"}
	titleWords[templateOccasion] = planner.Text{ZH: "{what_zh}：{when}", EN: "{what_en}: {when}"}
	titleWords[templateCall] = planner.Text{ZH: "{what_zh}：{when}", EN: "{what_en}: {when}"}
	titleWords[templateAttend] = planner.Text{ZH: "请派人参加{what_zh}：{when}", EN: "Please send somebody to the {what_en}: {when}"}
	titleWords[templateBeside] = planner.Text{ZH: "陪同接访：{when}", EN: "Beside the leader at the reception: {when}"}
	bodyWords[templateOccasion] = planner.Text{ZH: "{when}的{what_zh}由您主持，地点：{place}。{why}", EN: "You hold the {what_en} on {when}, {place}. {why}"}
	bodyWords[templateCall] = planner.Text{ZH: "{when}由您带队{what_zh}，地点：{place}。{why}", EN: "You lead the {what_en} on {when}, {place}. {why}"}
	bodyWords[templateAttend] = planner.Text{ZH: "{when}举行{what_zh}，地点：{place}，请贵单位派负责人到场，带上有关材料。{why}", EN: "The {what_en} is on {when}, {place}. Please send somebody in charge, with the papers. {why}"}
	bodyWords[templateBeside] = planner.Text{ZH: "{when}您陪同领导接访，地点：{place}。{why}", EN: "You sit beside the leader at the reception on {when}, {place}. {why}"}
	maps.Copy(eventWords, map[planner.EventKind]planner.Text{
		planner.EventHearing:        {ZH: "听证会", EN: "hearing"},
		planner.EventSquare:         {ZH: "政务广场", EN: "public-square session"},
		planner.EventCaseVisit:      {ZH: "带案下访", EN: "case visit"},
		planner.EventJointReception: {ZH: "联合接访", EN: "joint reception"},
		planner.EventFestivalCall:   {ZH: "节前慰问", EN: "festival call"},
		planner.EventBeside:         {ZH: "陪同接访", EN: "turn beside the leader at a reception"},
	})
}

// owingOccasions reads which departments come to the occasions of a span, and who speaks for them. Where there are none, nothing is read.
func (o *owing) owingOccasions(tx *store.Tx, events []planner.Event) error {
	of := slices.DeleteFunc(slices.Clone(events), func(e planner.Event) bool { return !e.Kind.Occasion() || e.Status == planner.StatusCancelled })
	if len(of) == 0 {
		return nil
	}
	details, err := tx.Occasions(of)
	if err != nil {
		return err
	}
	accounts, err := tx.Accounts()
	if err != nil {
		return err
	}
	o.departments = map[planner.EventID][]planner.CadreID{}
	for id, d := range details {
		for _, acc := range accounts {
			comes := slices.ContainsFunc(acc.Units, func(u planner.UnitID) bool { return slices.Contains(d.Units, u) })
			if comes && acc.Cadre != "" && !acc.Disabled && slices.Contains(acc.Roles, planner.RoleLiaison) && !slices.Contains(o.departments[id], acc.Cadre) {
				o.departments[id] = append(o.departments[id], acc.Cadre)
			}
		}
		slices.Sort(o.departments[id])
	}
	return nil
}

// occasion is about a hearing, session, case visit or joint reception. Of what it is about only a public one says more than its kind.
func (o *owing) occasion(e planner.Event) {
	args := eventArgs(e)
	args["what_zh"], args["what_en"] = eventWords[e.Kind].ZH, eventWords[e.Kind].EN
	if e.Kind.Public() && !e.About.IsZero() {
		args["why_zh"], args["why_en"] = "议题："+e.About.ZH+"。", "Subject: "+strings.TrimSuffix(e.About.EN, ".")+"."
	}
	eve := o.before(e.On, 1, morning)
	tell := func(who planner.CadreID, template string) {
		n := notifier.Notice{Recipient: string(who), Subject: e.Key, Revision: e.Sequence, Template: template, Args: args}
		n.Rule, n.DueAt, n.ExpiresAt = RuleOccasionEarly, o.before(e.On, 3, morning), eve
		o.add(n, e.ChangedAt)
		n.Rule, n.DueAt, n.ExpiresAt = RuleOccasionEve, eve, e.On.At(e.From, o.zone)
		o.add(n, e.ChangedAt)
	}
	switch {
	case e.Cadre == "":
	case e.Kind == planner.EventFestivalCall:
		args["place"] = cmp.Or(e.Place, o.village[e.Village])
		tell(e.Cadre, templateCall)
	default:
		tell(e.Cadre, templateOccasion)
	}
	for _, who := range o.departments[e.ID] {
		if who != e.Cadre {
			tell(who, templateAttend)
		}
	}
}

// beside is about who sits beside a leader.
func (o *owing) beside(e planner.Event) {
	args := eventArgs(e)
	if !e.About.IsZero() {
		args["why_zh"], args["why_en"] = e.About.ZH+"。", e.About.EN+"."
	}
	o.add(notifier.Notice{Recipient: string(e.Cadre), Subject: e.Key, Revision: e.Sequence, Rule: RuleBesideEve, Template: templateBeside, Args: args,
		DueAt: o.before(e.On, 1, morning), ExpiresAt: e.On.At(e.From, o.zone)}, e.ChangedAt)
}
