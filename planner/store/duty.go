package store

import (
	"fmt"

	"lianxin/planner"
	"lianxin/planner/civil"
)

type balanceRow struct {
	ID      string `db:"id" json:"id"`
	Year    int    `db:"year" json:"year"`
	Heads   bool   `db:"heads" json:"heads"`
	Cadre   string `db:"cadre" json:"cadre"`
	Slots   int    `db:"slots" json:"slots"`
	Weight  int    `db:"weight" json:"weight"`
	Share   int64  `db:"share" json:"share"`
	Balance int64  `db:"balance" json:"balance"`

	SinceOn civil.Date `db:"since_on" json:"since_on,omitzero"`
}

func (r balanceRow) rowID() string     { return r.ID }
func (r balanceRow) household() string { return "" }
func (r balanceRow) values() []any {
	return []any{r.ID, r.Year, r.Heads, r.Cadre, r.Slots, r.Weight, r.Share, r.Balance, r.SinceOn}
}

func (r balanceRow) noun() planner.DutyBalance {
	return planner.DutyBalance{Year: r.Year, Heads: r.Heads, Cadre: planner.CadreID(r.Cadre), Slots: r.Slots, Weight: r.Weight, Share: r.Share, Balance: r.Balance, Since: r.SinceOn}
}

var balances = &table[balanceRow]{
	kind: "duty-balance",
	byID: query(`SELECT id, year, heads, cadre, slots, weight, share, balance, since_on FROM duty_balances WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO duty_balances (id, year, heads, cadre, slots, weight, share, balance, since_on) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET year = excluded.year, heads = excluded.heads, cadre = excluded.cadre, slots = excluded.slots,
			weight = excluded.weight, share = excluded.share, balance = excluded.balance, since_on = excluded.since_on`),
	drop: query(`DELETE FROM duty_balances WHERE id IN (:ids)`),
}

var balancesUntil = query(`SELECT id, year, heads, cadre, slots, weight, share, balance, since_on FROM duty_balances WHERE year <= :year
	ORDER BY year, heads, cadre`)

// DutyBalances returns the ledger of fairness up to a year, sorted by year. For those who plan: it is nobody's ranking.
func (tx *Tx) DutyBalances(year int) ([]planner.DutyBalance, error) {
	if !tx.who.SeesAll() {
		return nil, errForbidden()
	}
	var rows []balanceRow
	err := tx.all(&rows, balancesUntil, args{"year": year})
	return nouns(rows, balanceRow.noun), err
}

// PutDutyBalances writes a year's part of the ledger. Those who run the planning only.
func (tx *Tx) PutDutyBalances(bs []planner.DutyBalance) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	rows := make([]balanceRow, len(bs))
	for i, b := range bs {
		circle := "others"
		if b.Heads {
			circle = "heads"
		}
		rows[i] = balanceRow{ID: fmt.Sprintf("%d/%s/%s", b.Year, circle, b.Cadre), Year: b.Year, Heads: b.Heads, Cadre: string(b.Cadre), Slots: b.Slots,
			Weight: b.Weight, Share: b.Share, Balance: b.Balance, SinceOn: b.Since}
	}
	_, err := balances.store(tx, rows)
	return err
}

type receptionDayRow struct {
	HeldOn  civil.Date `db:"held_on" json:"held_on"`
	Deputy  nullable   `db:"deputy" json:"deputy"`
	ThemeZH string     `db:"theme_zh" json:"theme_zh"`
	ThemeEN string     `db:"theme_en" json:"theme_en"`
	Second  nullable   `db:"second" json:"second,omitempty"`
}

func (r receptionDayRow) rowID() string     { return r.HeldOn.String() }
func (r receptionDayRow) household() string { return "" }
func (r receptionDayRow) values() []any {
	return []any{r.HeldOn, r.Deputy, r.ThemeZH, r.ThemeEN, r.Second}
}

func (r receptionDayRow) noun() planner.ReceptionDay {
	return planner.ReceptionDay{On: r.HeldOn, Deputy: planner.CadreID(r.Deputy), Theme: planner.Text{ZH: r.ThemeZH, EN: r.ThemeEN}, Second: planner.CadreID(r.Second)}
}

var receptionDays = &table[receptionDayRow]{
	kind: "reception-day",
	byID: query(`SELECT held_on, deputy, theme_zh, theme_en, second FROM reception_days WHERE held_on IN (:ids)`),
	put: inserts(`INSERT INTO reception_days (held_on, deputy, theme_zh, theme_en, second) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (held_on) DO UPDATE SET deputy = excluded.deputy, theme_zh = excluded.theme_zh, theme_en = excluded.theme_en,
			second = excluded.second`),
	drop: query(`DELETE FROM reception_days WHERE held_on IN (:ids)`),
}

var receptionDaysIn = query(`SELECT held_on, deputy, theme_zh, theme_en, second FROM reception_days WHERE held_on >= :from AND held_on < :until ORDER BY held_on`)

// ReceptionDays returns deputies and themes of a span, by day. They name officials only and are open to all.
func (tx *Tx) ReceptionDays(s civil.Span) ([]planner.ReceptionDay, error) {
	from, until := bounds(s)
	var rows []receptionDayRow
	err := tx.all(&rows, receptionDaysIn, args{"from": from, "until": until})
	return nouns(rows, receptionDayRow.noun), err
}

