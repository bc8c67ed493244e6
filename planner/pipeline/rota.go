package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// rotaRulesKey is the setting that holds the reception rules: the name of a preset, or JSON of what differs from one.
const rotaRulesKey = "reception/rules"

// rotaAskedKey is the setting that holds what a year's rota was laid for, so that it stays while nothing is new: [calendar.Rota.Asked].
func rotaAskedKey(year int) string { return "reception/asked/" + strconv.Itoa(year) }

// rotaDuty is the part of a laying that belongs to the rota: its rules, its ledger, deputies, themes and exchanges.
type rotaDuty struct {
	rules   calendar.RotaRules
	ledger  []planner.DutyBalance // of all years up to this one
	days    map[civil.Date]planner.ReceptionDay
	agreed  map[civil.Date]bool                 // days that leaders exchanged
	gave    []calendar.Slot                     // who gave them away
	engaged map[planner.CadreID][]planner.Leave // by occasions in the hours of reception
	asked   string                              // the question that the year's rota answers, as stored

	putAsked   string // empty: the same
	putBalance []planner.DutyBalance
	putDay     []planner.ReceptionDay
}

// read reads what the rota needs besides the roster.
func (d *rotaDuty) read(tx *store.Tx, year int, events []planner.Event) (err error) {
	*d = rotaDuty{days: map[civil.Date]planner.ReceptionDay{}, agreed: map[civil.Date]bool{}, engaged: map[planner.CadreID][]planner.Leave{}}
	if d.rules, err = rotaRules(tx); err != nil {
		return err
	}
	if d.ledger, err = tx.DutyBalances(year); err != nil {
		return err
	}
	if d.asked, err = tx.Setting(rotaAskedKey(year)); err != nil {
		return err
	}
	days, err := tx.ReceptionDays(civil.YearSpan(year))
	if err != nil {
		return err
	}
	for _, x := range days {
		d.days[x.On] = x
	}
	swaps, err := tx.Swaps(civil.YearSpan(year))
	if err != nil {
		return err
	}
	for _, s := range swaps {
		if s.State == planner.SwapApproved {
			d.agreed[s.On] = true
			d.gave = append(d.gave, calendar.Slot{On: s.On, Cadre: s.Giver})
			if !s.OtherOn.IsZero() {
				d.agreed[s.OtherOn] = true
				d.gave = append(d.gave, calendar.Slot{On: s.OtherOn, Cadre: s.Taker})
			}
		}
	}
	for _, e := range events {
		if e.Kind.Occasion() && e.Status != planner.StatusCancelled && e.From < d.rules.Until && e.Until > d.rules.From {
			d.engaged[e.Cadre] = append(d.engaged[e.Cadre], planner.Leave{Span: civil.Span{From: e.On, Until: e.On.AddDays(1)}})
		}
	}
	return nil
}

// rotaInput is the year's problem.
func (l *layout) rotaInput() calendar.RotaInput {
	in := calendar.RotaInput{Year: l.year, Days: l.days, Rules: l.duty.rules, Today: l.today, Carried: map[planner.CadreID]int64{}, Asked: l.duty.asked, Gave: l.duty.gave}
	for _, c := range l.roster.Cadres {
		if c.Rank == planner.RankLeader && c.Active {
			if busy := l.duty.engaged[c.ID]; len(busy) > 0 {
				c.Leaves = slices.Concat(c.Leaves, busy)
			}
			in.Leaders = append(in.Leaders, c)
		}
	}
	if l.duty.rules.Second {
		bureau := map[planner.UnitID]bool{}
		for _, u := range l.roster.Units {
			bureau[u.ID] = u.Network == planner.NetworkBureau
		}
		for _, c := range l.roster.Cadres {
			if c.Active && c.Rank != planner.RankLeader && bureau[c.Unit] {
				in.Seconds = append(in.Seconds, c)
			}
		}
	}
	for _, e := range l.old {
		if e.Kind == planner.EventReception && e.Status != planner.StatusCancelled {
			s := calendar.Slot{On: e.On, Cadre: e.Cadre, Deputy: l.duty.days[e.On].Deputy, Second: l.duty.days[e.On].Second}
			in.Last = append(in.Last, s)
			if l.duty.agreed[e.On] {
				in.Agreed = append(in.Agreed, s)
			}
		}
	}
	for _, b := range l.duty.ledger { // by year: the latest stays; a head's years before are not a leader's
		c, ok := l.cadres[b.Cadre]
		switch {
		case !ok || b.Heads != (c.Head && l.duty.rules.Heads != calendar.HeadShared):
		case b.Year < l.year:
			in.Carried[b.Cadre] = b.Balance
		default:
			if in.Since == nil {
				in.Since = map[planner.CadreID]civil.Date{}
			}
			in.Since[b.Cadre] = b.Since
		}
	}
	return in
}

