package pipeline

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/feed"
	"lianxin/planner/store"
)

// HeldAnswer is an answer to an invitation that waits for somebody to ask the person, since nobody vouches for its sender.
type HeldAnswer struct {
	ID     string          `json:"id"`
	Cadre  planner.CadreID `json:"cadre"`
	Name   string          `json:"name"`
	Unit   string          `json:"unit"`
	Event  planner.EventID `json:"event"`
	On     civil.Date      `json:"on"`
	From   civil.Clock     `json:"from"`
	Title  planner.Text    `json:"title"`
	Says   string          `json:"says"` // accepted, declined, tentative
	Now    string          `json:"now"`  // what counts until it is settled
	Why    string          `json:"why"`  // see [store.HeldSender] and [store.HeldUnproved]
	CameOn civil.Date      `json:"came_on"`
}

// settles reports whether p settles answers about a kind of event: who keeps the calendar all of them, the counter those to
// what the public comes to.
func settles(p planner.Principal, k planner.EventKind) bool {
	return p.Is(planner.RolePlanner, planner.RoleAdmin) || p.Is(planner.RoleClerk) && k.Public()
}

// SettlesAnswers reports whether p settles any answers at all.
func SettlesAnswers(p planner.Principal) bool { return settles(p, planner.EventReception) }

// HeldAnswers lists the answers that wait and that p settles, by day; those to days that are over with them.
func (a *App) HeldAnswers(ctx context.Context, p planner.Principal) (list []HeldAnswer, err error) {
	if !SettlesAnswers(p) {
		return nil, planner.Fail(planner.Forbidden, "只有组织部门和接待窗口能处理待核实的答复。", "only the department and the counter may settle answers that wait.")
	}
	err = a.DB.Read(ctx, planner.System("list the answers that wait, for who settles them"), func(tx *store.Tx) error {
		all, err := tx.HeldInvites("")
		if err != nil || len(all) == 0 {
			return err
		}
		units, err := tx.Units()
		if err != nil {
			return err
		}
		names := make(map[planner.UnitID]string, len(units))
		for _, u := range units {
			names[u.ID] = u.Name
		}
		for _, v := range all {
			e := v.Of
			if !settles(p, e.Kind) {
				continue
			}
			c, err := tx.Cadre(v.Cadre)
			if err != nil {
				return err
			}
			list = append(list, HeldAnswer{v.ID, v.Cadre, c.Name, names[c.Unit], e.ID, e.On, e.From, eventTitle(e), v.Invite.Held, v.PartStat, v.HeldWhy, civil.DateIn(v.HeldAt, a.Zone)})
		}
		return nil
	})
	slices.SortFunc(list, func(a, b HeldAnswer) int {
		return cmp.Or(a.On.Compare(b.On), cmp.Compare(a.From, b.From), strings.Compare(string(a.Cadre), string(b.Cadre)))
	})
	return list, err
}

// mostWhy is how long the reason of a settlement may be, in characters.
const mostWhy = 200

// SettleAnswer ends the waiting of an answer that nobody vouched for: accepted as it stands after somebody asked the person, or
// dropped. Why says how that was found out; the audit keeps it.
func (a *App) SettleAnswer(ctx context.Context, p planner.Principal, id string, accept bool, why string) error {
	if !SettlesAnswers(p) {
		return planner.Fail(planner.Forbidden, "只有组织部门和接待窗口能处理待核实的答复。", "only the department and the counter may settle answers that wait.")
	}
	if why = strings.TrimSpace(feed.Clean(why)); why == "" || utf8.RuneCountInString(why) > mostWhy {
		return planner.Fail(planner.Invalid, "请写明是怎样核实的（200字以内），例如“电话问过本人”。", "say how you found out, in at most 200 characters, such as “asked by telephone”.")
	}
	return a.DB.Write(ctx, p, store.Op{Name: "invite-settle", Now: a.Now()}, func(tx *store.Tx) error {
		list, err := tx.HeldInvites(id)
		if err != nil {
			return err
		}
		if id == "" || len(list) != 1 || !settles(p, list[0].Of.Kind) {
			return planner.Fail(planner.NotFound, "没有这条待核实的答复，可能已经处理。", "no such answer waits; perhaps it is settled.")
		}
		return tx.SettleInvite(list[0].Invite, accept, why)
	})
}
