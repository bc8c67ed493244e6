package followup

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// Merge makes the record of one visit out of its edits, in whatever order and however often they arrived: replicas with the
// same set of edits have the same record. In each field
//
//   - an edit that another one names in Over is replaced;
//   - of those that remain, the one with the greatest (Clock, ID) holds; the others were written without knowledge of it and
//     are shown beside it in Both, until somebody saves over them.
//
// So no edit is lost by being late, and none wins by a clock on the wall: devices' clocks are wrong, and when somebody wrote is
// nobody's business. This is a multi-value register for each field (Shapiro, Preguiça, Baquero, Zawirski 2011,
// "A comprehensive study of convergent and commutative replicated data types", §3.2.2) with one value chosen to be shown.
func Merge(visit planner.VisitID, edits []planner.Edit) planner.Record {
	r := planner.Record{Visit: visit, Fields: map[planner.Field]string{}, Heads: map[planner.Field][]planner.EditID{}}
	over := map[planner.EditID]bool{}
	for _, e := range edits {
		for _, o := range e.Over {
			over[o] = true
		}
	}
	heads := map[planner.Field][]planner.Edit{}
	seen := map[planner.EditID]bool{}
	for _, e := range edits {
		if !over[e.ID] && !seen[e.ID] {
			seen[e.ID] = true
			heads[e.Field] = append(heads[e.Field], e)
		}
	}
	for f, hs := range heads {
		slices.SortFunc(hs, func(a, b planner.Edit) int { return cmp.Or(cmp.Compare(b.Clock, a.Clock), cmp.Compare(b.ID, a.ID)) })
		if hs[0].Value != "" {
			r.Fields[f] = hs[0].Value
		}
		for i, o := range hs {
			r.Heads[f] = append(r.Heads[f], o.ID)
			if i == 0 || o.Value == hs[0].Value {
				continue // it holds, or agrees with what holds
			}
			if r.Both == nil {
				r.Both = map[planner.Field][]planner.Other{}
			}
			r.Both[f] = append(r.Both[f], planner.Other{ID: o.ID, Value: o.Value})
		}
	}
	for f, v := range r.Fields {
		if p, ok := parsePromise(f, v); ok {
			r.Promises = append(r.Promises, p)
		}
	}
	slices.SortFunc(r.Promises, func(a, b planner.Promise) int { return cmp.Compare(a.Number, b.Number) })
	return r
}

// parsePromise reads a promise; false if the field is none or the value is not one.
func parsePromise(f planner.Field, value string) (planner.Promise, bool) {
	n, err := strconv.Atoi(f.Name())
	if f.Kind() != "promise" || err != nil {
		return planner.Promise{}, false
	}
	kind, rest, _ := strings.Cut(value, " ")
	day, say, _ := strings.Cut(rest, " ")
	due, err := civil.ParseDate(day)
	if err != nil || !slices.Contains(planner.Promises, planner.TaskKind(kind)) || strings.TrimSpace(say) == "" {
		return planner.Promise{}, false
	}
	return planner.Promise{Number: n, Kind: planner.TaskKind(kind), DueOn: due, Say: strings.TrimSpace(say)}, true
}

// PromiseValue is the value of a promise's field.
func PromiseValue(kind planner.TaskKind, due civil.Date, say string) string {
	return string(kind) + " " + due.String() + " " + strings.TrimSpace(say)
}

// Lengths of what people write, in characters, and the most promises of one visit.
const (
	MaxNote     = 300
	MaxPromise  = 100
	MaxPromises = 9
)