// PutReceptionDays writes deputies and themes. Those who run the planning only.
func (tx *Tx) PutReceptionDays(ds []planner.ReceptionDay) error {
	if err := tx.mayManage(); err != nil {
		return err
	}
	rows := make([]receptionDayRow, len(ds))
	for i, d := range ds {
		rows[i] = receptionDayRow{HeldOn: d.On, Deputy: nullable(d.Deputy), ThemeZH: d.Theme.ZH, ThemeEN: d.Theme.EN, Second: nullable(d.Second)}
	}
	_, err := receptionDays.store(tx, rows)
	return err
}

type swapRow struct {
	ID        string     `db:"id" json:"id"`
	Kind      string     `db:"kind" json:"kind"`
	HeldOn    civil.Date `db:"held_on" json:"held_on"`
	Giver     string     `db:"giver" json:"giver"`
	Taker     string     `db:"taker" json:"taker"`
	OtherOn   civil.Date `db:"other_on" json:"other_on,omitzero"`
	State     string     `db:"state" json:"state"`
	Reason    string     `db:"reason" json:"reason"`
	AskedOn   civil.Date `db:"asked_on" json:"asked_on"`
	SettledOn civil.Date `db:"settled_on" json:"settled_on,omitzero"`
	Revision  int        `db:"revision" json:"revision"`
}

func (r swapRow) rowID() string     { return r.ID }
func (r swapRow) household() string { return "" }
func (r swapRow) values() []any {
	return []any{r.ID, r.Kind, r.HeldOn, r.Giver, r.Taker, r.OtherOn, r.State, r.Reason, r.AskedOn, r.SettledOn, r.Revision}
}

func (r swapRow) noun() planner.Swap {
	return planner.Swap{ID: planner.SwapID(r.ID), Kind: planner.SwapKind(r.Kind), On: r.HeldOn, Giver: planner.CadreID(r.Giver), Taker: planner.CadreID(r.Taker),
		OtherOn: r.OtherOn, State: planner.SwapState(r.State), Reason: r.Reason, AskedOn: r.AskedOn, Settled: r.SettledOn, Revision: r.Revision}
}

var swaps = &table[swapRow]{
	kind: "swap",
	byID: query(`SELECT id, kind, held_on, giver, taker, other_on, state, reason, asked_on, settled_on, revision FROM swaps WHERE id IN (:ids)`),
	put: inserts(`INSERT INTO swaps (id, kind, held_on, giver, taker, other_on, state, reason, asked_on, settled_on, revision)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, held_on = excluded.held_on, giver = excluded.giver, taker = excluded.taker,
			other_on = excluded.other_on, state = excluded.state, reason = excluded.reason, asked_on = excluded.asked_on,
			settled_on = excluded.settled_on, revision = excluded.revision`),
	drop: query(`DELETE FROM swaps WHERE id IN (:ids)`),
}

var visibleSwaps = query(`SELECT id, kind, held_on, giver, taker, other_on, state, reason, asked_on, settled_on, revision FROM swaps s
	WHERE s.held_on >= :from AND s.held_on < :until AND (:all = 1 OR s.giver IN (:own) OR s.taker IN (:own))
	ORDER BY s.held_on, s.id`)

// Swaps returns the swaps about days of a span that the scope holds: all for those who plan, else one's own and those of the
// leaders acted for. Who may not know private reasons gets none, unless the wish is their own.
func (tx *Tx) Swaps(span civil.Span) ([]planner.Swap, error) {
	s, err := tx.scope()
	if err != nil {
		return nil, err
	}
	from, until := bounds(span)
	var rows []swapRow
	if err := tx.all(&rows, visibleSwaps, s.args().with(args{"from": from, "until": until})); err != nil {
		return nil, err
	}
	out := nouns(rows, swapRow.noun)
	for i := range out {
		if !tx.who.SeesPrivate() && !tx.who.Speaks(out[i].Giver) {
			out[i].Reason = ""
		}
	}
	return out, nil
}

// PutSwap adds a swap or replaces the one of the same ID and Revision (0: new), which rises by one. Only giver and taker, those
// who act for them, and those who plan; approving is for the latter alone. Conflict if it was changed meanwhile, is settled, or
// the day has an open one already.
func (tx *Tx) PutSwap(s planner.Swap) error {
	if err := tx.mayWrite(); err != nil {
		return err
	}
	plans := tx.mayManage() == nil
	if !plans && !tx.who.Speaks(s.Giver) && !tx.who.Speaks(s.Taker) || !plans && (s.State == planner.SwapApproved || s.State == planner.SwapRefused) {
		return errForbidden()
	}
	old, err := swaps.load(tx, []string{string(s.ID)})
	if err != nil {
		return err
	}
	if was, ok := old[string(s.ID)]; ok {
		if was.Revision != s.Revision || !planner.SwapState(was.State).Open() {
			return planner.Fail(planner.Conflict, "这项调换已经办结或刚被他人改动，请刷新后再看。", "the swap is settled or was changed meanwhile; reload it")
		}
	}
	s.Revision++
	_, err = swaps.save(tx, old, []swapRow{{ID: string(s.ID), Kind: string(s.Kind), HeldOn: s.On, Giver: string(s.Giver), Taker: string(s.Taker), OtherOn: s.OtherOn,
		State: string(s.State), Reason: s.Reason, AskedOn: s.AskedOn, SettledOn: s.Settled, Revision: s.Revision}})
	return err
}
