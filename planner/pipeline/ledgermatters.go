package pipeline

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/followup"
	"lianxin/planner/sheet"
	"lianxin/planner/store"
)

var taskText = map[planner.TaskState]string{planner.TaskDraft: "未到期", planner.TaskReady: "办理中", planner.TaskInProgress: "办理中", planner.TaskCompleted: "已办结", planner.TaskCancelled: "已撤销", planner.TaskFailed: "未办结"}

func (d *ledgerData) problems(l *sheet.Ledger) error {
	n := 0
	no := func() string { n++; return strconv.Itoa(n) }
	for v, r := range d.noted {
		for _, p := range r.Promises {
			c, h := d.words.cadre[v.Cadre], d.homes[v.Household]
			state := "办理中"
			if t, ok := d.tasks[followup.PromiseKey(v.ID, p.Number)]; ok {
				state = taskText[followup.StateOn(t, d.today)]
			}
			l.Add(no(), "走访", promiseKindText[p.Kind], p.Say+"（"+h.Code+"）", d.words.area[h.Village], d.words.unit[c.Unit], c.Name, v.On.String(), p.DueOn.String(), state, "", "", "")
		}
	}
	ms, err := d.matters()
	for _, m := range ms {
		l.Add(no(), followup.KindText[m.Kind].ZH, topicText(m.Topic), m.Title, d.words.area[m.Area], d.words.unit[m.Unit], d.words.cadre[m.Officer].Name, d.day(m.AssignedOn), d.day(m.DueOn),
			followup.MatterStateText[m.State].ZH, d.day(m.AnsweredOn), d.day(m.OpinionOn), opinionCell(m))
	}
	return err
}

var promiseKindText = map[planner.TaskKind]string{planner.TaskPromise: "答应的事", planner.TaskErrand: "代办", planner.TaskEscort: "陪办"}

func topicText(n planner.Need) string { return cmp.Or(planner.NeedText[n].ZH, "其他") }

// opinionCell is what the person said of a closed matter; 未评价 is said too, since it is no consent.
func opinionCell(m planner.Matter) string {
	if m.Opinion == "" && m.State != planner.MatterClosed {
		return ""
	}
	return followup.OpinionText[m.Opinion].ZH
}

// matters are those received in the span about the area, by due day.
func (d *ledgerData) matters() ([]planner.Matter, error) {
	ms, err := d.tx.Matters(store.MatterFilter{Within: d.w.Area})
	return slices.DeleteFunc(ms, func(m planner.Matter) bool { return !d.w.Span.Contains(m.ReceivedOn) }), err
}

func groupWord(m planner.Matter) string {
	if m.Group() {
		return "集体访"
	}
	return "个访"
}

func (d *ledgerData) receptions(l *sheet.Ledger) error {
	ms, err := d.matters()
	for _, m := range ms {
		if m.Kind != planner.MatterReception {
			continue
		}
		c := d.words.cadre[m.Receiver]
		steps, err := d.steps(m)
		if err != nil {
			return err
		}
		l.Add(m.ReceivedOn.String(), c.Name, c.Title, cmp.Or(m.Name, "匿名"), strconv.Itoa(m.Persons), groupWord(m), m.Title, d.words.area[m.Area], steps, d.words.unit[m.Unit],
			cmp.Or(followup.OutcomeText[m.Outcome].ZH, followup.MatterStateText[m.State].ZH))
	}
	return err
}

// steps are the acts of a matter, by day, without what was said.
func (d *ledgerData) steps(m planner.Matter) (string, error) {
	acts, err := d.tx.Acts(m.ID)
	var out []string
	for _, act := range acts {
		if act.Kind != planner.ActRegister && act.Kind != planner.ActFollow {
			out = append(out, act.On.String()+" "+followup.ActText[act.Kind].ZH)
		}
	}
	return strings.Join(out, "\n"), err
}

func (d *ledgerData) register(l *sheet.Ledger) error {
	ms, err := d.matters()
	slices.SortStableFunc(ms, func(x, y planner.Matter) int {
		return cmp.Or(x.ReceivedOn.Compare(y.ReceivedOn), cmp.Compare(x.Number, y.Number))
	})
	for _, m := range ms {
		if m.Kind == planner.MatterReception {
			l.Add(m.Number, m.National, m.ReceivedOn.String(), cmp.Or(m.Name, "匿名"), strconv.Itoa(m.Persons), groupWord(m), strconv.Itoa(m.Representatives), m.Title, topicText(m.Topic), d.words.cadre[m.Receiver].Name, d.day(m.AnsweredOn))
		}
	}
	return err
}