// CheckEdit reports whether an edit is one that a visit's record can hold: a known field with a value that fits. The visit must
// have been due by today.
//
// Errors: Invalid, with a sentence for the person who wrote it.
func CheckEdit(c planner.Checklist, v planner.Visit, e planner.Edit, today civil.Date) error {
	invalid := func(zh, en string) error { return planner.Fail(planner.Invalid, zh, en) }
	switch {
	case e.ID == "" || len(e.ID) > 80 || e.Clock < 0 || len(e.Over) > 50:
		return invalid("这条记录的编号不对，请刷新页面后重试。", "the edit has no proper number; reload the page and try again")
	case v.State == planner.VisitCancelled:
		return invalid("这次走访已取消，没有记下。", "the visit was cancelled; nothing was noted")
	case today.Before(v.On):
		return invalid("走访日是 "+v.On.String()+"，到那天才能记。", "the visit is on "+v.On.String()+"; it can be noted from that day on")
	}
	switch e.Field.Kind() {
	case string(planner.FieldOutcome):
		return checkOutcome(e, v)
	case "tick":
		if _, ok := c.Item(e.Field.Name()); !ok || e.Value != "" && e.Value != "yes" {
			return invalid("清单里没有这一条，请刷新页面后重试。", "the checklist has no such item; reload the page and try again")
		}
	case "note":
		if _, ok := c.Section(e.Field.Name()); !ok {
			return invalid("清单里没有这一部分，请刷新页面后重试。", "the checklist has no such section; reload the page and try again")
		}
		if len([]rune(e.Value)) > MaxNote {
			return invalid("文字请不超过 300 字，只写要紧的。", "at most 300 characters, please: only what matters")
		}
	case "promise":
		n, err := strconv.Atoi(e.Field.Name())
		if err != nil || n < 1 || n > MaxPromises {
			return invalid("一次走访最多记 9 件答应的事。", "one visit holds at most nine promises")
		}
		if e.Value == "" {
			return nil
		}
		p, ok := parsePromise(e.Field, e.Value)
		switch {
		case !ok:
			return invalid("答应的事要写明做什么、哪天以前。", "a promise needs what and by which day")
		case len([]rune(p.Say)) > MaxPromise:
			return invalid("答应的事请不超过 100 字。", "at most 100 characters for a promise, please")
		case p.DueOn.Before(v.On):
			return invalid("答应的日期 "+p.DueOn.String()+" 早于走访日，请改正。", "the promised day "+p.DueOn.String()+" lies before the visit; correct it")
		case p.DueOn.Sub(v.On) > 366:
			return invalid("答应的日期超过一年，请写一个近一些的日子。", "the promised day is more than a year away; choose an earlier one")
		}
	default:
		return invalid("没有这一栏，请刷新页面后重试。", "there is no such field; reload the page and try again")
	}
	return nil
}

func checkOutcome(e planner.Edit, v planner.Visit) error {
	word, rest, has := strings.Cut(e.Value, " ")
	switch planner.VisitState(word) {
	case planner.VisitDone, planner.VisitNotHome, planner.VisitDeclined:
		if !has {
			return nil
		}
	case planner.VisitMoved:
		d, err := civil.ParseDate(rest)
		if err == nil && d.After(v.On) && d.Sub(v.On) <= 366 {
			return nil
		}
		return planner.Fail(planner.Invalid, "改约请写一年以内、走访日之后的一天。", "a visit moves to a later day within a year")
	case "":
		return nil // taken back
	}
	return planner.Fail(planner.Invalid, "走访结果须是：已走访、不在家、婉拒或改约。", "the outcome is done, not-home, declined or moved")
}

// PromiseKey names the task of a promise: promise/VISIT/2. One visit makes it once however often its record is sent.
func PromiseKey(v planner.VisitID, n int) string {
	return "promise/" + string(v) + "/" + strconv.Itoa(n)
}

// promiseEndDays is how long a promise stays open after its day before it fails.
const promiseEndDays = 60

// PromiseTask is the task that a promise makes, of the cadre who made it.
func PromiseTask(v planner.Visit, p planner.Promise, id planner.NewID, today civil.Date) planner.Task {
	t := planner.Task{ID: planner.TaskID(id()), Key: PromiseKey(v.ID, p.Number), Kind: p.Kind, Owner: v.Cadre, Household: v.Household,
		Say: planner.Both(p.Say), StartOn: v.On, DueOn: p.DueOn, EndOn: p.DueOn.AddDays(promiseEndDays), State: planner.TaskReady}
	t.State = StateOn(t, today)
	return t
}