// keepDuty finds what of ledger, deputies and themes is new. Days gone by stay as they were.
func (l *layout) keepDuty() {
	d := &l.duty
	d.putBalance, d.putDay, d.putAsked = nil, nil, ""
	if l.rota.Asked != d.asked {
		d.putAsked = l.rota.Asked
	}
	for _, p := range l.rota.Pools {
		for _, x := range p.Duties {
			b := planner.DutyBalance{Year: l.year, Heads: p.Heads, Cadre: x.Cadre, Slots: x.Slots, Weight: x.Weight, Share: x.Share, Balance: x.Balance, Since: x.Since}
			if !slices.Contains(d.ledger, b) {
				d.putBalance = append(d.putBalance, b)
			}
		}
	}
	for _, s := range l.rota.Slots {
		x := planner.ReceptionDay{On: s.On, Deputy: s.Deputy, Theme: s.Theme, Second: s.Second}
		if old, had := d.days[s.On]; (!had || !s.On.Before(l.today)) && old != x {
			d.putDay = append(d.putDay, x)
		}
	}
}

func (d *rotaDuty) changed() bool { return len(d.putBalance)+len(d.putDay) > 0 || d.putAsked != "" }

func (d *rotaDuty) write(tx *store.Tx, year int) error {
	if err := tx.PutDutyBalances(d.putBalance); err != nil {
		return err
	}
	if err := tx.PutReceptionDays(d.putDay); err != nil || d.putAsked == "" {
		return err
	}
	return tx.PutSetting(rotaAskedKey(year), d.putAsked)
}

// rotaRules reads the office's reception rules. An office that set none receives on the days of its calendar, if these are days of
// reception (桐城, 安康), else every workday.
func rotaRules(tx *store.Tx) (calendar.RotaRules, error) {
	v, err := tx.Setting(rotaRulesKey)
	if err != nil {
		return calendar.RotaRules{}, err
	}
	if v == "" {
		chosen, _, err := calendarRules(tx)
		if err != nil {
			return calendar.RotaRules{}, err
		}
		if r, ok := calendar.RotaOf(chosen); ok {
			return r, nil
		}
	}
	return parseRotaRules(v)
}

// parseRotaRules reads a preset's name, or JSON such as {"Preset":"henan-2024","Gap":12}.
func parseRotaRules(v string) (calendar.RotaRules, error) {
	if !strings.HasPrefix(strings.TrimSpace(v), "{") {
		return calendar.RotaPreset(strings.TrimSpace(v))
	}
	var base struct{ Preset string }
	err := json.Unmarshal([]byte(v), &base)
	if err != nil {
		return calendar.RotaRules{}, badRules(err)
	}
	edited := struct {
		Preset string
		calendar.RotaRules
	}{}
	if edited.RotaRules, err = calendar.RotaPreset(base.Preset); err != nil {
		return calendar.RotaRules{}, err
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(v)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&edited); err != nil {
		return calendar.RotaRules{}, badRules(err)
	}
	return edited.RotaRules, nil
}

func badRules(err error) error {
	why := planner.Both(err.Error())
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		why = planner.Text{ZH: "“{名}”的值不能是{值}", EN: "{名} cannot be {值}"}.Fill("名", kind.Field[strings.LastIndex(kind.Field, ".")+1:], "值", kind.Value)
	} else if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		why = planner.Text{ZH: "没有{名}这一项，可改的名称见 lianxin reception rules --json", EN: "there is nothing named {名}; lianxin reception rules --json prints the names"}.Fill("名", name)
	}
	return planner.Fail(planner.Invalid, "接访规则看不懂："+why.ZH+"。请写成 {\"Preset\":\"henan-2024\",\"Gap\":12} 的样子。",
		"the reception rules cannot be read: "+why.EN+"; write them like {\"Preset\":\"henan-2024\",\"Gap\":12}.")
}

// RotaRules returns the reception rules in force. They are open to all.
func (a *App) RotaRules(ctx context.Context, p planner.Principal) (r calendar.RotaRules, err error) {
	err = a.DB.Read(ctx, p, func(tx *store.Tx) (err error) {
		r, err = rotaRules(tx)
		return err
	})
	return r, err
}

// SetRotaRules puts other reception rules in force, from the next laying on: a preset's name, or JSON of what differs from one.
// Planners and administrators only.
func (a *App) SetRotaRules(ctx context.Context, p planner.Principal, v string) (calendar.RotaRules, error) {
	r, err := parseRotaRules(v)
	if err == nil {
		err = r.Check()
	}
	if err != nil {
		return r, err
	}
	err = a.DB.Write(ctx, p, store.Op{Name: "reception-rules", Now: a.Now()}, func(tx *store.Tx) error { return tx.PutSetting(rotaRulesKey, strings.TrimSpace(v)) })
	if err != nil {
		return r, fmt.Errorf("set the reception rules: %w", err)
	}
	return r, nil
}
