package pipeline

import (
	"cmp"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/lang"
	"lianxin/planner/store"
)

// visitSubject begins the subjects of notices about households' visits: to the contact of their room, or to their own phone.
const visitSubject = "visits/"

// householdRecipient begins the name of a household as a recipient.
const householdRecipient = "household/"

// owingHouseholds gathers what the rooms and the households themselves are to hear of their visits.
func (a *App) owingHouseholds(tx *store.Tx, o *owing, visits []planner.Visit) error {
	today := civil.DateIn(o.now, o.zone)
	visits = slices.DeleteFunc(slices.Clone(visits), func(v planner.Visit) bool { return v.State != planner.VisitPlanned || !v.On.After(today) })
	if len(visits) == 0 {
		return nil
	}
	var homes []planner.HouseholdID
	var who []planner.CadreID
	for _, v := range visits {
		homes, who = append(homes, v.Household), append(who, v.Cadre)
	}
	ways, err := tx.HouseholdWays(homes)
	if err != nil {
		return err
	}
	units, err := tx.Units()
	if err != nil {
		return err
	}
	room := map[planner.AreaCode]planner.Unit{}
	byCode := map[string]planner.Unit{}
	for _, u := range units {
		byCode[u.Code] = u
		for _, v := range u.Villages {
			if u.Network == planner.NetworkRoom {
				room[v] = u
			}
		}
	}
	if len(room) == 0 && len(ways) == 0 {
		return nil
	}
	staff, err := tx.StaffOf(planner.NetworkRoom, planner.NetworkStation)
	if err != nil {
		return err
	}
	acting, err := tx.ActingHolders()
	if err != nil {
		return err
	}
	for _, h := range acting {
		who = append(who, h.Cadre)
	}
	of, err := tx.CadresOf(slices.Compact(slices.Sorted(slices.Values(who))))
	if err != nil {
		return err
	}
	for _, h := range acting {
		staff = append(staff, of[h.Cadre])
	}
	office := followup.NewOffice(planner.Roster{Units: units, Cadres: staff}).Acting(acting)
	unitName := map[planner.UnitID]string{}
	for _, u := range units {
		unitName[u.ID] = u.Name
	}
	type round struct {
		on      civil.Date
		village planner.AreaCode
	}
	rounds := map[round][]string{}
	for _, v := range visits {
		c := of[v.Cadre]
		name := c.Name + "（" + unitName[c.Unit] + "）"
		switch ways[v.Household] {
		case planner.HouseholdByNone:
		case planner.HouseholdByPhone:
			o.home(v, name)
		default:
			k := round{v.On, o.homeVillage[v.Household]}
			rounds[k] = append(rounds[k], o.code[v.Household]+" "+c.Name)
		}
	}
	for k, codes := range rounds {
		u, has := room[k.village]
		var to planner.CadreID
		for has && to == "" { // an empty room is its station's
			if to, _ = office.Holder(u.ID, "", k.on); to == "" {
				u, has = byCode[u.Parent]
				has = has && u.Network == planner.NetworkStation
			}
		}
		if to == "" {
			continue
		}
		slices.Sort(codes)
		list := strings.Join(codes, "、")
		// What the list holds is its revision: a visit that moves or changes hands is a new list, told anew.
		n := notifier.Notice{Recipient: string(to), Subject: visitSubject + string(k.village) + "/" + k.on.String(), Revision: int(crc32.ChecksumIEEE([]byte(list)) >> 1),
			Rule: RuleRoomVisits, Template: RuleRoomVisits, DueAt: o.before(k.on, 3, morning), ExpiresAt: k.on.At(workDayFrom, o.zone),
			Args: map[string]string{"on": k.on.String(), "village": o.village[k.village], "codes": list, "n": strconv.Itoa(len(codes))}}
		o.add(n, o.now)
	}
	return nil
}

// home tells a household by its own phone of its visit. A new day is a new notice.
func (o *owing) home(v planner.Visit, who string) {
	o.add(notifier.Notice{Recipient: householdRecipient + string(v.Household), Subject: visitSubject + string(v.ID) + "/" + v.On.String() + "/" + string(v.Cadre), Rule: RuleHomeVisit, Template: RuleHomeVisit,
		Args:  map[string]string{"on": v.On.String(), "who": who, "hours_zh": hoursText[v.Hours].ZH, "hours_en": hoursText[v.Hours].EN},
		DueAt: o.before(v.On, 3, morning), ExpiresAt: v.On.At(workDayFrom, o.zone)}, o.now)
}