func (d *ledgerData) orders(l *sheet.Ledger) error {
	ms, err := d.matters()
	if err != nil {
		return err
	}
	for _, m := range ms {
		acts, err := d.tx.Acts(m.ID)
		if err != nil {
			return err
		}
		extended := ""
		if !m.ExtendedOn.IsZero() {
			said, err := d.tx.ActsSaid(m.ID)
			if err != nil {
				return err
			}
			for _, act := range said {
				if act.Kind == planner.ActExtend {
					extended = act.Say
				}
			}
		}
		for _, act := range acts {
			if act.Kind != planner.ActAssign && act.Kind != planner.ActSupervise {
				continue
			}
			object := ""
			if act.Kind == planner.ActAssign {
				object = d.day(d.words.work.Add(act.On, 5)) // Regulations on Petition Work, Art. 22
			}
			due := act.DueOn
			if due.IsZero() {
				due = m.DueOn
			}
			l.Add(followup.KindText[m.Kind].ZH, m.ReceivedOn.String(), m.Title, cmp.Or(act.Number, m.Number), followup.ActText[act.Kind].ZH, d.words.unit[cmp.Or(act.Unit, m.Unit)], d.words.cadre[act.By].Name, followup.MatterStateText[m.State].ZH,
				act.On.String(), object, d.day(due), d.day(m.AnsweredOn), d.day(m.ActOn), extended)
		}
	}
	return nil
}

func (d *ledgerData) leads(l *sheet.Ledger) error {
	ls, err := d.tx.Leads("", false)
	if err != nil {
		return err
	}
	ms, err := d.tx.Matters(store.MatterFilter{Within: d.w.Area})
	byID := map[planner.MatterID]planner.Matter{}
	for _, m := range ms {
		byID[m.ID] = m
	}
	for _, x := range ls {
		m, ok := byID[x.Matter]
		if !ok || !x.SinceOn.Before(d.w.Span.Until) || !x.FiledOn.IsZero() && x.FiledOn.Before(d.w.Span.From) {
			continue
		}
		var done []string
		for _, du := range x.Duties {
			if !du.DoneOn.IsZero() {
				done = append(done, du.Name+" "+du.DoneOn.String())
			}
		}
		if !x.NextOn.IsZero() && x.ClosedOn.IsZero() {
			done = append(done, "下次："+x.NextOn.String())
		}
		c := d.words.cadre[x.Leader]
		l.Add(m.Number, m.Title, d.words.unit[m.Unit], c.Name, c.Title, x.Plan, x.DueOn.String(), strings.Join(done, "\n"), d.day(x.ExtendedOn), d.day(x.ClosedOn), d.day(x.FiledOn))
	}
	return err
}

func (d *ledgerData) followups(l *sheet.Ledger) error {
	ms, err := d.tx.Matters(store.MatterFilter{Within: d.w.Area})
	if err != nil {
		return err
	}
	for _, m := range ms {
		acts, err := d.tx.Acts(m.ID)
		if err != nil {
			return err
		}
		closed := civil.Date{}
		for i, act := range acts {
			switch {
			case act.Kind == planner.ActClose:
				closed = act.On
			case act.Kind == planner.ActFollow && d.w.Span.Contains(act.On):
				way, again := "本人凭码", ""
				if act.By != "" {
					way = "上门或电话"
				}
				opinion, solved := followup.OpinionText[m.Opinion].ZH, followup.OutcomeText[m.Outcome].ZH
				if i+1 < len(acts) && acts[i+1].Kind == planner.ActReopen {
					opinion, solved, again = followup.OpinionText[planner.OpinionUnsatisfied].ZH, "未解决", "提级："+d.words.unit[acts[i+1].Unit]
				}
				l.Add(m.Number, m.Title, d.day(closed), act.On.String(), way, solved, opinion, again, "", "")
			}
		}
	}
	return nil
}