var hoursText = map[planner.Hours]planner.Text{
	planner.HoursMorning:   {ZH: "上午", EN: " in the morning"},
	planner.HoursAfternoon: {ZH: "下午", EN: " in the afternoon"},
	planner.HoursEvening:   {ZH: "傍晚", EN: " in the evening"},
}

// deadline reminds whoever must act of a statutory deadline: 15 days, five and one working days before the last working day up to
// it (which the task's due day is), and in the morning of that day whatever the person's quiet hours are.
func (o *owing) deadline(t planner.Task) {
	args := map[string]string{"zh": t.Say.ZH, "en": t.Say.EN, "due": t.DueOn.String()}
	n := notifier.Notice{Recipient: string(t.Owner), Subject: taskSubject(t), Template: RuleDeadline, Args: args}
	begins := t.StartOn.At(earlyToday, o.zone)
	last := t.DueOn.At(earlyToday, o.zone)
	steps := []notifier.Notice{}
	for _, s := range []struct {
		rule string
		due  civil.Date
	}{{RuleDeadline15, o.workdays.Add(t.DueOn.AddDays(-14), -1)}, {RuleDeadline5, o.workdays.Add(t.DueOn, -5)}, {RuleDeadline1, o.workdays.Add(t.DueOn, -1)}} {
		n.Rule, n.DueAt = s.rule, s.due.At(morning, o.zone)
		if !n.DueAt.Before(begins) {
			steps = append(steps, n)
		}
	}
	for i := range steps {
		steps[i].ExpiresAt = last
		if i+1 < len(steps) {
			steps[i].ExpiresAt = steps[i+1].DueAt
		}
		o.add(steps[i], o.now)
	}
	n.Rule, n.DueAt, n.ExpiresAt, n.Urgent = RuleDeadline0, last, t.DueOn.At(closing, o.zone), true
	o.add(n, o.now)
}

// unconfirmed reminds the new cadre half way that a handover still waits for the visit together.
func (o *owing) unconfirmed(t planner.Task) {
	half := o.workdays.Add(t.StartOn.AddDays(followup.JointVisitDays/2), 1)
	o.add(notifier.Notice{Recipient: string(t.Owner), Subject: taskSubject(t), Template: RuleHandover, Rule: RuleHandover, Args: map[string]string{"zh": t.Say.ZH, "en": t.Say.EN, "due": t.DueOn.String()},
		DueAt: half.At(morning, o.zone), ExpiresAt: t.DueOn.At(closing, o.zone)}, o.now)
}

// months gives each leader the dates of a month on its first working day.
func (o *owing) months(events []planner.Event) {
	type key struct {
		month string
		who   planner.CadreID
	}
	dates := map[key][]planner.Event{}
	for _, e := range events {
		if e.Status == planner.StatusCancelled || e.Kind == planner.EventAppointment {
			continue
		}
		for _, l := range o.leaders {
			if e.Cadre == l || e.Cadre == "" && e.Kind == planner.EventLeadersMeeting {
				k := key{e.On.String()[:7], l}
				dates[k] = append(dates[k], e)
			}
		}
	}
	for k, es := range dates {
		first, err := civil.ParseDate(k.month + "-01")
		if err != nil {
			continue
		}
		due := o.workdays.Add(first.AddDays(-1), 1)
		slices.SortFunc(es, func(a, b planner.Event) int { return cmp.Or(a.On.Compare(b.On), cmp.Compare(a.Key, b.Key)) })
		var zh, en []string
		for _, e := range es {
			if e.On.Before(due) {
				continue
			}
			zh = append(zh, lang.ShortDate(lang.ZH, e.On)+eventInSentence(e).ZH)
			en = append(en, lang.ShortDate(lang.EN, e.On)+" "+eventInSentence(e).EN)
		}
		if len(zh) == 0 {
			continue
		}
		o.add(notifier.Notice{Recipient: string(k.who), Subject: "month/" + k.month, Rule: RuleMonth, Template: RuleMonth, DueAt: due.At(morning, o.zone), ExpiresAt: due.AddDays(7).At(morning, o.zone),
			Args: map[string]string{"month": k.month, "zh": strings.Join(zh, "；"), "en": strings.Join(en, "; ")}}, o.now)
	}
}
